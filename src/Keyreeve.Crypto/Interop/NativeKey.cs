namespace Keyreeve.Crypto.Interop;

/// <summary>Makes EVP_PKEY objects and encodes them.</summary>
internal static class NativeKey
{
    private unsafe delegate int Encoder<THandle>(THandle key, byte** output);

    /// <summary>Makes a key from its numbers. False when OpenSSL finds them wrong.</summary>
    public static bool TryFromParameters(string algorithm, bool isPrivate, ParameterList parameters, out KeyHandle key)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForAlgorithm(0, algorithm, null));
        LibCrypto.Require(LibCrypto.KeyFromDataInit(context));
        var selection = isPrivate ? LibCrypto.SelectKeyPair : LibCrypto.SelectPublicKey;
        return LibCrypto.Succeeded(LibCrypto.KeyFromData(context, out key, selection, parameters.Pointer));
    }

    /// <summary>Generates a key pair.</summary>
    public static KeyHandle Generate(string algorithm, ParameterList? parameters)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForAlgorithm(0, algorithm, null));
        LibCrypto.Require(LibCrypto.KeyGenerateInit(context));
        if (parameters is not null)
            LibCrypto.Require(LibCrypto.KeyContextSetParameters(context, parameters.Pointer));
        LibCrypto.Require(LibCrypto.KeyGenerate(context, out var key));
        return LibCrypto.Require(key);
    }

    /// <summary>Generates the parameters that keys of an algorithm share.</summary>
    public static KeyHandle GenerateParameters(string algorithm, ParameterList wishes)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForAlgorithm(0, algorithm, null));
        LibCrypto.Require(LibCrypto.KeyParametersGenerateInit(context));
        LibCrypto.Require(LibCrypto.KeyContextSetParameters(context, wishes.Pointer));
        LibCrypto.Require(LibCrypto.KeyGenerate(context, out var parameters));
        return LibCrypto.Require(parameters);
    }

    /// <summary>Generates a key pair with shared parameters.</summary>
    public static KeyHandle GenerateWith(KeyHandle parameters)
    {
        using var context = LibCrypto.Require(LibCrypto.KeyContextForKey(0, parameters, null));
        LibCrypto.Require(LibCrypto.KeyGenerateInit(context));
        LibCrypto.Require(LibCrypto.KeyGenerate(context, out var key));
        return LibCrypto.Require(key);
    }

    /// <summary>The key's SubjectPublicKeyInfo (RFC 5280), DER.</summary>
    public static unsafe byte[] ToSubjectPublicKeyInfo(KeyHandle key) => EncodePublic(key, LibCrypto.EncodeSubjectPublicKeyInfo);

    /// <summary>The public key in the format of its algorithm: RSAPublicKey, or a point.</summary>
    public static unsafe byte[] ToPublicKey(KeyHandle key) => EncodePublic(key, LibCrypto.EncodePublicKey);

    /// <summary>The private key in the format of its algorithm: RSAPrivateKey or ECPrivateKey, DER.</summary>
    public static unsafe SecretBytes ToPrivateKey(KeyHandle key) => EncodePrivate(key, LibCrypto.EncodePrivateKey);

    /// <summary>The private key as PrivateKeyInfo (PKCS#8, RFC 5958), DER.</summary>
    public static unsafe SecretBytes ToPkcs8(KeyHandle key)
    {
        using var pkcs8 = LibCrypto.Require(LibCrypto.ToPkcs8(key));
        return EncodePrivate(pkcs8, LibCrypto.EncodePkcs8);
    }

    /// <summary>One of the key's numbers.</summary>
    public static BigNumber GetNumber(KeyHandle key, string name)
    {
        LibCrypto.Require(LibCrypto.KeyGetNumber(key, name, out var number));
        return LibCrypto.Require(number);
    }

    private static unsafe byte[] EncodePublic(KeyHandle key, Encoder<KeyHandle> encode)
    {
        var encoded = new byte[LibCrypto.RequirePositive(encode(key, null))];
        fixed (byte* bytes = encoded)
        {
            var end = bytes;
            LibCrypto.RequirePositive(encode(key, &end));
        }

        return encoded;
    }

    private static unsafe SecretBytes EncodePrivate<THandle>(THandle key, Encoder<THandle> encode)
    {
        var length = LibCrypto.RequirePositive(encode(key, null));
        return SecretBytes.Create(length, (key, encode), static (destination, state) =>
        {
            fixed (byte* bytes = destination)
            {
                var end = bytes;
                LibCrypto.RequirePositive(state.encode(state.key, &end));
            }
        });
    }
}

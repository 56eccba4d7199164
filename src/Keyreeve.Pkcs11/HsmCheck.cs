using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>What a token can serve: each thing is tried with keys that end with the session, not looked up in its list.</summary>
public static class HsmCheck
{
    private const int EcdsaSignatureSizeInBytes = 64;
    private const int RsaSignatureSizeInBytes = 256;

    private static readonly byte[] Message = "a message of 32 bytes, to be used"u8[..32].ToArray();

    // spec: RFC 5480 §2.1.1.1, the object identifier of P-256
    private static readonly byte[] P256 = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

    /// <summary>Tries everything that this product asks of a token.</summary>
    /// <exception cref="HsmException">The token cannot be used at all.</exception>
    public static async Task<HsmReport> RunAsync(HsmToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        var (module, description, mechanisms) = await token.RunAsync(
            static session => (session.Module.Describe(), session.Module.DescribeToken(session.Slot), session.Module.ListMechanisms(session.Slot)),
            isRepeatable: true, cancellationToken);
        var results = new List<HsmFunction>
        {
            await TryAsync(token, "random bytes", "mixed into the generation of keys", Random, cancellationToken),
            await TryAsync(token, "AES-256 that never leaves", "seal slot: the master key", NonExtractable, cancellationToken),
            await TryAsync(token, "AES-GCM", "seal slot: wrapping, the way that is preferred", Gcm, cancellationToken),
            await TryAsync(token, "AES key wrap with padding", "seal slot: wrapping, where there is no GCM", KeyWrapPad, cancellationToken),
            await TryAsync(token, "EC P-256, ECDSA", "signing keys in the token", Ecdsa, cancellationToken),
            await TryAsync(token, "RSA-2048, PKCS#1 SHA-256", "signing keys in the token", Rsa, cancellationToken),
        };
        return new HsmReport(module, description, [.. mechanisms.Select(NameOf).Order(StringComparer.Ordinal)], results);
    }

    private static async Task<HsmFunction> TryAsync(HsmToken token, string what, string use, Action<TokenSession> attempt, CancellationToken cancellationToken)
    {
        try
        {
            await token.RunAsync(
                session =>
                {
                    attempt(session);
                    return true;
                },
                isRepeatable: false, cancellationToken);
            return new HsmFunction(what, use, Fault: null);
        }
        catch (HsmException refused) when (refused.State == HsmState.Failing)
        {
            return new HsmFunction(what, use, refused.InnerException?.Message ?? refused.Message);
        }
    }

    private static void Random(TokenSession session)
    {
        Span<byte> bytes = stackalloc byte[32];
        session.GenerateRandom(bytes);
        if (bytes.IndexOfAnyExcept((byte)0) < 0) throw new HsmException(HsmState.Failing, "The token gave zeros.");
    }

    private static void NonExtractable(TokenSession session)
    {
        var key = GenerateAes(session, canWrap: false);
        if (!session.ReadBoolean(key, AttributeType.AlwaysSensitive) || !session.ReadBoolean(key, AttributeType.NeverExtractable))
            throw new HsmException(HsmState.Failing, "The token does not keep a key from leaving.");
        session.Destroy(key);
    }

    private static void Gcm(TokenSession session)
    {
        var key = GenerateAes(session, canWrap: false);
        var nonce = new byte[12];
        CryptoRandom.Fill(nonce);
        var ciphertext = session.EncryptGcm(key, nonce, Message, Message);
        var plaintext = new byte[Message.Length];
        if (!session.TryDecryptGcm(key, nonce, Message, ciphertext, plaintext) || !plaintext.AsSpan().SequenceEqual(Message))
            throw new HsmException(HsmState.Failing, "The token does not decrypt what it encrypted.");
        ciphertext[0] ^= 1;
        if (session.TryDecryptGcm(key, nonce, Message, ciphertext, plaintext))
            throw new HsmException(HsmState.Failing, "The token opens what was altered.");
        session.Destroy(key);
    }

    private static void KeyWrapPad(TokenSession session)
    {
        var wrapping = GenerateAes(session, canWrap: true);
        using var template = new AttributeTemplate()
            .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeGenericSecret)
            .With(AttributeType.Token, value: false).With(AttributeType.Sensitive, value: false).With(AttributeType.Extractable, value: true);
        using var secret = SecretBytes.Random(32);
        var key = session.CreateObject(template, secret);
        var wrapped = session.WrapKey(MechanismType.AesKeyWrapPad, wrapping, key, 128);
        var unwrapped = session.UnwrapKey(MechanismType.AesKeyWrapPad, wrapping, wrapped, template);
        using var back = session.ReadSecret(unwrapped, 32);
        if (!back.Equals(secret)) throw new HsmException(HsmState.Failing, "The token unwraps another key than it wrapped.");
        foreach (var handle in (ReadOnlySpan<nuint>)[wrapping, key, unwrapped]) session.Destroy(handle);
    }

    private static void Ecdsa(TokenSession session)
    {
        using var publicTemplate = new AttributeTemplate().With(AttributeType.EcParameters, P256).With(AttributeType.Token, value: false).With(AttributeType.Verify, value: true);
        using var privateTemplate = PrivateTemplate();
        SignAndVerify(session, MechanismType.EcKeyPairGen, MechanismType.Ecdsa, publicTemplate, privateTemplate, EcdsaSignatureSizeInBytes);
    }

    private static void Rsa(TokenSession session)
    {
        using var publicTemplate = new AttributeTemplate()
            .With(AttributeType.ModulusBits, 2048).With(AttributeType.PublicExponent, [1, 0, 1]).With(AttributeType.Token, value: false).With(AttributeType.Verify, value: true);
        using var privateTemplate = PrivateTemplate();
        SignAndVerify(session, MechanismType.RsaPkcsKeyPairGen, MechanismType.Sha256RsaPkcs, publicTemplate, privateTemplate, RsaSignatureSizeInBytes);
    }

    private static unsafe void SignAndVerify(
        TokenSession session, MechanismType generation, MechanismType signing, AttributeTemplate publicTemplate, AttributeTemplate privateTemplate, int signatureSizeInBytes)
    {
        var (publicKey, privateKey) = session.GenerateKeyPair(generation, publicTemplate, privateTemplate);
        var mechanism = new CkMechanism { Mechanism = (nuint)signing };
        var signature = session.Sign(&mechanism, privateKey, Message, signatureSizeInBytes);
        if (!session.Verify(&mechanism, publicKey, Message, signature)) throw new HsmException(HsmState.Failing, "The token does not verify what it signed.");
        signature[^1] ^= 1;
        if (session.Verify(&mechanism, publicKey, Message, signature)) throw new HsmException(HsmState.Failing, "The token verifies what was altered.");
        session.Destroy(publicKey);
        session.Destroy(privateKey);
    }

    private static AttributeTemplate PrivateTemplate() => new AttributeTemplate()
        .With(AttributeType.Token, value: false).With(AttributeType.Private, value: true).With(AttributeType.Sensitive, value: true)
        .With(AttributeType.Extractable, value: false).With(AttributeType.Sign, value: true);

    private static nuint GenerateAes(TokenSession session, bool canWrap)
    {
        using var template = new AttributeTemplate()
            .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeAes).With(AttributeType.ValueLength, 32)
            .With(AttributeType.Token, value: false).With(AttributeType.Sensitive, value: true).With(AttributeType.Extractable, value: false)
            .With(AttributeType.Encrypt, !canWrap).With(AttributeType.Decrypt, !canWrap).With(AttributeType.Wrap, canWrap).With(AttributeType.Unwrap, canWrap);
        return session.GenerateKey(MechanismType.AesKeyGen, template);
    }

    private static string NameOf(MechanismType mechanism) => Enum.IsDefined(mechanism) ? mechanism.ToString() : $"0x{(uint)mechanism:x4}";
}

/// <summary>What was found out of a token.</summary>
/// <param name="Module">The module.</param>
/// <param name="Token">The token.</param>
/// <param name="Mechanisms">What it says that it has.</param>
/// <param name="Functions">What was tried.</param>
public sealed record HsmReport(ModuleDescription Module, TokenDescription Token, IReadOnlyList<string> Mechanisms, IReadOnlyList<HsmFunction> Functions);

/// <summary>Something that was tried at a token.</summary>
/// <param name="Name">What.</param>
/// <param name="Use">What it is needed for.</param>
/// <param name="Fault">Why it does not work; null if it does.</param>
public sealed record HsmFunction(string Name, string Use, string? Fault);

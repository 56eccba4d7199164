using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>What a token can serve: each thing is tried with keys that end with the session, not looked up in its list.</summary>
public static class HsmCheck
{
    private static readonly byte[] Message = "a message of 32 bytes, to be used"u8[..32].ToArray();

    private static readonly Attempt[] Attempts =
    [
        new("random bytes", "mixed into the generation of keys", Random),
        new("AES-256 that never leaves", "seal slot: the master key", NonExtractable) { ServesSeal = true },
        new("AES-GCM", "seal slot: wrapping, the way that is preferred; keys: Encrypt, Decrypt", Gcm) { WrapsSeal = true },
        new("AES key wrap with padding", "seal slot: wrapping, where there is no GCM; keys: wrapping", static session => KeyWrap(session, MechanismType.AesKeyWrapPad)) { WrapsSeal = true },
        new("AES key wrap", "keys: wrapping", static session => KeyWrap(session, MechanismType.AesKeyWrap)),
        new("AES-CBC", "keys: Encrypt, Decrypt", static session => Cbc(session, TokenMechanism.AesCbc)),
        new("AES-CBC with padding", "keys: Encrypt, Decrypt", static session => Cbc(session, TokenMechanism.AesCbcPad)),
        new("AES-CMAC", "keys: MAC", static session => Mac(session, MechanismType.AesKeyGen, Cryptoki.KeyTypeAes, 32, new TokenSignature(TokenMechanism.AesCmac))),
        new("HMAC SHA-256", "keys: MAC", static session => Hmac(session, DigestAlgorithm.Sha256)),
        new("HMAC SHA-384", "keys: MAC", static session => Hmac(session, DigestAlgorithm.Sha384)),
        new("HMAC SHA-512", "keys: MAC", static session => Hmac(session, DigestAlgorithm.Sha512)),
        new("RSA-2048, PSS SHA-256", "keys: Sign", static session => Pair(session, EllipticCurve.None, AttributeType.Sign, HsmKeyMaking.RsaSigns)),
        new("RSA-2048, PKCS#1 SHA-256", "keys: Sign", static session => Pair(session, EllipticCurve.None, AttributeType.Sign, SignsPkcs1)),
        new("RSA-2048, OAEP SHA-1", "keys: Decrypt, unwrapping", static session => Pair(session, EllipticCurve.None, AttributeType.Decrypt, static (s, key, spki) => DecryptsOaep(s, key, spki, DigestAlgorithm.Sha1))),
        new("RSA-2048, OAEP SHA-256", "keys: Decrypt, unwrapping", static session => Pair(session, EllipticCurve.None, AttributeType.Decrypt, static (s, key, spki) => DecryptsOaep(s, key, spki, DigestAlgorithm.Sha256))),
        new("EC P-256, ECDSA", "keys: Sign", static session => Pair(session, EllipticCurve.P256, AttributeType.Sign, HsmKeyMaking.EcSigns)),
        new("EC P-384, ECDSA", "keys: Sign", static session => Pair(session, EllipticCurve.P384, AttributeType.Sign, HsmKeyMaking.EcSigns)),
        new("EC P-521, ECDSA", "keys: Sign", static session => Pair(session, EllipticCurve.P521, AttributeType.Sign, HsmKeyMaking.EcSigns)),
    ];

    /// <summary>Tries everything that this product asks of a token.</summary>
    /// <exception cref="HsmException">The token cannot be used at all.</exception>
    public static async Task<HsmReport> RunAsync(HsmToken token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        var (module, description, mechanisms) = await token.RunAsync(
            static session => (session.Module.Describe(), session.Module.DescribeToken(session.Slot), session.Module.ListMechanisms(session.Slot)),
            isRepeatable: true, cancellationToken);
        var results = new List<HsmFunction>();
        foreach (var attempt in Attempts) results.Add(await TryAsync(token, attempt, cancellationToken));
        return new HsmReport(module, description, [.. mechanisms.Select(NameOf).Order(StringComparer.Ordinal)], results);
    }

    private static async Task<HsmFunction> TryAsync(HsmToken token, Attempt attempt, CancellationToken cancellationToken)
    {
        try
        {
            await token.RunAsync(
                session =>
                {
                    attempt.Run(session);
                    return true;
                },
                isRepeatable: false, cancellationToken);
            return attempt.Said(fault: null);
        }
        catch (HsmException refused) when (refused.State == HsmState.Failing)
        {
            return attempt.Said(refused.InnerException?.Message ?? refused.Message);
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
        var key = GenerateAes(session, AttributeType.Encrypt, AttributeType.Decrypt);
        if (!session.ReadBoolean(key, AttributeType.AlwaysSensitive) || !session.ReadBoolean(key, AttributeType.NeverExtractable))
            throw new HsmException(HsmState.Failing, "The token does not keep a key from leaving.");
        session.Destroy(key);
    }

    private static void Gcm(TokenSession session)
    {
        var key = GenerateAes(session, AttributeType.Encrypt, AttributeType.Decrypt);
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

    private static void KeyWrap(TokenSession session, MechanismType mechanism)
    {
        var wrapping = GenerateAes(session, AttributeType.Wrap, AttributeType.Unwrap);
        using var template = new AttributeTemplate()
            .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeGenericSecret)
            .With(AttributeType.Token, value: false).With(AttributeType.Sensitive, value: false).With(AttributeType.Extractable, value: true);
        using var secret = SecretBytes.Random(32);
        var key = session.CreateObject(template, secret);
        var wrapped = session.WrapKey(mechanism, wrapping, key, 128);
        var unwrapped = session.UnwrapKey(mechanism, wrapping, wrapped, template);
        using var back = session.ReadSecret(unwrapped, 32);
        if (!back.Equals(secret)) throw new HsmException(HsmState.Failing, "The token unwraps another key than it wrapped.");
        foreach (var handle in (ReadOnlySpan<nuint>)[wrapping, key, unwrapped]) session.Destroy(handle);
    }

    private static void Cbc(TokenSession session, TokenMechanism mechanism)
    {
        var key = GenerateAes(session, AttributeType.Encrypt, AttributeType.Decrypt);
        var iv = new byte[16];
        CryptoRandom.Fill(iv);
        var cipher = new TokenCipher(mechanism) { Iv = iv };
        using var back = HsmMechanisms.Decrypt(session, key, cipher, HsmMechanisms.Encrypt(session, key, cipher, iv, Message));
        using var lease = back.Reveal();
        if (!lease.Span.SequenceEqual(Message)) throw new HsmException(HsmState.Failing, "The token does not decrypt what it encrypted.");
        session.Destroy(key);
    }

    private static void Hmac(TokenSession session, DigestAlgorithm digest) =>
        Mac(session, MechanismType.GenericSecretKeyGen, Cryptoki.KeyTypeGenericSecret, 64, new TokenSignature(TokenMechanism.Hmac) { Digest = digest });

    private static void Mac(TokenSession session, MechanismType generation, nuint keyType, nuint lengthInBytes, TokenSignature how)
    {
        using var template = SecretTemplate(keyType).With(AttributeType.ValueLength, lengthInBytes).With(AttributeType.Sign, value: true);
        var key = session.GenerateKey(generation, template);
        var code = HsmMechanisms.Sign(session, key, how, Message);
        if (!HsmMechanisms.Sign(session, key, how, Message).AsSpan().SequenceEqual(code)) throw new HsmException(HsmState.Failing, "The token computes another code each time.");
        if (HsmMechanisms.Sign(session, key, how, Message.AsSpan(1)).AsSpan().SequenceEqual(code)) throw new HsmException(HsmState.Failing, "The token computes the same code for another message.");
        session.Destroy(key);
    }

    // What the token does with the private half is held against the public one here, as when keys are used.
    private static void Pair(TokenSession session, EllipticCurve curve, AttributeType use, Func<TokenSession, nuint, byte[], bool> fits)
    {
        var isRsa = curve == EllipticCurve.None;
        using var publicTemplate = new AttributeTemplate().With(AttributeType.Token, value: false).With(AttributeType.Verify, value: true);
        if (isRsa) publicTemplate.With(AttributeType.ModulusBits, 2048).With(AttributeType.PublicExponent, [1, 0, 1]);
        else publicTemplate.With(AttributeType.EcParameters, HsmKeyMaking.ParametersOf(curve));
        using var privateTemplate = new AttributeTemplate()
            .With(AttributeType.Token, value: false).With(AttributeType.Private, value: true).With(AttributeType.Sensitive, value: true)
            .With(AttributeType.Extractable, value: false).With(use, value: true);
        var (publicKey, privateKey) = session.GenerateKeyPair(isRsa ? MechanismType.RsaPkcsKeyPairGen : MechanismType.EcKeyPairGen, publicTemplate, privateTemplate);
        var spki = isRsa ? HsmKeyMaking.ReadRsa(session, publicKey) : HsmKeyMaking.ReadEc(session, publicKey, curve);
        if (!fits(session, privateKey, spki)) throw new HsmException(HsmState.Failing, "What the token computes does not fit the public key.");
        session.Destroy(publicKey);
        session.Destroy(privateKey);
    }

    private static bool SignsPkcs1(TokenSession session, nuint privateKey, byte[] spki)
    {
        using var publicKey = RsaPublicKey.ImportSubjectPublicKeyInfo(spki);
        return RsaPkcs1Signature.VerifyDigest(
            publicKey, DigestAlgorithm.Sha256, Message, HsmMechanisms.Sign(session, privateKey, new TokenSignature(TokenMechanism.RsaPkcs1) { Digest = DigestAlgorithm.Sha256 }, Message));
    }

    private static bool DecryptsOaep(TokenSession session, nuint privateKey, byte[] spki, DigestAlgorithm digest)
    {
        using var publicKey = RsaPublicKey.ImportSubjectPublicKeyInfo(spki);
        var cipher = new TokenCipher(TokenMechanism.RsaOaep) { Digest = digest, MaskDigest = digest };
        using var back = HsmMechanisms.Decrypt(session, privateKey, cipher, RsaOaep.Encrypt(publicKey, RsaOaepParameters.Default(digest), Message));
        using var lease = back.Reveal();
        return lease.Span.SequenceEqual(Message);
    }

    private static nuint GenerateAes(TokenSession session, AttributeType use, AttributeType reverse)
    {
        using var template = SecretTemplate(Cryptoki.KeyTypeAes).With(AttributeType.ValueLength, 32).With(use, value: true).With(reverse, value: true);
        return session.GenerateKey(MechanismType.AesKeyGen, template);
    }

    private static AttributeTemplate SecretTemplate(nuint keyType) => new AttributeTemplate()
        .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, keyType)
        .With(AttributeType.Token, value: false).With(AttributeType.Sensitive, value: true).With(AttributeType.Extractable, value: false);

    private static string NameOf(MechanismType mechanism) => Enum.IsDefined(mechanism) ? mechanism.ToString() : $"0x{(uint)mechanism:x4}";

    /// <summary>One thing that is tried.</summary>
    private sealed record Attempt(string Name, string Use, Action<TokenSession> Run)
    {
        /// <summary>Whether a seal slot cannot do without it.</summary>
        public bool ServesSeal { get; init; }

        /// <summary>Whether it is one of those of which a seal slot needs one.</summary>
        public bool WrapsSeal { get; init; }

        public HsmFunction Said(string? fault) => new(Name, Use, fault) { ServesSeal = ServesSeal, WrapsSeal = WrapsSeal };
    }
}

/// <summary>What was found out of a token.</summary>
/// <param name="Module">The module.</param>
/// <param name="Token">The token.</param>
/// <param name="Mechanisms">What it says that it has.</param>
/// <param name="Functions">What was tried.</param>
public sealed record HsmReport(ModuleDescription Module, TokenDescription Token, IReadOnlyList<string> Mechanisms, IReadOnlyList<HsmFunction> Functions)
{
    /// <summary>Whether it can keep the root key: a master key that never leaves, and a way to wrap by it.</summary>
    public bool CanSeal => Functions.All(static f => f.Fault is null || !f.ServesSeal) && Functions.Any(static f => f.Fault is null && f.WrapsSeal);
}

/// <summary>Something that was tried at a token.</summary>
/// <param name="Name">What.</param>
/// <param name="Use">What it is needed for.</param>
/// <param name="Fault">Why it does not work; null if it does.</param>
public sealed record HsmFunction(string Name, string Use, string? Fault)
{
    internal bool ServesSeal { get; init; }

    internal bool WrapsSeal { get; init; }
}

using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Derivation Parameters. KMIP 2.1 §7.12. The memory is the caller's, and stays unchanged until the operation has ended.</summary>
public sealed class DerivationParameters
{
    /// <summary>Hash, cipher and mode of the method; null for what the key says.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>Initialization Vector; null for none.</summary>
    public ReadOnlyMemory<byte>? InitializationVector { get; init; }

    /// <summary>Derivation Data; several for AWS Signature Version 4 alone.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> DerivationData { get; init; } = [];

    /// <summary>The salt.</summary>
    public ReadOnlyMemory<byte>? Salt { get; init; }

    /// <summary>Iteration Count.</summary>
    public int? IterationCount { get; init; }
}

/// <summary>The methods by which keys are derived of others.</summary>
internal static class KeyDerivation
{
    // A few seconds of work; more would let one caller stop the server.
    private const long MostIterations = 4_000_000;

    // Each block of the output takes all of the input again.
    private const long MostPseudorandomWorkInBytes = 1L << 26;

    // spec: NIST SP 800-132 §5.1 "at least 128 bits", §5.2 "A minimum iteration count of 1,000 is recommended."
    private const int ShortestSaltInBytes = 16;
    private const int FewestIterations = 1_000;

    /// <summary>Derives; the caller disposes of the result, which has the length asked for.</summary>
    /// <param name="mode">What the group allows.</param>
    /// <param name="keys">What it is derived of, opened; the first is the key.</param>
    /// <param name="method">How.</param>
    /// <param name="parameters">What the method needs.</param>
    /// <param name="lengthInBytes">How much is wanted.</param>
    /// <exception cref="KeyreeveException">Something does not suit the method.</exception>
    public static SecretBytes Derive(
        GroupMode mode, IReadOnlyList<UsableKey> keys, DerivationMethod method, DerivationParameters parameters, int lengthInBytes)
    {
        ApprovedRules.CheckDerivation(mode, method);
        var source = new Source(mode, keys, parameters, lengthInBytes);
        return method switch
        {
            DerivationMethod.PBKDF2 => Pbkdf2Of(source),
            DerivationMethod.HASH => HashOf(source),
            DerivationMethod.HMAC => HmacOf(source),
            DerivationMethod.ENCRYPT => EncryptionOf(source),
            DerivationMethod.NIST800108C or DerivationMethod.NIST800108F or DerivationMethod.NIST800108DPI => PseudorandomOf(source, method),
            DerivationMethod.AsymmetricKey => KeyAgreement.Derive(source),
            DerivationMethod.AWSSignatureVersion4 => AwsSigningKeyOf(source),
            DerivationMethod.HKDF => HkdfOf(source),
            _ => throw Invalid($"The Derivation Method {method} is not offered."),
        };
    }

    /// <summary>What it costs at most, for <see cref="RequestWork"/>.</summary>
    internal static long Cost(DerivationMethod method, DerivationParameters parameters, int lengthInBytes)
    {
        // As many blocks as there are with the shortest hash function.
        var blocks = (lengthInBytes / 20L) + 1;
        var data = parameters.DerivationData.Sum(static d => (long)d.Length) + parameters.InitializationVector.GetValueOrDefault().Length;
        return method switch
        {
            DerivationMethod.PBKDF2 => RequestWork.Iterations(blocks * Math.Max(0, parameters.IterationCount ?? 0)),
            DerivationMethod.NIST800108C or DerivationMethod.NIST800108F or DerivationMethod.NIST800108DPI => RequestWork.Hashing(blocks * (data + 128)),
            _ => RequestWork.Hashing(data + lengthInBytes + 256),
        };
    }

    /// <summary>The first bytes of what a method gave, which is wiped.</summary>
    /// <exception cref="KeyreeveException">There are fewer.</exception>
    // spec: KMIP 2.1 §6.1.14 "If the specified length exceeds the output of the derivation method, then the server SHALL return
    // an error."
    internal static SecretBytes Leftmost(SecretBytes whole, int lengthInBytes)
    {
        using (whole)
        {
            if (lengthInBytes > whole.LengthInBytes) throw Invalid($"The method gives {whole.LengthInBytes} bytes, not the {lengthInBytes} asked for.");
            using var lease = whole.Reveal();
            return SecretBytes.CopyFrom(lease.Span[..lengthInBytes]);
        }
    }

    internal static KeyreeveException Invalid(string what) => new(KeyreeveError.InvalidField, what);

    private static SecretBytes Pbkdf2Of(Source source)
    {
        source.RequireOneKey();
        source.RequireNoData();
        var salt = source.Parameters.Salt ?? throw Invalid("PBKDF2 needs a Salt.");
        var iterations = source.Parameters.IterationCount ?? throw Invalid("PBKDF2 needs an Iteration Count.");
        // spec: RFC 8018 §5.2: HMAC-SHA-1 is the default of PBKDF2.
        var digest = source.Digest(fallback: HashingAlgorithm.SHA1);
        var blocks = (source.LengthInBytes + digest.DigestSizeInBytes() - 1) / digest.DigestSizeInBytes();
        if (salt.IsEmpty || iterations < 1 || (long)iterations * blocks > MostIterations)
            throw Invalid($"PBKDF2 takes a Salt, and an Iteration Count of 1 to {MostIterations / blocks} for this length.");
        if (salt.Length < ShortestSaltInBytes || iterations < FewestIterations)
            AlgorithmRules.RequireInterop(source.Mode, $"PBKDF2 with less than {ShortestSaltInBytes} bytes of Salt or {FewestIterations} iterations");
        return Pbkdf2.Derive(digest, source.Key.Material, salt.Span, iterations, source.LengthInBytes);
    }

    // spec: KMIP 2.1 §7.12 "The HASH derivation method REQUIRES either a derivation key or derivation data."
    private static SecretBytes HashOf(Source source)
    {
        source.RequireOneKey();
        source.RequireNoData();
        if (source.Key.Object.Attributes.Find(AttributeName.SecretDataType) is EnumerationValue { Value: (uint)SecretDataType.Password })
            AlgorithmRules.RequireInterop(source.Mode, "The plain hash of a password");
        var digest = source.Digest();
        if (digest == DigestAlgorithm.Sha1) AlgorithmRules.RequireInterop(source.Mode, "A key made by SHA-1");
        var hash = SecretBytes.Create(digest.DigestSizeInBytes(), (source.Key.Material, digest), static (bytes, from) =>
        {
            using var lease = from.Material.Reveal();
            var computed = StreamingDigest.Compute(from.digest, lease.Span);
            computed.CopyTo(bytes);
            CryptographicOperations.ZeroMemory(computed);
        });
        return Leftmost(hash, source.LengthInBytes);
    }

    private static SecretBytes HmacOf(Source source)
    {
        using var data = source.Data();
        using var hmac = new HmacKey(source.Digest(), source.Key.Material);
        return Leftmost(Mac(hmac, data), source.LengthInBytes);
    }

    private static SecretBytes EncryptionOf(Source source)
    {
        using var data = source.Data();
        var found = source.Key.Object;
        var choice = CipherChoice.Of(found, source.Parameters.CryptographicParameters);
        if (choice.Mode is not (BlockCipherMode.ECB or BlockCipherMode.CBC or BlockCipherMode.CTR or BlockCipherMode.CFB or BlockCipherMode.OFB))
            throw CipherChoice.NotSupported("A derivation by ENCRYPT needs a Block Cipher Mode: ECB, CBC, CTR, CFB or OFB");
        var cipher = Ciphers.For(choice);
        DataUse.CheckKey(found, cipher, choice, isEncryption: true);
        DataUse.CheckMode(found, source.Mode, cipher, choice);
        if (cipher.BreaksWhenIvRepeats) AlgorithmRules.RequireInterop(source.Mode, $"A derivation by {choice.Mode}");

        // spec: KMIP 2.1 §7.12 "an empty IV is assumed if not provided"
        var size = cipher.IvSizeInBytes(choice);
        var iv = source.Parameters.InitializationVector is { IsEmpty: false } stated ? stated : new byte[size];
        if (size > 0 && !cipher.TakesIv(choice, iv.Length)) throw Invalid($"An Initialization Vector of {iv.Length} bytes does not suit {choice.Mode}.");
        using var lease = data.Reveal();
        var encrypted = cipher.Encrypt(source.Key, new CipherInput { Choice = choice, Mode = source.Mode, Data = lease.Span, Iv = size == 0 ? [] : iv.Span }).Data;
        var secret = SecretBytes.CopyFrom(encrypted);
        CryptographicOperations.ZeroMemory(encrypted);
        return Leftmost(secret, source.LengthInBytes);
    }

    // spec: NIST SP 800-108r1 §4.1 "K(i) := PRF (KIN, [i]2 || Label || 0x00 || Context || [L]2)", §4.2 feedback, §4.3 double
    // pipeline; KMIP 2.1 §7.12 "Derivation Data is Label||{0x00}||Context": the whole fixed input, [L]2 included if it is wanted.
    private static SecretBytes PseudorandomOf(Source source, DerivationMethod method)
    {
        using var fixedInput = source.Data();
        using var function = PseudorandomFunction.Of(source);
        var blocks = (source.LengthInBytes + function.SizeInBytes - 1L) / function.SizeInBytes;
        if (blocks * (fixedInput.LengthInBytes + source.Parameters.InitializationVector.GetValueOrDefault().Length) > MostPseudorandomWorkInBytes)
            throw Invalid("The Derivation Data are too long for so long a key.");
        var key = (function, fixedInput, method, Iv: source.Parameters.InitializationVector.GetValueOrDefault());
        return SecretBytes.Create(source.LengthInBytes, key, static (output, from) =>
        {
            using var lease = from.fixedInput.Reveal();
            var size = from.function.SizeInBytes;
            var input = new byte[Math.Max(size, from.Iv.Length) + sizeof(uint) + lease.Span.Length];
            var pipeline = lease.Span.ToArray();
            var previous = from.method == DerivationMethod.NIST800108F ? from.Iv.ToArray() : [];
            for (int done = 0, i = 1; done < output.Length; done += size, i++)
            {
                if (from.method == DerivationMethod.NIST800108DPI) pipeline = previous = from.function.Compute(pipeline);
                previous.CopyTo(input, 0);
                BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(previous.Length), i);
                lease.Span.CopyTo(input.AsSpan(previous.Length + sizeof(uint)));
                var block = from.function.Compute(input.AsSpan(0, previous.Length + sizeof(uint) + lease.Span.Length));
                block.AsSpan(0, Math.Min(size, output.Length - done)).CopyTo(output[done..]);
                if (from.method == DerivationMethod.NIST800108F) previous = block;
            }

            CryptographicOperations.ZeroMemory(input);
            CryptographicOperations.ZeroMemory(previous);
        });
    }

    private static SecretBytes HkdfOf(Source source)
    {
        source.RequireOneKey();
        var digest = source.Digest(fallback: HashingAlgorithm.SHA256);
        if (source.LengthInBytes > 255 * digest.DigestSizeInBytes()) throw Invalid($"HKDF gives at most {255 * digest.DigestSizeInBytes()} bytes.");
        if (source.Parameters.DerivationData.Length > 1) throw Invalid("HKDF takes one Derivation Data.");
        var info = source.Parameters.DerivationData.IsEmpty ? default : source.Parameters.DerivationData[0];
        return Hkdf.Derive(digest, source.Key.Material, source.Parameters.Salt.GetValueOrDefault().Span, info.Span, source.LengthInBytes);
    }

    // kSigning = HMAC(HMAC(HMAC(HMAC("AWS4" ‖ secret, date), region), service), "aws4_request"), each with SHA-256
    // spec: KMIP 2.1 §7.12 "For the AWS Signature Version 4 derivation method, the Derivation Data is (in order) the Date, Region,
    // and Service."
    private static SecretBytes AwsSigningKeyOf(Source source)
    {
        source.RequireOneKey();
        if (source.Parameters.DerivationData.Length != 3) throw Invalid("AWS Signature Version 4 takes the Derivation Data Date, Region and Service.");
        var prefix = "AWS4"u8.ToArray();
        var key = SecretBytes.Create(prefix.Length + source.Key.Material.LengthInBytes, (prefix, source.Key.Material), static (bytes, from) =>
        {
            from.prefix.CopyTo(bytes);
            using var lease = from.Material.Reveal();
            lease.Span.CopyTo(bytes[from.prefix.Length..]);
        });
        foreach (var part in source.Parameters.DerivationData.Add(Encoding.ASCII.GetBytes("aws4_request")))
        {
            using var message = SecretBytes.CopyFrom(part.Span);
            using var hmac = new HmacKey(DigestAlgorithm.Sha256, key);
            key.Dispose();
            key = Mac(hmac, message);
        }

        return Leftmost(key, source.LengthInBytes);
    }

    private static SecretBytes Mac(HmacKey key, SecretBytes message) => SecretBytes.Create(key.MacSizeInBytes, (key, message), static (bytes, from) =>
    {
        using var lease = from.message.Reveal();
        from.key.Compute(lease.Span, bytes);
    });
}

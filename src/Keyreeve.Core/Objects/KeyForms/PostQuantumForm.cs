using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>ML-KEM and ML-DSA: PKCS#8 and SubjectPublicKeyInfo (RFC 9935, RFC 9881), and Raw: the private seed, the public key's bytes.</summary>
internal sealed class PostQuantumForm(PostQuantumAlgorithm algorithm) : KeyForm
{
    private static readonly PostQuantumForm[] All = [.. Enum.GetValues<PostQuantumAlgorithm>().Select(static a => new PostQuantumForm(a))];

    /// <summary>The form of an algorithm that this machine's library has; null for others.</summary>
    public static PostQuantumForm? Find(CryptographicAlgorithm algorithm) => Of(algorithm) is var found and not PostQuantumAlgorithm.None && found.IsAvailable() ? All[(int)found] : null;

    /// <summary>Which it is; none for others.</summary>
    public static PostQuantumAlgorithm Of(CryptographicAlgorithm algorithm) => algorithm switch
    {
        CryptographicAlgorithm.MLKEM512 => PostQuantumAlgorithm.MlKem512,
        CryptographicAlgorithm.MLKEM768 => PostQuantumAlgorithm.MlKem768,
        CryptographicAlgorithm.MLKEM1024 => PostQuantumAlgorithm.MlKem1024,
        CryptographicAlgorithm.MLDSA44 => PostQuantumAlgorithm.MlDsa44,
        CryptographicAlgorithm.MLDSA65 => PostQuantumAlgorithm.MlDsa65,
        CryptographicAlgorithm.MLDSA87 => PostQuantumAlgorithm.MlDsa87,
        _ => PostQuantumAlgorithm.None,
    };

    /// <summary>The length of a key in bits: of its public half, since the standard does not say.</summary>
    public static int LengthInBits(PostQuantumAlgorithm algorithm) => algorithm.PublicKeySizeInBytes() * 8;

    /// <summary>Which it is, if this machine's library has it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.FeatureNotSupported"/>.</exception>
    public static PostQuantumAlgorithm Require(CryptographicAlgorithm algorithm)
    {
        var found = Of(algorithm);
        return found != PostQuantumAlgorithm.None && found.IsAvailable() ? found : throw new KeyreeveException(
            KeyreeveError.FeatureNotSupported, $"{algorithm} comes with OpenSSL 3.5; this server runs with {CryptographyLibrary.Version}, which does not have it.");
    }

    /// <inheritdoc/>
    public override KeyFormatType DefaultFormat(bool isPrivate) => isPrivate ? KeyFormatType.PKCS8 : KeyFormatType.X509;

    /// <inheritdoc/>
    public override ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode)
    {
        var encoded = Checked(() => block.KeyFormatType switch
        {
            KeyFormatType.Raw => FromRaw(isPrivate, BytesOf(block)),
            var format when format == DefaultFormat(isPrivate) => Check(isPrivate, BytesOf(block)),
            var format => throw NotSupported(format, isPrivate),
        });
        return new ReadKey { Bytes = encoded, Format = DefaultFormat(isPrivate), LengthInBits = LengthInBits(algorithm) };
    }

    /// <inheritdoc/>
    public override KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted)
    {
        if (wanted.Format == kept.Format) return KeyContent.Of(material.Clone());
        if (wanted.Format != KeyFormatType.Raw) throw NotSupported(wanted.Format, isPrivate);
        if (algorithm.IsEncapsulation())
        {
            using var encapsulation = MlKemKey.Import(algorithm, isPrivate, material);
            return isPrivate ? KeyContent.Of(encapsulation.ExportPrivateKey()) : KeyContent.Of(encapsulation.ExportPublicKey());
        }

        using var signature = MlDsaKey.Import(algorithm, isPrivate, material);
        return isPrivate ? KeyContent.Of(signature.ExportPrivateKey()) : KeyContent.Of(signature.ExportPublicKey());
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate) => [DefaultFormat(isPrivate), KeyFormatType.Raw];

    private SecretBytes Check(bool isPrivate, SecretBytes encoded)
    {
        using IDisposable key = algorithm.IsEncapsulation() ? MlKemKey.Import(algorithm, isPrivate, encoded) : MlDsaKey.Import(algorithm, isPrivate, encoded);
        return encoded.Clone();
    }

    private SecretBytes FromRaw(bool isPrivate, SecretBytes raw)
    {
        if (algorithm.IsEncapsulation())
        {
            using var encapsulation = MlKemKey.ImportRaw(algorithm, isPrivate, raw);
            return isPrivate ? encapsulation.ExportPkcs8() : SecretBytes.CopyFrom(encapsulation.ExportSubjectPublicKeyInfo());
        }

        using var signature = MlDsaKey.ImportRaw(algorithm, isPrivate, raw);
        return isPrivate ? signature.ExportPkcs8() : SecretBytes.CopyFrom(signature.ExportSubjectPublicKeyInfo());
    }
}

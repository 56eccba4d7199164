using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// The forms in which keys of one family of algorithms come, are kept and are given out. Keys are kept byte for byte in the
/// form in which they were registered; transparent ones and those made here as PKCS#8 and SubjectPublicKeyInfo.
/// </summary>
internal abstract class KeyForm
{
    /// <summary>The form in which a Get gives a key whose form nobody stated. KMIP 2.1 §4.26, Table 81.</summary>
    public abstract KeyFormatType DefaultFormat(bool isPrivate);

    /// <summary>Reads a key that is registered, and checks it.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is no such key, or not a sound one;
    /// <see cref="KeyreeveError.KeyFormatTypeNotSupported"/>; <see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public abstract ReadKey Read(bool isPrivate, KeyBlock block, GroupMode mode);

    /// <summary>Gives a kept key in a form.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.KeyFormatTypeNotSupported"/>.</exception>
    public abstract KeyContent Write(bool isPrivate, WrittenForm kept, SecretBytes material, WrittenForm wanted);

    /// <summary>Refuses a form in which keys of this family cannot be given.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.KeyFormatTypeNotSupported"/>.</exception>
    public void RequireFormat(KeyFormatType format, bool isPrivate)
    {
        if (!FormatsOf(isPrivate).Contains(format)) throw NotSupported(format, isPrivate);
    }

    /// <summary>The forms in which keys of this family can be given.</summary>
    protected abstract IReadOnlyList<KeyFormatType> FormatsOf(bool isPrivate);

    /// <summary>The family of an algorithm; null if its keys are kept as they come.</summary>
    /// <param name="algorithm">The algorithm.</param>
    /// <param name="curve">The curve, if one is stated.</param>
    public static KeyForm? Of(CryptographicAlgorithm algorithm, RecommendedCurve curve) => algorithm switch
    {
        CryptographicAlgorithm.RSA => RsaForm.Instance,
        CryptographicAlgorithm.DSA => DsaForm.Instance,
        CryptographicAlgorithm.Ed25519 => EdwardsForm.Ed25519,
        CryptographicAlgorithm.Ed448 => EdwardsForm.Ed448,
        CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDH when curve == RecommendedCurve.CURVE25519 => MontgomeryForm.X25519,
        CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDH when curve == RecommendedCurve.CURVE448 => MontgomeryForm.X448,
        CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA or CryptographicAlgorithm.ECDH or CryptographicAlgorithm.ECMQV => EcForm.Instance,
        _ => PostQuantumForm.Find(algorithm),
    };

    /// <summary>The family of an object's key, or null.</summary>
    public static KeyForm? Of(AttributeSet attributes) => Of(
        attributes.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue a ? (CryptographicAlgorithm)a.Value : CryptographicAlgorithm.NotSet,
        CurveOf(attributes));

    /// <summary>The Recommended Curve of an object, or not set.</summary>
    public static RecommendedCurve CurveOf(AttributeSet attributes) =>
        attributes.Find(AttributeName.CryptographicDomainParameters) is StructureValue domain && domain[AttributeField.RecommendedCurve] is EnumerationValue v
            ? (RecommendedCurve)v.Value
            : RecommendedCurve.NotSet;

    /// <summary>Runs an import, and turns a refusal of the key into ours.</summary>
    protected static T Checked<T>(Func<T> import)
    {
        try
        {
            return import();
        }
        catch (InvalidKeyException refused)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The key is refused: {refused.Message}", refused);
        }
    }

    /// <summary>The bytes of a key block.</summary>
    protected static SecretBytes BytesOf(KeyBlock block) =>
        block.Material ?? throw new KeyreeveException(KeyreeveError.InvalidField, $"Key Material in the format {block.KeyFormatType} is a byte string.");

    /// <summary>A component of a transparent key.</summary>
    protected static SecretBytes? Find(TransparentKey key, KeyComponent component) => key.Components.GetValueOrDefault(component);

    /// <summary>A component of a transparent key.</summary>
    protected static SecretBytes Require(TransparentKey key, KeyComponent component) => Find(key, component)
        ?? throw new KeyreeveException(KeyreeveError.MissingField, $"The key has no {component}.");

    /// <summary>The structure of a key block.</summary>
    protected static TransparentKey TransparentOf(KeyBlock block) =>
        block.Transparent ?? throw new KeyreeveException(KeyreeveError.InvalidField, $"Key Material in the format {block.KeyFormatType} is a structure.");

    /// <summary>A number without the zeros in front, as transparent keys have it.</summary>
    protected static SecretBytes Trimmed(ReadOnlySpan<byte> number)
    {
        var zeros = 0;
        while (zeros < number.Length - 1 && number[zeros] == 0) zeros++;
        return SecretBytes.CopyFrom(number[zeros..]);
    }

    /// <summary>The bytes of what is no secret.</summary>
    protected static byte[] Public(SecretBytes bytes)
    {
        using var lease = bytes.Reveal();
        return lease.Span.ToArray();
    }

    /// <summary>The refusal of a form.</summary>
    protected static KeyreeveException NotSupported(KeyFormatType format, bool isPrivate) => new(
        KeyreeveError.KeyFormatTypeNotSupported, $"A {(isPrivate ? "private" : "public")} key of this algorithm has no format {format}.");
}

/// <summary>A key that was read: the bytes to keep, and what they say.</summary>
internal sealed class ReadKey : IDisposable
{
    /// <summary>The bytes to keep.</summary>
    public required SecretBytes Bytes { get; init; }

    /// <summary>The form of the bytes.</summary>
    public required KeyFormatType Format { get; init; }

    /// <summary>The length of the key in bits.</summary>
    public required int LengthInBits { get; init; }

    /// <summary>The curve; not set for keys without.</summary>
    public RecommendedCurve Curve { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}

/// <summary>A form: the format, and how points are compressed.</summary>
/// <param name="Format">Key Format Type.</param>
/// <param name="Compression">Key Compression Type, the standard's numbers; 0 for not stated.</param>
internal readonly record struct WrittenForm(KeyFormatType Format, uint Compression = 0);

/// <summary>Key Material: bytes or a structure.</summary>
internal readonly record struct KeyContent(SecretBytes? Bytes, TransparentKey? Transparent)
{
    public static KeyContent Of(SecretBytes bytes) => new(bytes, null);

    public static KeyContent Of(byte[] bytes) => new(SecretBytes.CopyFrom(bytes), null);

    public static KeyContent Of(TransparentKey key) => new(null, key);
}

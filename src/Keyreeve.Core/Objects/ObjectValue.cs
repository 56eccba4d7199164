using System.Numerics;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// What a managed object holds, as it is registered and as it is given out: the standard's "Any Object" (KMIP 2.1 §2).
/// Whoever has it last disposes of it.
/// </summary>
public sealed class ObjectValue : IDisposable
{
    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>The key block of keys, secret data, split keys and PGP keys; null for other objects.</summary>
    public KeyBlock? KeyBlock { get; init; }

    /// <summary>The bytes of what has no key block: Certificate Value, Certificate Request Value, Opaque Data Value.</summary>
    public SecretBytes? Bytes { get; init; }

    /// <summary>For certificates.</summary>
    public CertificateType CertificateType { get; init; }

    /// <summary>For certificate requests: the standard's Certificate Request Type.</summary>
    public uint CertificateRequestType { get; init; }

    /// <summary>For opaque objects: the standard's Opaque Data Type.</summary>
    public uint OpaqueDataType { get; init; }

    /// <summary>For secret data.</summary>
    public SecretDataType SecretDataType { get; init; }

    /// <summary>For PGP keys.</summary>
    public int PGPKeyVersion { get; init; }

    /// <summary>For templates: what they hold.</summary>
    public AttributeSet? TemplateAttributes { get; init; }

    /// <summary>For split keys.</summary>
    public SplitKeyDescription? SplitKey { get; init; }

    /// <summary>The same object around another key block, which it owns.</summary>
    public ObjectValue WithKeyBlock(KeyBlock keyBlock) => new()
    {
        ObjectType = ObjectType,
        KeyBlock = keyBlock,
        SecretDataType = SecretDataType,
        PGPKeyVersion = PGPKeyVersion,
        SplitKey = SplitKey,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        KeyBlock?.Dispose();
        Bytes?.Dispose();
    }
}

/// <summary>Which part of a split key an object is. KMIP 2.1 §2.8.</summary>
/// <param name="Parts">Split Key Parts: into how many the key was split.</param>
/// <param name="PartIdentifier">Key Part Identifier: which this is, from 1.</param>
/// <param name="Threshold">Split Key Threshold: how many restore the key.</param>
/// <param name="Method">Split Key Method, the standard's enumeration.</param>
/// <param name="PrimeFieldSize">For the method "Polynomial Sharing Prime Field".</param>
public sealed record SplitKeyDescription(int Parts, int PartIdentifier, int Threshold, SplitKeyMethod Method, BigInteger? PrimeFieldSize)
{
    /// <summary>The polynomial of GF(2^8), from KMIP 3.0 on; not set for the one that earlier versions mean.</summary>
    public SplitKeyPolynomial Polynomial { get; init; }

    /// <summary>What was split, if it was split here.</summary>
    public SplitSource? Source { get; init; }
}

/// <summary>What a key was that was split here, so that its parts are put together as it was.</summary>
/// <param name="Split">One splitting: the identity of its first part. Parts of two do not fit together.</param>
/// <param name="KeyFormatType">The form of the bytes that were split.</param>
/// <param name="LengthInBytes">How many they were.</param>
public sealed record SplitSource(UniqueIdentifier Split, KeyFormatType KeyFormatType, int LengthInBytes);

/// <summary>A key with the form it is in. KMIP 2.1 §3.1.</summary>
/// <remarks>Its material is one of: bytes (<see cref="Material"/>), named numbers (<see cref="Transparent"/>), or, if
/// <see cref="Wrapping"/> is given, the wrapped bytes in <see cref="Material"/>; or nothing, if the key lives elsewhere.</remarks>
public sealed class KeyBlock : IDisposable
{
    /// <summary>The form of the material; of wrapped material the form it has once unwrapped.</summary>
    public required KeyFormatType KeyFormatType { get; init; }

    /// <summary>How an elliptic curve's public key is compressed, the standard's Key Compression Type; 0 if not stated.</summary>
    public uint KeyCompressionType { get; init; }

    /// <summary>Key Material as bytes, or the wrapped Key Value.</summary>
    public SecretBytes? Material { get; init; }

    /// <summary>Key Material as a structure.</summary>
    public TransparentKey? Transparent { get; init; }

    /// <summary>Attributes inside the Key Value, which wrapping covers; usually none.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>The algorithm, if stated.</summary>
    public CryptographicAlgorithm CryptographicAlgorithm { get; init; }

    /// <summary>The length in bits, if stated; otherwise 0.</summary>
    public int CryptographicLength { get; init; }

    /// <summary>How the material is wrapped; null if it is not.</summary>
    public KeyWrappingData? Wrapping { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Material?.Dispose();
        Transparent?.Dispose();
    }
}

/// <summary>The parts of a key that the standard's transparent formats name. KMIP 2.1 §3.4 to §3.12.</summary>
public enum KeyComponent
{
#pragma warning disable CS1591 // the standard describes each
    None = 0,
    Key = 1,
    P = 2,
    Q = 3,
    G = 4,
    J = 5,
    X = 6,
    Y = 7,
    Modulus = 8,
    PrivateExponent = 9,
    PublicExponent = 10,
    PrimeExponentP = 11,
    PrimeExponentQ = 12,
    CRTCoefficient = 13,
    D = 14,
    QString = 15,
#pragma warning restore CS1591
}

/// <summary>Key Material as a structure: named numbers.</summary>
public sealed class TransparentKey : IDisposable
{
    /// <summary>Makes one; it owns its components from then on.</summary>
    /// <param name="keyFormatType">Which of the transparent formats.</param>
    /// <param name="components">Numbers as unsigned big-endian bytes without leading zeros; Key and Q String as they are.</param>
    public TransparentKey(KeyFormatType keyFormatType, IReadOnlyDictionary<KeyComponent, SecretBytes> components)
    {
        KeyFormatType = keyFormatType;
        Components = components;
    }

    /// <summary>Which of the transparent formats.</summary>
    public KeyFormatType KeyFormatType { get; }

    /// <summary>The curve, for keys on elliptic curves.</summary>
    public RecommendedCurve RecommendedCurve { get; init; }

    /// <summary>The components that are present.</summary>
    public IReadOnlyDictionary<KeyComponent, SecretBytes> Components { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var component in Components.Values) component.Dispose();
    }
}

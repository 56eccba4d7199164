using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What is kept of an object's value that a client registers, and what it says.</summary>
internal sealed class RegisteredValue : IDisposable
{
    private const int LongestValueInBytes = 1 << 20;

    /// <summary>The bytes to keep; null if there are none.</summary>
    public SecretBytes? Bytes { get; private init; }

    /// <summary>The form of the bytes.</summary>
    public KeyFormatType Format { get; private init; } = KeyFormatType.Raw;

    /// <summary>What the value says of itself.</summary>
    public required AttributeSet Derived { get; init; }

    /// <summary>Reads a value, and checks it.</summary>
    /// <exception cref="KeyreeveException">It is malformed, contradicts what is stated, or the group's mode refuses it.</exception>
    public static RegisteredValue Read(RegisterRequest request, AttributeSet stated, GroupMode mode)
    {
        if (request.ObjectType == ObjectType.Template) return new RegisteredValue { Derived = AttributeSet.Empty };
        var value = request.Value ?? throw new KeyreeveException(KeyreeveError.MissingField, "The object to register is missing.");
        if (value.ObjectType != request.ObjectType)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The request registers a {request.ObjectType} but brings a {value.ObjectType}.");
        if (value.Bytes is { LengthInBytes: > LongestValueInBytes } || value.KeyBlock?.Material is { LengthInBytes: > LongestValueInBytes })
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"An object has at most {LongestValueInBytes} bytes.");
        return value.ObjectType switch
        {
            ObjectType.Certificate => ReadCertificate(value),
            ObjectType.CertificateRequest => Plain(value, AttributeName.CertificateRequestType, value.CertificateRequestType, KeyFormatType.PKCS10),
            ObjectType.OpaqueObject => Plain(value, AttributeName.OpaqueDataType, value.OpaqueDataType, KeyFormatType.Opaque),
            ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey or ObjectType.SecretData or ObjectType.SplitKey
                or ObjectType.PGPKey => ReadKeyBlock(value, stated, mode),
            _ => throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Objects of type {value.ObjectType} cannot be registered."),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => Bytes?.Dispose();

    private static RegisteredValue ReadCertificate(ObjectValue value)
    {
        var bytes = Require(value.Bytes);
        AttributeSet derived;
        if (value.CertificateType == CertificateType.X509)
        {
            using var lease = bytes.Reveal();
            derived = CertificateFacts.Read(lease.Span);
        }
        else
        {
            derived = AttributeSet.Empty
                .With(AttributeName.CertificateType, AttributeValue.Of(value.CertificateType))
                .With(AttributeName.CertificateLength, AttributeValue.Of(bytes.LengthInBytes));
        }

        // OASIS' cases have Key Format Type Raw for certificates, whatever the table in KMIP 2.1 §4.26 says.
        return new RegisteredValue { Bytes = bytes.Clone(), Derived = derived };
    }

    private static RegisteredValue Plain(ObjectValue value, AttributeName kind, uint number, KeyFormatType format) => new()
    {
        Bytes = Require(value.Bytes).Clone(),
        Format = format,
        Derived = number == 0 ? AttributeSet.Empty : AttributeSet.Empty.With(kind, new EnumerationValue(number)),
    };

    private static RegisteredValue ReadKeyBlock(ObjectValue value, AttributeSet stated, GroupMode mode)
    {
        var block = value.KeyBlock ?? throw new KeyreeveException(KeyreeveError.MissingField, "The Key Block is missing.");
        var algorithm = (CryptographicAlgorithm)Agreed(AttributeName.CryptographicAlgorithm, stated, (long)block.CryptographicAlgorithm);
        // spec: KMIP 2.1 §3.1 "MAY be omitted only if this information is available from the Key Value."
        if (algorithm == CryptographicAlgorithm.NotSet && block.Wrapping is null) algorithm = EncodedAlgorithm.Of(block.KeyFormatType, block.Material);
        var length = (int)Agreed(AttributeName.CryptographicLength, stated, block.CryptographicLength);
        var derived = DerivedOf(value, block, algorithm, length);

        // spec: KMIP 2.1 §4.28 "Key Value Present SHALL be created by the server if the Key Value is absent from the Key Block in
        // a Register request."
        if (block.Material is null && block.Transparent is null)
            return new RegisteredValue { Derived = derived.With(AttributeName.KeyValuePresent, AttributeValue.Of(value: false)) };
        if (block.Wrapping is { } wrapping)
        {
            CheckWrapping(wrapping);
            return new RegisteredValue
            {
                Bytes = Require(block.Material).Clone(),
                Format = block.KeyFormatType,
                Derived = derived.With(AttributeName.KeyWrappingData, KeptExtras.Of(wrapping)),
            };
        }

        return value.ObjectType switch
        {
            ObjectType.SymmetricKey => ReadSymmetric(block, derived, mode, algorithm, length),
            ObjectType.PrivateKey or ObjectType.PublicKey => ReadAsymmetric(value, block, derived, stated, mode),
            _ => Bytewise(block, value.ObjectType == ObjectType.SecretData && length == 0
                ? derived.With(AttributeName.CryptographicLength, AttributeValue.Of(Require(block.Material).LengthInBytes * 8))
                : derived),
        };
    }

    private static AttributeSet DerivedOf(ObjectValue value, KeyBlock block, CryptographicAlgorithm algorithm, int length)
    {
        if (value.ObjectType is ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey or ObjectType.SplitKey && algorithm == CryptographicAlgorithm.NotSet)
            throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Algorithm is missing.");
        var derived = AttributeSet.Empty.With(AttributeName.KeyFormatType, AttributeValue.Of(block.KeyFormatType));
        if (algorithm != CryptographicAlgorithm.NotSet) derived = derived.With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm));
        if (length != 0) derived = derived.With(AttributeName.CryptographicLength, AttributeValue.Of(length));
        if (value.SecretDataType != SecretDataType.NotSet) derived = derived.With(AttributeName.SecretDataType, AttributeValue.Of(value.SecretDataType));
        if (value.SplitKey is { } split)
        {
            SplitKeys.Check(split);
            derived = derived.With(AttributeName.SplitKeyDescription, KeptExtras.Of(split));
        }

        if (value.ObjectType == ObjectType.PGPKey) derived = derived.With(AttributeName.PGPKeyVersion, AttributeValue.Of(value.PGPKeyVersion));
        return derived;
    }

    private static RegisteredValue ReadSymmetric(KeyBlock block, AttributeSet derived, GroupMode mode, CryptographicAlgorithm algorithm, int length)
    {
        var key = block.KeyFormatType switch
        {
            KeyFormatType.TransparentSymmetricKey => block.Transparent?.Components.GetValueOrDefault(KeyComponent.Key),
            KeyFormatType.Raw or KeyFormatType.Opaque => block.Material,
            _ => throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, $"A symmetric key has no format {block.KeyFormatType}."),
        };
        var bytes = Require(key);
        if (length == 0) throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Length is missing.");
        AlgorithmRules.CheckSymmetric(mode, algorithm, length);
        return bytes.LengthInBytes == AlgorithmRules.SizeInBytes(algorithm, length)
            ? new RegisteredValue { Bytes = bytes.Clone(), Derived = derived }
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"The key has {bytes.LengthInBytes * 8L} bits, not the {length} that are stated.");
    }

    private static RegisteredValue ReadAsymmetric(ObjectValue value, KeyBlock block, AttributeSet derived, AttributeSet stated, GroupMode mode)
    {
        var isPrivate = value.ObjectType == ObjectType.PrivateKey;
        var algorithm = derived.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue a ? (CryptographicAlgorithm)a.Value : CryptographicAlgorithm.NotSet;
        var curve = block.Transparent is { RecommendedCurve: not RecommendedCurve.NotSet } transparent ? transparent.RecommendedCurve : KeyForm.CurveOf(stated);
        if (KeyForm.Of(algorithm, curve) is not { } form)
        {
            // What this server cannot read it cannot check either.
            AlgorithmRules.RequireInterop(mode, $"A {algorithm} key, which this server cannot check,");
            CheckComponents(block);
            return block.Transparent is { } numbers
                ? new RegisteredValue { Bytes = TransparentKeyCodec.Encode(numbers), Format = block.KeyFormatType, Derived = derived }
                : Bytewise(block, derived);
        }

        var read = form.Read(isPrivate, block, mode);
        if (derived.Find(AttributeName.CryptographicLength) is IntegerValue length && length.Value != read.LengthInBits)
        {
            read.Dispose();
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The key has {read.LengthInBits} bits, not the {length.Value} that are stated.");
        }

        derived = derived.With(AttributeName.CryptographicLength, AttributeValue.Of(read.LengthInBits));
        if (read.Curve != RecommendedCurve.NotSet && !stated.Has(AttributeName.CryptographicDomainParameters))
        {
            derived = derived.With(AttributeName.CryptographicDomainParameters, AttributeValue.Of(
                new StructureField(AttributeField.RecommendedCurve, AttributeValue.Of(read.Curve))));
        }

        return new RegisteredValue { Bytes = read.Bytes, Format = read.Format, Derived = derived };
    }

    // spec: KMIP 2.1 §3.9, §3.10: the numbers that such a key consists of.
    private static void CheckComponents(KeyBlock block)
    {
        KeyComponent[] required = block.KeyFormatType switch
        {
            KeyFormatType.TransparentDHPrivateKey => [KeyComponent.P, KeyComponent.G, KeyComponent.X],
            KeyFormatType.TransparentDHPublicKey => [KeyComponent.P, KeyComponent.G, KeyComponent.Y],
            _ => [],
        };
        if (required.Length > 0 && block.Transparent is null)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Key Material in the format {block.KeyFormatType} is a structure.");
        foreach (var component in required)
            if (block.Transparent!.Components.GetValueOrDefault(component) is not { LengthInBytes: > 0 })
                throw new KeyreeveException(KeyreeveError.MissingField, $"The key has no {component}.");
    }

    private static RegisteredValue Bytewise(KeyBlock block, AttributeSet derived) =>
        new() { Bytes = Require(block.Material).Clone(), Format = block.KeyFormatType, Derived = derived };

    private static SecretBytes Require(SecretBytes? bytes) => bytes is { LengthInBytes: > 0 }
        ? bytes
        : throw new KeyreeveException(KeyreeveError.InvalidField, "The object to register is empty.");

    // spec: KMIP 2.1 §3.3 "Either the Encryption Key Information or the MAC/Signature Key Information (or both) in the Key
    // Wrapping Data structure SHALL be specified."
    private static void CheckWrapping(KeyWrappingData wrapping)
    {
        if (wrapping.EncryptionKey is null && wrapping.MACSignatureKey is null)
            throw new KeyreeveException(KeyreeveError.MissingField, "The Key Wrapping Data names no key.");
    }

    // Stated as an attribute, or in the Key Block, or both alike; 0 if neither.
    private static long Agreed(AttributeName name, AttributeSet stated, long inBlock)
    {
        long attribute = stated.Find(name) switch
        {
            EnumerationValue v => v.Value,
            IntegerValue v => v.Value,
            _ => 0,
        };
        return attribute == 0 || inBlock == 0 || attribute == inBlock
            ? Math.Max(attribute, inBlock)
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"The attribute {name} contradicts the Key Block.");
    }
}

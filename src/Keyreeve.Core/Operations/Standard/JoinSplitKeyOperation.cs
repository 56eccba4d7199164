using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Puts parts of a key together, as a new object.</summary>
public sealed record JoinSplitKeyRequest
{
    /// <summary>What they make.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>The parts.</summary>
    public required ImmutableArray<UniqueIdentifier> PartIds { get; init; }

    /// <summary>What kind of secret data they make, if that is what they make.</summary>
    public SecretDataType SecretDataType { get; init; }

    /// <summary>Attributes of the new object.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];
}

/// <summary>The object made of the parts.</summary>
/// <param name="Id">Its identity.</param>
public sealed record JoinSplitKeyResponse(UniqueIdentifier Id);

/// <summary>
/// KMIP 2.1 §6.1.27 Join Split Key. The new object is in the key group of its parts, which is one: who may use keys of one group
/// is not to get those of another.
/// </summary>
public sealed class JoinSplitKeyOperation : Operation<JoinSplitKeyRequest, JoinSplitKeyResponse>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.JoinSplitKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, JoinSplitKeyRequest request, CancellationToken cancellationToken) => request.PartIds.IsDefaultOrEmpty
            ? throw new KeyreeveException(KeyreeveError.MissingField, "The request names no parts.")
            : OperationTarget.Of(await scope.RequireAsync(request.PartIds[0], cancellationToken));

    /// <inheritdoc/>
    protected internal override async ValueTask<JoinSplitKeyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, JoinSplitKeyRequest request, CancellationToken cancellationToken)
    {
        if (request.ObjectType is not (ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey or ObjectType.SecretData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Parts do not make an object of type {request.ObjectType}.");
        var parts = await FindPartsAsync(scope, target.Object!, request.PartIds, cancellationToken);
        var description = Agreed(parts);
        var first = parts[0];
        var stated = await NewObject.StatedAsync(
            scope, request.ObjectType, WithProtection(request.Attributes, parts), request.Templates, cancellationToken);
        using var joined = await JoinAsync(scope, parts, description, cancellationToken);
        using var value = new ObjectValue
        {
            ObjectType = request.ObjectType,
            SecretDataType = request.ObjectType != ObjectType.SecretData ? SecretDataType.NotSet
                : request.SecretDataType == SecretDataType.NotSet ? SecretDataType.Seed : request.SecretDataType,
            KeyBlock = new KeyBlock
            {
                KeyFormatType = FormatOf(request.ObjectType, description),
                Material = joined.Clone(),
                CryptographicAlgorithm = stated.Has(AttributeName.CryptographicAlgorithm) || request.ObjectType == ObjectType.SecretData
                    ? CryptographicAlgorithm.NotSet : first.CryptographicAlgorithm,
                CryptographicLength = stated.Has(AttributeName.CryptographicLength) || request.ObjectType == ObjectType.SecretData
                    ? 0 : first.CryptographicLength,
            },
        };
        var register = new RegisterRequest { ObjectType = request.ObjectType, Attributes = stated, Value = value };
        using var read = RegisteredValue.Read(register, stated, scope.Engine.Modes.Of(first.Group));
        var made = new NewObject
        {
            ObjectType = request.ObjectType,
            Id = UniqueIdentifier.New(scope.Now),
            Group = first.Group,
            Stated = stated,
            // It was somebody else's before it was in parts.
            Derived = read.Derived.With(AttributeName.Joined, AttributeValue.Of(value: true)),
            Material = read.Bytes,
            StoredFormat = read.Format,
        }.StageIn(scope);
        return new JoinSplitKeyResponse(made.Id);
    }

    private static async ValueTask<List<ManagedObject>> FindPartsAsync(
        OperationScope scope, ManagedObject first, ImmutableArray<UniqueIdentifier> ids, CancellationToken cancellationToken)
    {
        var parts = new List<ManagedObject>();
        foreach (var id in ids.Distinct())
        {
            var part = await scope.RequireAsync(id, cancellationToken);
            if (!scope.MaySee(part)) throw KeyreeveException.NotFound();
            if (part.Group != first.Group || !await scope.MayTakeAsync(OperationName.JoinSplitKey, part, cancellationToken))
                throw new KeyreeveException(KeyreeveError.PermissionDenied, "The parts are in different key groups, or not all for this caller.");

            if (part.ObjectType != ObjectType.SplitKey)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {part.ObjectType} is no part of a key.");
            KeyUse.RequireInUse(part);
            if (part.Attributes.Has(AttributeName.KeyWrappingData) || part.Material is null)
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, "A part itself is not here: it was registered wrapped, or without its value.");
            parts.Add(part);
        }

        return parts;
    }

    // Parts of one key agree in everything but their number.
    private static SplitKeyDescription Agreed(List<ManagedObject> parts)
    {
        var descriptions = parts.ConvertAll(part => KeptExtras.SplitOf(part)
            ?? throw new KeyreeveException(KeyreeveError.IntegrityFailure, "A split key does not say which part it is."));
        var first = descriptions[0] with { PartIdentifier = 1 };
        // spec: KMIP 2.1 §6.1.27 "The number of Unique Identifiers in the request SHALL be at least the value of the Split Key
        // Threshold"; 1.4 Table 363: Cryptographic Failure otherwise.
        if (descriptions.Select(d => d.PartIdentifier).Distinct().Count() < first.Threshold)
            throw new KeyreeveException(KeyreeveError.CryptographicFailure, "These are fewer parts than the Split Key Threshold.");
        return descriptions.TrueForAll(d => d with { PartIdentifier = 1 } == first)
            ? first
            : throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The parts are not those of one key.");
    }

    private static async ValueTask<SecretBytes> JoinAsync(
        OperationScope scope, List<ManagedObject> parts, SplitKeyDescription description, CancellationToken cancellationToken)
    {
        var shares = new List<SecretShare>();
        try
        {
            foreach (var part in parts)
            {
                using var key = await scope.Engine.Keys.OpenAsync(part, cancellationToken);
                shares.Add(new SecretShare(KeptExtras.SplitOf(part)!.PartIdentifier, key.Material.Clone()));
            }

            // In a prime field every part beyond the threshold is reckoned anew of all others.
            var isPrime = description.Method == SplitKeyMethod.PolynomialSharingPrimeField;
            var evaluations = isPrime ? (shares.Count - description.Threshold + 1L) * description.Threshold : shares.Count;
            scope.Spend(SplitKeys.CheckWork(shares[0].Value.LengthInBytes, evaluations, description.Threshold, isPrime ? description.PrimeFieldSize : null));
            if (isPrime) scope.Spend(RequestWork.Prime(description.PrimeFieldSize?.GetByteCount() ?? 0));
            var sharing = SplitKeys.SharingOf(description.Method, description.Polynomial, description.PrimeFieldSize);
            return sharing.TryCombine(shares, description.Threshold, LengthOf(parts[0], description, shares[0]), out var secret)
                ? secret
                : throw Failure(null);
        }
        catch (ArgumentException refused)
        {
            throw Failure(refused);
        }
        finally
        {
            shares.ForEach(static share => share.Dispose());
        }
    }

    // Said by who split it here; or by the key's length; or the parts are as long as the key.
    private static int LengthOf(ManagedObject part, SplitKeyDescription description, SecretShare share)
    {
        if (description.Source is { } source) return source.LengthInBytes;
        var isSymmetric = part.CryptographicAlgorithm is not (CryptographicAlgorithm.NotSet or CryptographicAlgorithm.RSA or CryptographicAlgorithm.DSA
            or CryptographicAlgorithm.DH or CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA or CryptographicAlgorithm.ECDH or CryptographicAlgorithm.ECMQV);
        if (isSymmetric && part.CryptographicLength > 0) return AlgorithmRules.SizeInBytes(part.CryptographicAlgorithm, part.CryptographicLength);
        return description.Method == SplitKeyMethod.PolynomialSharingPrimeField ? Math.Max(1, share.Value.LengthInBytes - 1) : share.Value.LengthInBytes;
    }

    private static KeyFormatType FormatOf(ObjectType objectType, SplitKeyDescription description)
    {
        if (description.Source is { } source && objectType is ObjectType.PrivateKey or ObjectType.PublicKey) return source.KeyFormatType;
        return objectType switch
        {
            ObjectType.PrivateKey => KeyFormatType.PKCS8,
            ObjectType.PublicKey => KeyFormatType.X509,
            _ => KeyFormatType.Raw,
        };
    }

    // What does not leave in parts does not leave whole.
    private static AttributeSet WithProtection(AttributeSet stated, List<ManagedObject> parts)
    {
        if (parts.Exists(p => p.Attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: true }))
            stated = stated.With(AttributeName.Sensitive, AttributeValue.Of(value: true));
        return parts.Exists(p => p.Attributes.Find(AttributeName.Extractable) is BooleanValue { Value: false })
            ? stated.With(AttributeName.Extractable, AttributeValue.Of(value: false))
            : stated;
    }

    private static KeyreeveException Failure(Exception? cause) =>
        new(KeyreeveError.CryptographicFailure, "The parts do not make a key.", cause);
}

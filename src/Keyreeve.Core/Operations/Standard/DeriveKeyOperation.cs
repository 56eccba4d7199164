using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a key or secret data made of others.</summary>
public sealed class DeriveKeyRequest
{
    /// <summary>What to make: a symmetric key or secret data.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>What it is made of, at least one; the first is the key.</summary>
    public required ImmutableArray<UniqueIdentifier> Ids { get; init; }

    /// <summary>How.</summary>
    public required DerivationMethod Method { get; init; }

    /// <summary>What the method needs.</summary>
    public required DerivationParameters Parameters { get; init; }

    /// <summary>The attributes of the new object.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>Names of templates whose attributes come in where the request states none (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];
}

/// <summary>The derived object.</summary>
/// <param name="Id">Its identity.</param>
public sealed record DeriveKeyResponse(UniqueIdentifier Id);

/// <summary>
/// Makes a key or secret data of objects that may be used for it. It lies in the key group of the first of them, so that nobody
/// gets at it who may not get at what it was made of.
/// </summary>
public sealed class DeriveKeyOperation : Operation<DeriveKeyRequest, DeriveKeyResponse>, IRepeatable<DeriveKeyRequest, DeriveKeyResponse>
{
    private const int MostBases = 8;
    private const int MostDerivedInBits = 1 << 20;

    // An object has a bounded size, and a key may be derived of ever so often: the latest stay.
    private const int MostDerivedLinks = 256;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.DeriveKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, DeriveKeyRequest request, CancellationToken cancellationToken)
    {
        if (request.Ids.Length is 0 or > MostBases)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A key is derived of 1 to {MostBases} objects.");
        return OperationTarget.Of(await scope.RequireAsync(request.Ids[0], cancellationToken));
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<DeriveKeyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, DeriveKeyRequest request, CancellationToken cancellationToken)
    {
        if (request.ObjectType is not (ObjectType.SymmetricKey or ObjectType.SecretData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"A {request.ObjectType} cannot be derived; symmetric keys and secret data can.");
        var bases = await BasesAsync(scope, target.Object!, request, cancellationToken);
        var group = target.Group!.Value;
        var stated = await NewObject.StatedAsync(scope, request.ObjectType, request.Attributes, request.Templates, cancellationToken);
        stated = WithProtection(scope.Engine.Rules.WithDefaults(scope.Tenant, request.ObjectType, stated), bases);
        var mode = scope.Engine.Modes.Of(group);
        var length = LengthInBytes(mode, request.ObjectType, stated);
        scope.Spend(KeyDerivation.Cost(request.Method, request.Parameters, length));
        using var material = await DeriveAsync(scope, mode, bases, request, length, cancellationToken);

        var id = UniqueIdentifier.New(scope.Now);
        foreach (var derivedOf in bases) StageBase(scope, derivedOf, id, material.LengthInBytes);
        var links = stated.All(AttributeName.Link).ToArray().Aggregate(AttributeSet.Empty, static (set, i) => set.Add(AttributeName.Link, i.Value));
        foreach (var derivedOf in bases)
            links = links.Add(AttributeName.Link, Links.Value(LinkType.DerivationBaseObjectLink, derivedOf.Id));
        new NewObject
        {
            ObjectType = request.ObjectType,
            Id = id,
            Group = group,
            Stated = stated,
            Derived = request.ObjectType == ObjectType.SecretData
                ? links.With(AttributeName.SecretDataType, AttributeValue.Of(SecretDataType.Seed))
                : links,
            Material = material,
            IsGenerated = true,
        }.StageIn(scope);
        return new DeriveKeyResponse(id);
    }

    /// <inheritdoc/>
    public void Describe(DeriveKeyRequest request, RequestDigest digest)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(digest);
        digest.Add((long)request.ObjectType);
        foreach (var id in request.Ids) digest.Add(id.ToString());
        digest.Add((long)request.Method);
        digest.Add(request.Attributes);
        foreach (var template in request.Templates) digest.Add(template);
        var parameters = request.Parameters;
        digest.Add(parameters.CryptographicParameters is { } cryptographic ? AttributeSetCodec.EncodeValue(cryptographic).AsSpan() : []);
        digest.Add(parameters.InitializationVector.GetValueOrDefault().Span);
        foreach (var data in parameters.DerivationData) digest.Add(data.Span);
        digest.Add(parameters.Salt.GetValueOrDefault().Span);
        digest.Add(parameters.IterationCount ?? -1L);
    }

    /// <inheritdoc/>
    public byte[] Remember(DeriveKeyResponse response) => response.Id.ToByteArray();

    /// <inheritdoc/>
    public ValueTask<DeriveKeyResponse> RecallAsync(
        OperationScope scope, DeriveKeyRequest request, ReadOnlyMemory<byte> remembered, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new DeriveKeyResponse(UniqueIdentifier.FromBytes(remembered.Span)));

    // spec: KMIP 2.1 §6.1.14 "The request SHALL only apply to Managed Objects that have the Derive Key bit set in the Cryptographic
    // Usage Mask attribute".
    private static async ValueTask<List<ManagedObject>> BasesAsync(
        OperationScope scope, ManagedObject first, DeriveKeyRequest request, CancellationToken cancellationToken)
    {
        var bases = new List<ManagedObject> { first };
        foreach (var id in request.Ids.Skip(1))
        {
            var other = await scope.RequireAsync(id, cancellationToken);
            if (!scope.MayKnow(other)) throw KeyreeveException.NotFound();
            if (!await scope.MayTakeAsync(OperationName.DeriveKey, other, cancellationToken))
                throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{scope.Call.Principal.Name} may not DeriveKey of that object in key group '{other.Group}'.");
            if (bases.Exists(b => b.Id == id)) throw new KeyreeveException(KeyreeveError.InvalidField, "An object is named twice.");
            bases.Add(other);
        }

        foreach (var derivedOf in bases)
        {
            KeyUse.RequireForProtection(derivedOf, scope.Now, CryptographicUsageMask.DeriveKey);
            if (derivedOf.ObjectType is not (ObjectType.SymmetricKey or ObjectType.SecretData or ObjectType.PrivateKey or ObjectType.PublicKey))
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Nothing is derived of a {derivedOf.ObjectType}.");
            if (derivedOf.Attributes.Has(AttributeName.KeyValuePresent) || derivedOf.Material is null)
                throw new KeyreeveException(KeyreeveError.KeyValueNotPresent, "The key's value is not on this server.");
            if (derivedOf.Attributes.Has(AttributeName.KeyWrappingData))
                throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The key was registered wrapped, and stays so.");
        }

        return bases;
    }

    // spec: KMIP 2.1 §6.1.14 "the length and algorithm SHALL always be specified for the creation of a symmetric key."
    private static int LengthInBytes(GroupMode mode, ObjectType objectType, AttributeSet stated)
    {
        var lengthInBits = stated.Find(AttributeName.CryptographicLength) is IntegerValue length
            ? length.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Length is missing.");
        if (lengthInBits is <= 0 or > MostDerivedInBits || (objectType == ObjectType.SecretData && lengthInBits % 8 != 0))
            throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"What is derived has a multiple of 8 bits, at most {MostDerivedInBits}.");
        if (objectType == ObjectType.SecretData) return lengthInBits / 8;
        var algorithm = stated.Find(AttributeName.CryptographicAlgorithm) is EnumerationValue a
            ? (CryptographicAlgorithm)a.Value
            : throw new KeyreeveException(KeyreeveError.MissingField, "Cryptographic Algorithm is missing.");
        AlgorithmRules.CheckSymmetric(mode, algorithm, lengthInBits);
        return AlgorithmRules.SizeInBytes(algorithm, lengthInBits);
    }

    // What serves as data can be had back from the result: by ENCRYPT under a key that the caller knows, for one. What does not leave
    // does not leave so either.
    private static AttributeSet WithProtection(AttributeSet stated, List<ManagedObject> bases)
    {
        var data = bases.Skip(1).ToList();
        if (data.Exists(static d => d.Attributes.Find(AttributeName.Sensitive) is BooleanValue { Value: true }))
            stated = stated.With(AttributeName.Sensitive, AttributeValue.Of(value: true));
        return data.Exists(static d => d.Attributes.Find(AttributeName.Extractable) is BooleanValue { Value: false })
            ? stated.With(AttributeName.Extractable, AttributeValue.Of(value: false))
            : stated;
    }

    private static async ValueTask<SecretBytes> DeriveAsync(
        OperationScope scope, GroupMode mode, List<ManagedObject> bases, DeriveKeyRequest request, int lengthInBytes, CancellationToken cancellationToken)
    {
        var keys = new List<UsableKey>();
        try
        {
            foreach (var derivedOf in bases) keys.Add(await scope.Engine.Keys.OpenAsync(derivedOf, cancellationToken));
            return KeyDerivation.Derive(mode, keys, request.Method, request.Parameters, lengthInBytes);
        }
        finally
        {
            foreach (var key in keys) key.Dispose();
        }
    }

    // spec: KMIP 2.1 §6.1.14 "For the keys or Secret Data objects from which the key or Secret Data object is derived, the server
    // SHALL create a Link attribute of Link Type Derived Key". What is derived counts as used.
    private static void StageBase(OperationScope scope, ManagedObject derivedOf, UniqueIdentifier id, int lengthInBytes)
    {
        var attributes = UsageLimits.Spend(derivedOf.Attributes, lengthInBytes).Add(AttributeName.Link, Links.Value(LinkType.DerivedKeyLink, id));
        var derived = attributes.All(AttributeName.Link).ToArray().Where(static i =>
            ((StructureValue)i.Value)[AttributeField.LinkType] is EnumerationValue { Value: (uint)LinkType.DerivedKeyLink }).ToList();
        foreach (var oldest in derived.Take(derived.Count - MostDerivedLinks)) attributes = attributes.Without(AttributeName.Link, oldest.Index);
        scope.StageAttributes(derivedOf, attributes);
    }
}

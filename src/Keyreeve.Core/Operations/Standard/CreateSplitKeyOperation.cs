using System.Collections.Immutable;
using System.Numerics;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Splits a key into parts, an existing one or a new one that is nowhere kept whole.</summary>
public sealed record CreateSplitKeyRequest
{
    /// <summary>What to make; parts of a key are <see cref="ObjectType.SplitKey"/>.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>The key to split; null for a new one.</summary>
    public UniqueIdentifier? KeyId { get; init; }

    /// <summary>How many parts to make.</summary>
    public required int Parts { get; init; }

    /// <summary>How many of them restore the key.</summary>
    public required int Threshold { get; init; }

    /// <summary>How to split.</summary>
    public required SplitKeyMethod Method { get; init; }

    /// <summary>The polynomial of GF(2^8), if stated.</summary>
    public SplitKeyPolynomial Polynomial { get; init; }

    /// <summary>The prime of a prime field; null to have one found.</summary>
    public BigInteger? PrimeFieldSize { get; init; }

    /// <summary>Attributes of the parts. A Name is that of the first; the others have it with their number after it.</summary>
    public AttributeSet Attributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates (KMIP 1.x).</summary>
    public ImmutableArray<string> Templates { get; init; } = [];

    /// <summary>The key group of parts of a new key; null for the caller's home group. Parts of a key are in its group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The parts.</summary>
/// <param name="Ids">In the order of their Key Part Identifiers.</param>
public sealed record CreateSplitKeyResponse(ImmutableArray<UniqueIdentifier> Ids);

/// <summary>KMIP 2.1 §6.1.10 Create Split Key.</summary>
public sealed class CreateSplitKeyOperation : Operation<CreateSplitKeyRequest, CreateSplitKeyResponse>
{
    // What belongs to the key and not to the request.
    private static readonly AttributeName[] OfTheKey =
    [
        AttributeName.CryptographicAlgorithm, AttributeName.CryptographicLength, AttributeName.CryptographicUsageMask,
        AttributeName.Sensitive, AttributeName.Extractable,
    ];

    /// <inheritdoc/>
    public override OperationName Name => OperationName.CreateSplitKey;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateSplitKeyRequest request, CancellationToken cancellationToken) => request.KeyId is { } id
            ? OperationTarget.Of(await scope.RequireAsync(id, cancellationToken))
            : new OperationTarget(NewObject.GroupOf(scope, request.Group), null);

    /// <inheritdoc/>
    protected internal override async ValueTask<CreateSplitKeyResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateSplitKeyRequest request, CancellationToken cancellationToken)
    {
        if (request.ObjectType != ObjectType.SplitKey)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"Create Split Key makes split keys, not objects of type {request.ObjectType}.");
        SplitKeys.CheckNumbers(request.Parts, request.Threshold, request.Method);
        var stated = await NewObject.StatedAsync(scope, ObjectType.SplitKey, OfRequest(target.Object, request.Attributes), request.Templates, cancellationToken);
        if (target.Object is not { } whole)
        {
            // Its parts are for people, so it is not one that lives in a token.
            using var made = await CreateOperation.GenerateAsync(
                scope, new NewKeyPlace(target.Group!.Value, [KeyProtection.Software]), UniqueIdentifier.New(scope.Now), ObjectType.SymmetricKey, stated, cancellationToken);
            return Split(scope, request, target.Group.Value, stated, made.Bytes, made.StoredFormat);
        }

        RequireSplittable(whole);
        using var key = await scope.Engine.Keys.OpenAsync(whole, cancellationToken);
        // spec: KMIP 2.1 §6.1.10 "If the attributes supplied in the request do not match those of the key supplied, the
        // attributes of the key take precedence." So parts of a key that does not leave do not leave either.
        foreach (var name in OfTheKey)
            stated = whole.Attributes.Find(name) is { } value ? stated.With(name, value) : stated.Without(name);
        stated = stated.With(LinkType.ParentLink, whole.Id);
        return Split(scope, request, whole.Group, stated, key.Material, whole.Material!.KeyFormatType);
    }

    private static AttributeSet OfRequest(ManagedObject? whole, AttributeSet stated) =>
        whole is null ? stated : OfTheKey.Aggregate(stated, static (set, name) => set.Without(name));

    private static CreateSplitKeyResponse Split(
        OperationScope scope, CreateSplitKeyRequest request, GroupName group, AttributeSet stated, SecretBytes secret, KeyFormatType format)
    {
        var isPrime = request.Method == SplitKeyMethod.PolynomialSharingPrimeField;
        if (isPrime) scope.Spend(RequestWork.Prime(request.PrimeFieldSize?.GetByteCount(isUnsigned: false) ?? secret.LengthInBytes));
        var prime = isPrime ? request.PrimeFieldSize ?? SplitKeys.PrimeFor(secret.LengthInBytes) : (BigInteger?)null;
        scope.Spend(SplitKeys.CheckWork(secret.LengthInBytes, request.Parts, request.Threshold, prime) + RequestWork.Parts(0, request.Parts));
        var shares = SharesOf(SplitKeys.SharingOf(request.Method, request.Polynomial, prime), secret, request);
        var ids = shares.Select(_ => UniqueIdentifier.New(scope.Now)).ToImmutableArray();
        var polynomial = request.Method == SplitKeyMethod.PolynomialSharingGf256 ? request.Polynomial : SplitKeyPolynomial.NotSet;
        // The first last, so that the audit record names it.
        foreach (var share in shares.Reverse())
        {
            using (share)
            {
                var description = new SplitKeyDescription(request.Parts, share.Identifier, request.Threshold, request.Method, prime)
                {
                    Polynomial = polynomial,
                    Source = new SplitSource(ids[0], format, secret.LengthInBytes),
                };
                new NewObject
                {
                    ObjectType = ObjectType.SplitKey,
                    Id = ids[share.Identifier - 1],
                    Group = group,
                    Stated = Named(stated, share.Identifier),
                    Derived = AttributeSet.Empty
                        .With(AttributeName.SplitKeyDescription, KeptExtras.Of(description))
                        .With(AttributeName.KeyFormatType, AttributeValue.Of(KeyFormatType.Raw)),
                    Material = share.Value,
                    IsGenerated = true,
                }.StageIn(scope);
            }
        }

        return new CreateSplitKeyResponse(ids);
    }

    private static SecretShare[] SharesOf(SecretSharing sharing, SecretBytes secret, CreateSplitKeyRequest request)
    {
        try
        {
            return sharing.Split(secret, request.Parts, request.Threshold);
        }
        catch (ArgumentException refused)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Prime Field Size is not greater than every key of this length.", refused);
        }
    }

    // Names are unique, and a request has one for all parts.
    private static AttributeSet Named(AttributeSet stated, int part)
    {
        if (part == 1 || !stated.Has(AttributeName.Name)) return stated;
        var named = stated.Without(AttributeName.Name);
        foreach (var instance in stated.All(AttributeName.Name))
        {
            var name = (StructureValue)instance.Value;
            var value = name[AttributeField.NameValue] is TextValue text ? $"{text.Value}-{part}" : $"{part}";
            named = named.Add(AttributeName.Name, new StructureValue(
                [.. name.Fields.Select(f => f.Field == AttributeField.NameValue ? new StructureField(f.Field, AttributeValue.Of(value)) : f)]));
        }

        return named;
    }

    private static void RequireSplittable(ManagedObject whole)
    {
        if (whole.ObjectType is not (ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey or ObjectType.SecretData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {whole.ObjectType} is not split.");
        KeyUse.RequireInUse(whole);
        if (whole.Attributes.Has(AttributeName.KeyWrappingData) || whole.Material is null)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The key itself is not here: it was registered wrapped, or without its value.");
    }
}

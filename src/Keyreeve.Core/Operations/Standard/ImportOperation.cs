using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Operations.Cryptography;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Brings in an object with the identity and the history it had elsewhere.</summary>
public sealed class ImportRequest
{
    /// <summary>The identity it is to have; null if that is none of ours, and one is given to it.</summary>
    public required UniqueIdentifier? Id { get; init; }

    /// <summary>What it is.</summary>
    public required ObjectType ObjectType { get; init; }

    /// <summary>Whether it takes the place of an object of that identity.</summary>
    public bool ReplaceExisting { get; init; }

    /// <summary>Whether what comes wrapped is to be unwrapped.</summary>
    public KeyWrapType KeyWrapType { get; init; }

    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>What it holds; null for a template. The caller disposes of it after the operation.</summary>
    public required ObjectValue? Value { get; init; }

    /// <summary>Decodes a Key Value that was wrapped as a whole; null if the front door has no such encoding.</summary>
    public IKeyValueEncoding? KeyValueEncoding { get; init; }

    /// <summary>The key group of a new object; null for the caller's home group. What is replaced stays in its group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The imported object.</summary>
/// <param name="Id">Its identity.</param>
public sealed record ImportResponse(UniqueIdentifier Id);

/// <summary>KMIP 2.1 §6.1.25 Import. What policy attaches to, group and named key, is the server's and does not come along.</summary>
public sealed class ImportOperation : Operation<ImportRequest, ImportResponse>, IGuarded<ImportRequest>
{
    // Told by the identity, or computed of what is imported.
    private static readonly AttributeName[] NotTaken =
    [
        AttributeName.UniqueIdentifier, AttributeName.ShortUniqueIdentifier, AttributeName.ObjectType, AttributeName.Digest,
    ];

    // What the server knows of the replaced object beyond its value.
    private static readonly AttributeName[] StaysWithIdentity =
    [
        AttributeName.KeyGroup, AttributeName.KeyIdentifier, AttributeName.KeyVersion, AttributeName.CurrentVersion, AttributeName.Disabled,
        AttributeName.DestructionDate, AttributeName.Owner, AttributeName.OwnerUser, AttributeName.FormerName,
    ];

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Import;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override async ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ImportRequest request, CancellationToken cancellationToken) =>
        request.Id is { } id && await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) is { } existing
            ? OperationTarget.Of(existing)
            : new OperationTarget(NewObject.GroupOf(scope, request.Group), null);

    /// <inheritdoc/>
    protected internal override async ValueTask<ImportResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ImportRequest request, CancellationToken cancellationToken)
    {
        var existing = target.Object;
        if (existing is not null && !request.ReplaceExisting)
            throw new KeyreeveException(KeyreeveError.ObjectAlreadyExists, "An object with that Unique Identifier exists.");
        var group = target.Group!.Value;
        var stated = Supplied(request);
        using var unwrapped = await UnwrappedAsync(scope, request, cancellationToken);
        var register = new RegisterRequest { ObjectType = request.ObjectType, Attributes = stated, Value = unwrapped ?? request.Value };
        using var value = RegisteredValue.Read(register, stated, scope.Engine.Modes.Of(group));
        var isDestroyed = stated.Find(AttributeName.State) is EnumerationValue state && (State)state.Value is State.Destroyed or State.DestroyedCompromised;
        var imported = new NewObject
        {
            ObjectType = request.ObjectType,
            Id = existing?.Id ?? request.Id ?? UniqueIdentifier.New(scope.Now),
            Group = group,
            Stated = stated,
            Derived = value.Derived,
            Material = isDestroyed ? null : value.Bytes,
            StoredFormat = value.Format,
            IsImported = true,
        };
        if (existing is null)
        {
            imported.StageIn(scope);
            return new ImportResponse(imported.Id);
        }

        var made = imported.MakeIn(scope);
        scope.Update(made with { RowVersion = existing.RowVersion, Attributes = WithIdentity(made.Attributes, existing.Attributes) });
        return new ImportResponse(made.Id);
    }

    /// <summary>What is replaced is gone like what is destroyed.</summary>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, ImportRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        if (target.Object is not { Material: not null } existing || !request.ReplaceExisting) return null;
        return GuardedActs.Destruction(scope, existing, "put another in the place of the object", digest =>
        {
            digest.Add((long)request.ObjectType);
            digest.Add((long)request.KeyWrapType);
            digest.Add(request.Attributes);
            digest.Add(request.Value);
        });
    }

    private static AttributeSet Supplied(ImportRequest request)
    {
        var stated = NotTaken.Aggregate(request.Attributes, static (set, name) => set.Without(name));
        foreach (var instance in stated.Instances)
        {
            AttributeRules.CheckImported(request.ObjectType, instance.Key, instance.Value);
            if (stated.All(instance.Key).Length > 1 && !AttributeRules.For(instance.Key).IsMultiInstance)
                throw new KeyreeveException(KeyreeveError.AttributeSingleValued, $"Attribute {instance.Key} has one value.");
        }

        return stated;
    }

    // spec: KMIP 2.1 §6.1.25 "If Not Wrapped then the server SHALL unwrap the object before storing it, and return an error if the
    // wrapping key is not available. Otherwise the server SHALL store the object as provided."
    private static async ValueTask<ObjectValue?> UnwrappedAsync(OperationScope scope, ImportRequest request, CancellationToken cancellationToken)
    {
        if (request.KeyWrapType != KeyWrapType.NotWrapped || request.Value?.KeyBlock is not { Wrapping: not null, Material: not null } block) return null;
        var unwrapped = await new KeyWrapper(scope, request.KeyValueEncoding).UnwrapAsync(block, cancellationToken);
        return request.Value.WithKeyBlock(unwrapped);
    }

    private static AttributeSet WithIdentity(AttributeSet attributes, AttributeSet existing)
    {
        foreach (var name in StaysWithIdentity)
            attributes = existing.Find(name) is { } value ? attributes.With(name, value) : attributes.Without(name);
        return attributes;
    }
}

using Keyreeve.Core.Access;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that the root key be sealed in one more slot.</summary>
public sealed record AddSealSlotRequest
{
    /// <summary>The slot's kind: one that the configuration knows, or <see cref="SharesSlot.SlotKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many shares to make; for shares alone.</summary>
    public int Shares { get; init; }

    /// <summary>How many of them open; for shares alone.</summary>
    public int Threshold { get; init; }

    /// <summary>The principals who each get a share, in order; none: whoever has a share may enter it.</summary>
    public IReadOnlyList<string> Custodians { get; init; } = [];
}

/// <summary>The slot that was added, with its shares, which exist nowhere else.</summary>
// A class: a record's generated ToString and equality are not for shares.
public sealed class AddedSealSlot(SealedRootKey slot, IReadOnlyList<RecoveryShare> shares) : IDisposable
{
    /// <summary>The slot.</summary>
    public SealedRootKey Slot { get; } = slot;

    /// <summary>Its shares; none if it is of another kind.</summary>
    public IReadOnlyList<RecoveryShare> Shares { get; } = shares;

    /// <summary>Wipes the shares.</summary>
    public void Dispose()
    {
        foreach (var share in Shares) share.Dispose();
    }
}

/// <summary>Seals the root key in one more slot.</summary>
public sealed class AddSealSlotOperation(SealKeeper keeper, PrincipalDirectory directory) : SealOperation<AddSealSlotRequest, AddedSealSlot>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddSealSlot;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    protected internal override async ValueTask<AddedSealSlot> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddSealSlotRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not SharesSlot.SlotKind)
        {
            if (request.Shares != 0 || request.Threshold != 0 || request.Custodians.Count != 0)
                throw new KeyreeveException(KeyreeveError.InvalidField, "Shares, threshold and custodians belong to a slot of the kind 'shares'.");
            var configured = await keeper.AddAsync(keeper.RequireConfigured(request.Kind), cancellationToken);
            scope.Audit.Detail = $"{configured.Kind} {configured.SlotId}";
            return new AddedSealSlot(configured, []);
        }

        var custodians = request.Custodians.Select(name => Find(scope, name)).ToList();
        var slot = SharesSlot.Create(request.Shares, request.Threshold, custodians, out var shares);
        try
        {
            var added = await keeper.AddAsync(slot, cancellationToken);
            scope.Audit.Detail = $"{added.Kind} {added.SlotId}, {request.Threshold} of {request.Shares}"
                + (custodians.Count == 0 ? "" : ": " + string.Join(", ", request.Custodians));
            return new AddedSealSlot(added, shares);
        }
        catch
        {
            foreach (var share in shares) share.Dispose();
            throw;
        }
    }

    private Custodian Find(OperationScope scope, string name) => directory.FindByName(scope.Tenant, name) is { Principal.IsDisabled: false } known
        ? new Custodian(known.Principal.Name, known.Principal.Fingerprint)
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"There is no principal '{name}' who could keep a share.");
}

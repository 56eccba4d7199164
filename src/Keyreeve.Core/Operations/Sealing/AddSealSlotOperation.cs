using System.Text;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Approvals;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

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

    /// <summary>The public keys to which each custodian's share is encrypted, in the same order; none, or null for one: in clear.</summary>
    public IReadOnlyList<string?> CustodianKeys { get; init; } = [];
}

/// <summary>The slot that was added, with its shares, which exist nowhere else.</summary>
// A class: a record's generated ToString and equality are not for shares.
public sealed class AddedSealSlot(SealedRootKey slot, IReadOnlyList<SecretBytes> shares) : IDisposable
{
    /// <summary>The slot.</summary>
    public SealedRootKey Slot { get; } = slot;

    /// <summary>Its shares as text in ASCII, those that are encrypted in base64; none if it is of another kind.</summary>
    public IReadOnlyList<SecretBytes> Shares { get; } = shares;

    /// <summary>Wipes the shares.</summary>
    public void Dispose()
    {
        foreach (var share in Shares) share.Dispose();
    }
}

/// <summary>Seals the root key in one more slot.</summary>
public sealed class AddSealSlotOperation(SealKeeper keeper, PrincipalDirectory directory) : SealOperation<AddSealSlotRequest, AddedSealSlot>, IGuarded<AddSealSlotRequest>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.AddSealSlot;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Release;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, AddSealSlotRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.SealSlots,
            Summary = $"seal the root key in one more slot of the kind {request.Kind}{(request.Shares == 0 ? "" : $", {request.Threshold} of {request.Shares} shares")}"
                + (request.Custodians.Count == 0 ? "" : $", kept by {string.Join(", ", request.Custodians)}"),
            Describe = digest =>
            {
                digest.Add(keeper.Generation);
                digest.Add("add");
                digest.Add(request.Kind);
                digest.Add(request.Shares);
                digest.Add(request.Threshold);
                digest.Add(request.Custodians.Count);
                foreach (var custodian in request.Custodians) digest.Add(custodian);
                foreach (var key in request.CustodianKeys) digest.Add(key);
            },
        };
    }

    /// <inheritdoc/>
    protected internal override async ValueTask<AddedSealSlot> ExecuteAsync(
        OperationScope scope, OperationTarget target, AddSealSlotRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind is not SharesSlot.SlotKind)
        {
            if (request.Shares != 0 || request.Threshold != 0 || request.Custodians.Count != 0 || request.CustodianKeys.Count != 0)
                throw new KeyreeveException(KeyreeveError.InvalidField, "Shares, threshold and custodians belong to a slot of the kind 'shares'.");
            var configured = await keeper.PrepareAddAsync(keeper.RequireConfigured(request.Kind), cancellationToken);
            scope.MakeOnceRecorded(configured);
            scope.Audit.Detail = $"{configured.Entry.Kind} {configured.Entry.SlotId}";
            return new AddedSealSlot(configured.Entry, []);
        }

        return await AddSharesAsync(scope, request, cancellationToken);
    }

    private async ValueTask<AddedSealSlot> AddSharesAsync(OperationScope scope, AddSealSlotRequest request, CancellationToken cancellationToken)
    {
        if (request.CustodianKeys.Count != 0 && request.CustodianKeys.Count != request.Custodians.Count)
            throw new KeyreeveException(KeyreeveError.InvalidField, "There are as many public keys as custodians, in the same order, or none.");
        var custodians = request.Custodians.Select(name => Find(scope, name)).ToList();
        var recipients = new List<ShareRecipient?>();
        IReadOnlyList<RecoveryShare> shares = [];
        try
        {
            foreach (var key in request.CustodianKeys) recipients.Add(key is null ? null : ShareRecipient.Parse(key));
            var slot = SharesSlot.Create(request.Shares, request.Threshold, custodians, out shares);
            var added = await keeper.PrepareAddAsync(slot, cancellationToken);
            scope.MakeOnceRecorded(added);
            var encrypted = recipients.Count(static recipient => recipient is not null);
            scope.Audit.Detail = $"{added.Entry.Kind} {added.Entry.SlotId}, {request.Threshold} of {request.Shares}"
                + (custodians.Count == 0 ? "" : ": " + string.Join(", ", request.Custodians)) + (encrypted == 0 ? "" : $"; {encrypted} encrypted");
            return new AddedSealSlot(added.Entry, [.. shares.Select((share, i) => Write(share, recipients.ElementAtOrDefault(i)))]);
        }
        finally
        {
            foreach (var share in shares) share.Dispose();
            foreach (var recipient in recipients) recipient?.Dispose();
        }
    }

    private static SecretBytes Write(RecoveryShare share, ShareRecipient? recipient)
    {
        var text = share.Write();
        if (recipient is null) return text;
        using (text) return SecretBytes.CopyFrom(Encoding.ASCII.GetBytes(Convert.ToBase64String(recipient.Encrypt(text))));
    }

    private Custodian Find(OperationScope scope, string name) => directory.FindByName(scope.Tenant, name) is { Principal.IsDisabled: false } known
        ? new Custodian(known.Principal.Name, known.Principal.Fingerprint)
        : throw new KeyreeveException(KeyreeveError.InvalidField, $"There is no principal '{name}' who could keep a share.");
}

using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Sealing;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;
using Keyreeve.Server.Sealing;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes of the root of trust, while it is open. What a sealed server serves stands in <see cref="SealedDoor"/>.</summary>
internal static class SealRoutes
{
    public const string StatusPattern = "/v1/seal";
    public const string SharesPattern = "/v1/seal/shares";
    public const int ShareBodyInBytes = 4 * 1024;

    // A token may take its time, and a rotation has each slot do its work.
    private static readonly TimeSpan LongTimeLimit = TimeSpan.FromMinutes(1);

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "SealStatus", Method = "GET", Pattern = StatusPattern, Summary = "Tells by which slots the root key opens, and when each was last seen to.",
            Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.SealStatusMessage, static async (exchange, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Seal.Status, new ReadSealStatusRequest(), ct), exchange.Services.Seal)),
        new RestRoute
        {
            Name = "AddSealSlot", Method = "POST", Pattern = "/v1/seal/slots", Summary = "Seals the root key in one more slot.",
            BodyLimitInBytes = 16 * 1024, TimeLimit = LongTimeLimit, SuccessStatus = 201,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.Sealed],
        }.Answering(RestJson.Default.AddSealSlotBody, RestJson.Default.AddedSealSlotMessage, AddAsync),
        new RestRoute
        {
            Name = "RemoveSealSlot", Method = "DELETE", Pattern = "/v1/seal/slots/{id}",
            Summary = "Removes a slot and the key it keeps in a token. The last is not removed.", TimeLimit = LongTimeLimit,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.InvalidField, KeyreeveError.Sealed],
        }.Answering(RestJson.Default.SealSlotMessage, static async (exchange, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Seal.Remove, new RemoveSealSlotRequest(exchange.Path("id")), ct), exchange.Services.Seal)),
        new RestRoute
        {
            Name = "DrillSealSlot", Method = "POST", Pattern = "/v1/seal/slots/{id}/drill",
            Summary = "Proves that a slot would open, while all goes on, and notes the date.", TimeLimit = LongTimeLimit,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.InvalidField, KeyreeveError.Sealed],
        }.Answering(RestJson.Default.SealSlotMessage, static async (exchange, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Seal.Drill, new DrillSealSlotRequest(exchange.Path("id")), ct), exchange.Services.Seal)),
        new RestRoute
        {
            Name = "RotateRootKey", Method = "POST", Pattern = "/v1/seal/rotate",
            Summary = "Makes a new root key in all slots and wraps every tenant's keys anew. The old slots stay, for older backups, until they are removed.",
            TimeLimit = LongTimeLimit, Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField, KeyreeveError.Sealed],
        }.Answering(RestJson.Default.SealStatusMessage, static async (exchange, ct) =>
        {
            await exchange.RunAsync(exchange.Services.Seal.RotateRoot, new RotateRootKeyRequest(), ct);
            return StatusOf(exchange.Services.Seal);
        }),
        new RestRoute
        {
            Name = "PermitRestore", Method = "POST", Pattern = "/v1/restore-permits", BodyLimitInBytes = 4 * 1024, SuccessStatus = 201,
            Summary = "Permits, in the audit trail, that the store is put back to an older copy, once; the last one given counts.",
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ApprovalRequired, KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.RestorePermitBody, RestJson.Default.RestorePermitMessage, static async (exchange, body, ct) =>
        {
            var validFor = body.ValidFor is { } text ? Iso8601Duration.Parse(text, "validFor") : RestorePermit.StandardValidity;
            var permit = await exchange.RunAsync(exchange.Services.Seal.PermitRestore, new PermitRestoreRequest(body.Reason, validFor), ct);
            return new RestorePermitMessage { Until = permit.Until };
        }),
        new RestRoute
        {
            Name = "RotateTenantKey", Method = "POST", Pattern = "/v1/seal/tenant-key/rotate",
            Summary = "Makes a new key-encryption key; what is older is brought under it in the background.",
            Query = [new("tenant", "Whose; absent: the caller's.", "integer")], Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound, KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.TenantKeyMessage, static async (exchange, ct) =>
        {
            var tenant = exchange.QueryNumber("tenant", 1, int.MaxValue, 0);
            await exchange.RunAsync(exchange.Services.Seal.RotateTenant, new RotateTenantKeyRequest(tenant == 0 ? null : new TenantId(tenant)), ct);
            return MessageOf(exchange.Services.Seal.ReWrapping.Progress);
        }),
        new RestRoute
        {
            Name = "TenantKey", Method = "GET", Pattern = "/v1/seal/tenant-key",
            Summary = "Tells how the bringing of objects under the tenant's new key goes on.", Errors = [KeyreeveError.PermissionDenied],
        }.Answering(RestJson.Default.TenantKeyMessage, static async (exchange, ct) =>
        {
            // The same right as the status of the slots, and its record.
            await exchange.RunAsync(exchange.Services.Seal.Status, new ReadSealStatusRequest(), ct);
            return MessageOf(exchange.Services.Seal.ReWrapping.Progress);
        }),
        new RestRoute
        {
            Name = "EnterShare", Method = "POST", Pattern = SharesPattern,
            Summary = "Enters a share, one from each person: unseals a sealed server, and is a drill at one that is open.",
            BodyLimitInBytes = ShareBodyInBytes, Errors = [KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.Conflict, KeyreeveError.Sealed],
        }.Answering(RestJson.Default.ShareBody, RestJson.Default.ShareMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(exchange.Services.Seal.EnterShare, new EnterShareRequest(Parse(body)), ct))),
        new RestRoute
        {
            Name = "CancelShares", Method = "DELETE", Pattern = SharesPattern,
            Summary = "Forgets the shares that were entered; only who has entered one may ask that.", SuccessStatus = 204,
            Errors = [KeyreeveError.PermissionDenied, KeyreeveError.ItemNotFound],
        } with
        {
            Handler = static async (exchange, ct) =>
            {
                await exchange.RunAsync(exchange.Services.Seal.CancelShares, new CancelSharesRequest(), ct);
                exchange.AnswerNothing();
            },
        },
    ];

    /// <summary>Reads a share.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none, or was mistyped.</exception>
    public static RecoveryShare Parse(ShareBody body)
    {
        using var lease = body.Share.Bytes.Reveal();
        return RecoveryShare.TryParse(lease.Span, out var share)
            ? share
            : throw new KeyreeveException(KeyreeveError.InvalidField, "That is no share, or it was mistyped: its checksum does not fit.");
    }

    public static ShareMessage MessageOf(CeremonyStep step) => new() { Slot = step.Slot.SlotId, Missing = step.Missing };

    public static CeremonyMessage? MessageOf(CeremonyProgress progress) => progress.SlotId is null
        ? null
        : new CeremonyMessage { Slot = progress.SlotId, Entered = [.. progress.Entered], EndsAt = progress.EndsAt!.Value };

    public static SealSlotMessage MessageOf(SealedRootKey slot, bool isDrillDue)
    {
        var terms = slot.Kind is SharesSlot.SlotKind ? ShareTerms.Read(slot.Parameters) : null;
        var custodians = terms?.Shares.Select(static share => share.Custodian?.Name).OfType<string>().ToImmutableArray();
        return new SealSlotMessage
        {
            Id = slot.SlotId,
            Kind = slot.Kind,
            Generation = slot.Generation,
            CreatedAt = slot.CreatedAt,
            DrilledAt = slot.DrilledAt,
            DrillDue = isDrillDue,
            Threshold = terms?.Threshold,
            Shares = terms?.Shares.Count,
            Custodians = custodians is { Length: > 0 } ? custodians : null,
        };
    }

    public static HsmMessage? MessageOf(HsmHealth? health) => health is null ? null : new HsmMessage
    {
        State = health.State.ToString(), Reason = health.Reason, Token = health.Token?.Label, Serial = health.Token?.Serial,
    };

    private static TenantKeyMessage MessageOf(ReWrapProgress progress) => new()
    {
        Versions = [.. progress.Versions],
        Tenants = [.. progress.Tenants.OrderBy(static tenant => tenant.Key.Value).Select(static tenant => new TenantKeyVersions { Tenant = tenant.Key.Value, Versions = [.. tenant.Value] })],
        Running = progress.IsRunning, Looked = progress.Looked, ReWrapped = progress.ReWrapped, Failed = progress.Failed,
    };

    private static SealSlotMessage MessageOf(SealedRootKey slot, SealServices seal) => MessageOf(slot, seal.IsDrillDue(slot));

    private static SealStatusMessage StatusOf(SealServices seal) => MessageOf(new SealStatus(seal.Keeper.Generation, seal.Keeper.Slots, seal.Ceremony.Progress), seal);

    private static SealStatusMessage MessageOf(SealStatus status, SealServices seal) => new()
    {
        Sealed = false,
        Generation = status.Generation,
        Slots = [.. status.Slots.Select(slot => MessageOf(slot, seal))],
        Ceremony = MessageOf(status.Ceremony),
        Hsm = MessageOf(seal.Health),
    };

    private static async ValueTask<AddedSealSlotMessage> AddAsync(RestExchange exchange, AddSealSlotBody body, CancellationToken cancellationToken)
    {
        var request = new AddSealSlotRequest
        {
            Kind = body.Kind, Shares = body.Shares ?? 0, Threshold = body.Threshold ?? 0, Custodians = body.Custodians ?? [],
            CustodianKeys = body.CustodianKeys ?? [],
        };
        using var added = await exchange.RunAsync(exchange.Services.Seal.Add, request, cancellationToken);
        return new AddedSealSlotMessage
        {
            Slot = MessageOf(added.Slot, exchange.Services.Seal),
            Shares = added.Shares.Count == 0 ? null : [.. added.Shares.Select(static share => new WireText(share.Clone()))],
        };
    }
}

using System.Collections.Immutable;
using System.ComponentModel;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Messages;

[Description("A permission to put the store back to an older copy.")]
internal sealed record RestorePermitBody
{
    [Description("Why, in at most 200 characters.")]
    public required string Reason { get; init; }

    [Description("How long it holds, as an ISO 8601 duration; PT1H to P30D, P1D if absent.")]
    public string? ValidFor { get; init; }
}

[Description("A permission that was given.")]
internal sealed record RestorePermitMessage
{
    [Description("Until when a server may start with an older store, once.")]
    public required DateTimeOffset Until { get; init; }
}

[Description("How the root key can be opened.")]
internal sealed record SealStatusMessage
{
    [Description("Whether the root key is not open: then nothing is served but this.")]
    public required bool Sealed { get; init; }

    [Description("Which root key is in use; each rotation counts one up.")]
    public required int Generation { get; init; }

    [Description("The slots; any one of those of the generation in use opens.")]
    public required ImmutableArray<SealSlotMessage> Slots { get; init; }

    [Description("Shares that have been entered; absent if nobody has begun.")]
    public CeremonyMessage? Ceremony { get; init; }

    [Description("The hardware security module; absent if there is none.")]
    public HsmMessage? Hsm { get; init; }
}

[Description("One way to open the root key.")]
internal sealed record SealSlotMessage
{
    [Description("Its identity.")]
    public required string Id { get; init; }

    [Description("pkcs11, kmip, tpm, passphrase-file or shares.")]
    public required string Kind { get; init; }

    [Description("Which root key it opens.")]
    public required int Generation { get; init; }

    [Description("When it was made.")]
    public DateTimeOffset? CreatedAt { get; init; }

    [Description("When it was last seen that it opens.")]
    public DateTimeOffset? DrilledAt { get; init; }

    [Description("Whether it has not been seen to open for longer than the configuration allows.")]
    public required bool DrillDue { get; init; }

    [Description("How many shares open it; of a slot of shares.")]
    public int? Threshold { get; init; }

    [Description("How many shares there are; of a slot of shares.")]
    public int? Shares { get; init; }

    [Description("Who keeps the shares, in order.")]
    public ImmutableArray<string>? Custodians { get; init; }
}

[Description("How far shares have been entered.")]
internal sealed record CeremonyMessage
{
    [Description("The slot that they are of.")]
    public required string Slot { get; init; }

    [Description("Which shares have been entered.")]
    public required ImmutableArray<int> Entered { get; init; }

    [Description("When what was entered is forgotten.")]
    public required DateTimeOffset EndsAt { get; init; }
}

[Description("How it stands with the hardware security module.")]
internal sealed record HsmMessage
{
    [Description("Ready, NotConnected, NoModule, NoToken, PinRefused, Hanging or Failing.")]
    public required string State { get; init; }

    [Description("Why it is not ready.")]
    public string? Reason { get; init; }

    [Description("The token's label.")]
    public string? Token { get; init; }

    [Description("The token's serial number.")]
    public string? Serial { get; init; }
}

[Description("A seal slot to be added.")]
internal sealed record AddSealSlotBody
{
    [Description("pkcs11, kmip, tpm or passphrase-file, as the server is configured; or shares.")]
    public required string Kind { get; init; }

    [Description("How many shares to make.")]
    public int? Shares { get; init; }

    [Description("How many of them open.")]
    public int? Threshold { get; init; }

    [Description("The principals who each get a share, in order; absent: whoever has a share may enter it.")]
    public ImmutableArray<string>? Custodians { get; init; }

    [Description("The custodians' public keys, in the same order: an RSA key or certificate in PEM, or an age recipient; null for one: his share comes in clear.")]
    public ImmutableArray<string?>? CustodianKeys { get; init; }
}

// A class: a record's generated ToString would go into the shares.
[Description("The slot that was added.")]
internal sealed class AddedSealSlotMessage : IDisposable
{
    [Description("The slot.")]
    public required SealSlotMessage Slot { get; init; }

    [Description("The shares, in order, told this once; each is its custodian's alone. One that is encrypted is in base64: RSA-OAEP with SHA-256, or a file of age.")]
    public ImmutableArray<WireText>? Shares { get; init; }

    public void Dispose()
    {
        foreach (var share in Shares ?? []) share.Dispose();
    }
}

[Description("How the bringing of objects under the tenant's new key goes on.")]
internal sealed record TenantKeyMessage
{
    [Description("The versions of the first tenant's key that there are; one, when all is done.")]
    public required ImmutableArray<int> Versions { get; init; }

    [Description("The same of every tenant.")]
    public required ImmutableArray<TenantKeyVersions> Tenants { get; init; }

    [Description("Whether objects are being brought under the newest.")]
    public required bool Running { get; init; }

    [Description("Objects looked at in this round.")]
    public required long Looked { get; init; }

    [Description("Objects brought under a new key since the server started.")]
    public required long ReWrapped { get; init; }

    [Description("Objects that could not be read; the old key stays because of them.")]
    public required long Failed { get; init; }
}

[Description("A tenant's key.")]
internal sealed record TenantKeyVersions
{
    [Description("The tenant.")]
    public required int Tenant { get; init; }

    [Description("The versions of its key that there are.")]
    public required ImmutableArray<int> Versions { get; init; }
}

[Description("A share.")]
internal sealed class ShareBody : IDisposable
{
    [Description("The share, kr-share-….")]
    public required WireText Share { get; init; }

    public void Dispose() => Share.Dispose();
}

[Description("What came of entering a share.")]
internal sealed record ShareMessage
{
    [Description("The slot that it is of.")]
    public required string Slot { get; init; }

    [Description("How many more are needed; 0: the slot has opened.")]
    public required int Missing { get; init; }
}

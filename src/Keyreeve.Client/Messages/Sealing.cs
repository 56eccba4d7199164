using System.Collections.Immutable;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>How a server's root key can be opened.</summary>
public sealed record ClientSealStatus
{
    /// <summary>Whether the root key is not open: then nothing is served but this.</summary>
    public required bool Sealed { get; init; }

    /// <summary>Which root key is in use; each rotation counts one up.</summary>
    public required int Generation { get; init; }

    /// <summary>The slots; any one of those of the generation in use opens.</summary>
    public required ImmutableArray<ClientSealSlot> Slots { get; init; }

    /// <summary>Shares that have been entered; null if nobody has begun.</summary>
    public ClientCeremony? Ceremony { get; init; }

    /// <summary>The hardware security module; null if there is none.</summary>
    public ClientHsm? Hsm { get; init; }
}

/// <summary>One way to open the root key.</summary>
public sealed record ClientSealSlot
{
    /// <summary>Its identity.</summary>
    public required string Id { get; init; }

    /// <summary><c>pkcs11</c>, <c>passphrase-file</c> or <c>shares</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Which root key it opens.</summary>
    public required int Generation { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>When it was last seen that it opens.</summary>
    public DateTimeOffset? DrilledAt { get; init; }

    /// <summary>Whether it has not been seen to open for too long.</summary>
    public bool DrillDue { get; init; }

    /// <summary>How many shares open it.</summary>
    public int? Threshold { get; init; }

    /// <summary>How many shares there are.</summary>
    public int? Shares { get; init; }

    /// <summary>Who keeps the shares, in order.</summary>
    public ImmutableArray<string>? Custodians { get; init; }
}

/// <summary>How far shares have been entered.</summary>
public sealed record ClientCeremony
{
    /// <summary>The slot that they are of.</summary>
    public required string Slot { get; init; }

    /// <summary>Which shares have been entered.</summary>
    public required ImmutableArray<int> Entered { get; init; }

    /// <summary>When what was entered is forgotten.</summary>
    public required DateTimeOffset EndsAt { get; init; }
}

/// <summary>How it stands with a hardware security module.</summary>
public sealed record ClientHsm
{
    /// <summary><c>Ready</c>, or why not.</summary>
    public required string State { get; init; }

    /// <summary>Why it is not ready.</summary>
    public string? Reason { get; init; }

    /// <summary>The token's label.</summary>
    public string? Token { get; init; }

    /// <summary>The token's serial number.</summary>
    public string? Serial { get; init; }
}

/// <summary>A seal slot to be added.</summary>
public sealed record NewSealSlot
{
    /// <summary><c>pkcs11</c>, <c>kmip</c>, <c>tpm</c> or <c>passphrase-file</c>, as the server is configured; or <c>shares</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>How many shares to make.</summary>
    public int? Shares { get; init; }

    /// <summary>How many of them open.</summary>
    public int? Threshold { get; init; }

    /// <summary>The principals who each get a share, in order; null: whoever has a share may enter it.</summary>
    public ImmutableArray<string>? Custodians { get; init; }

    /// <summary>The custodians' public keys, in the same order: an RSA key or certificate in PEM, or an age recipient; null for one: his
    /// share comes in clear.</summary>
    public ImmutableArray<string?>? CustodianKeys { get; init; }
}

/// <summary>A seal slot that was added, with its shares, which exist nowhere else.</summary>
public sealed class AddedSealSlot : IDisposable
{
    internal AddedSealSlot(ClientSealSlot slot, ImmutableArray<SecretBytes> shares)
    {
        Slot = slot;
        Shares = shares;
    }

    /// <summary>The slot.</summary>
    public ClientSealSlot Slot { get; }

    /// <summary>The shares as text in ASCII, in order, those that are encrypted in base64; none if it is of another kind.</summary>
    public ImmutableArray<SecretBytes> Shares { get; }

    /// <summary>Wipes the shares.</summary>
    public void Dispose()
    {
        foreach (var share in Shares) share.Dispose();
    }
}

/// <summary>How the bringing of objects under a tenant's new key goes on.</summary>
public sealed record ClientTenantKey
{
    /// <summary>The versions of the tenant's key that there are; one, when all is done.</summary>
    public required ImmutableArray<int> Versions { get; init; }

    /// <summary>The same of every tenant; empty from a server that does not say it.</summary>
    public ImmutableArray<ClientTenantKeyVersions> Tenants { get; init; } = [];

    /// <summary>Whether objects are being brought under the newest.</summary>
    public required bool Running { get; init; }

    /// <summary>Objects looked at in this round.</summary>
    public required long Looked { get; init; }

    /// <summary>Objects brought under a new key since the server started.</summary>
    public required long ReWrapped { get; init; }

    /// <summary>Objects that could not be read; the old key stays because of them.</summary>
    public required long Failed { get; init; }
}

/// <summary>A tenant's key.</summary>
public sealed record ClientTenantKeyVersions
{
    /// <summary>The tenant.</summary>
    public required int Tenant { get; init; }

    /// <summary>The versions of its key that there are.</summary>
    public required ImmutableArray<int> Versions { get; init; }
}

/// <summary>What came of entering a share.</summary>
public sealed record ShareEntered
{
    /// <summary>The slot that it is of.</summary>
    public required string Slot { get; init; }

    /// <summary>How many more are needed; 0: the slot has opened.</summary>
    public required int Missing { get; init; }
}

/// <summary>A permission to put the store back to an older copy, once.</summary>
public sealed record ClientRestorePermit
{
    /// <summary>Until when a server may start with the older store.</summary>
    public required DateTimeOffset Until { get; init; }
}

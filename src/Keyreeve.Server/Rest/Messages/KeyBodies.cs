using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("A key to be created.")]
internal sealed record CreateKeyBody
{
    [Description("1 to 128 characters of A-Z, a-z, 0-9, '.', '_' and '-', beginning with a letter or digit; unique in the tenant.")]
    public required string Name { get; init; }

    [Description("The key group that rights and policies attach to; the caller's own group if absent.")]
    public string? Group { get; init; }

    [Description("The algorithm; AES if absent.")]
    public string? Algorithm { get; init; }

    [Description("Length of the key in bits: 128, 192 or 256; 256 if absent.")]
    public int? LengthInBits { get; init; }

    [Description("What the key may be used for, in the words of the Cryptographic Usage Mask; Encrypt and Decrypt if absent.")]
    public ImmutableArray<string>? Usage { get; init; }

    [Description("Where the key is to be: 'software', or 'hsm', made in the token, which it never leaves; what its group says if absent.")]
    public string? Protection { get; init; }
}

[Description("A key: a named series of versions. The current version encrypts, older ones only decrypt.")]
internal sealed record KeyMessage
{
    [Description("The key's identifier, a UUID: the Unique Identifier of its first version.")]
    public required string Id { get; init; }

    [Description("The key's name.")]
    public required string? Name { get; init; }

    [Description("The key group.")]
    public required string Group { get; init; }

    [Description("The algorithm.")]
    public required string Algorithm { get; init; }

    [Description("Length of the key in bits.")]
    public required int LengthInBits { get; init; }

    [Description("The State of the current version: PreActive, Active, Deactivated, Compromised, Destroyed, DestroyedCompromised.")]
    public required string State { get; init; }

    [Description("Whether the key may be used; false while disabled or scheduled for destruction.")]
    public required bool Enabled { get; init; }

    [Description("The version that encrypts, from 1.")]
    public required int CurrentVersion { get; init; }

    [Description("When the key's first version was made.")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Description("When the key will be destroyed, if that is scheduled.")]
    public required DateTimeOffset? DestructionDate { get; init; }

    [Description("What the key may be used for.")]
    public required ImmutableArray<string> Usage { get; init; }

    [Description("Where the current version is: 'software', in the store, or 'hsm', in the token.")]
    public required string Protection { get; init; }
}

[Description("One page of keys.")]
internal sealed record KeyListMessage
{
    [Description("The keys, newest current version first.")]
    public required ImmutableArray<KeyMessage> Keys { get; init; }

    [Description("The cursor of the next page; null on the last.")]
    public required string? Next { get; init; }
}

[Description("One version of a key.")]
internal sealed record VersionMessage
{
    [Description("Its number, from 1.")]
    public required int Version { get; init; }

    [Description("Its Unique Identifier, by which KMIP knows it.")]
    public required string Id { get; init; }

    [Description("Its State.")]
    public required string State { get; init; }

    [Description("When it was made.")]
    public required DateTimeOffset CreatedAt { get; init; }

    [Description("When it became Active.")]
    public required DateTimeOffset? ActivatedAt { get; init; }

    [Description("Whether it is the version that encrypts.")]
    public required bool IsCurrent { get; init; }
}

[Description("All versions of a key, oldest first.")]
internal sealed record VersionListMessage
{
    [Description("The versions.")]
    public required ImmutableArray<VersionMessage> Versions { get; init; }
}

[Description("When a key is to be destroyed.")]
internal sealed record ScheduleDestructionBody
{
    [Description("How long from now, as an ISO 8601 duration of weeks, days, hours, minutes or seconds; PT1H to P30D; if absent as long as keys of its group are waited for, P7D unless the policy says otherwise.")]
    public string? After { get; init; }
}

[Description("The confirmation that a key is to be destroyed for good.")]
internal sealed record DestroyKeyBody
{
    [Description("The key's name, once more.")]
    public required string Confirm { get; init; }
}

using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>What is known of a key as a whole, told from its current version.</summary>
public sealed record NamedKey
{
    /// <summary>The Unique Identifier of its first version: it stays the same through rotations.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Its name, or null.</summary>
    public required string? Name { get; init; }

    /// <summary>The key group that policy attaches to.</summary>
    public required GroupName Group { get; init; }

    /// <summary>The algorithm.</summary>
    public required CryptographicAlgorithm Algorithm { get; init; }

    /// <summary>Length of the key in bits.</summary>
    public required int LengthInBits { get; init; }

    /// <summary>The State of the current version.</summary>
    public required State State { get; init; }

    /// <summary>Whether the key may be used at all: neither disabled nor scheduled for destruction.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The number of the version that encrypts, from 1.</summary>
    public required int CurrentVersion { get; init; }

    /// <summary>When the first version was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the key will be destroyed, if that is scheduled.</summary>
    public required DateTimeOffset? DestructionDate { get; init; }

    /// <summary>What the key may be used for.</summary>
    public required CryptographicUsageMask Usage { get; init; }

    /// <summary>Where the current version is.</summary>
    public required KeyProtection Protection { get; init; }

    internal static NamedKey Of(ManagedObject current) => new()
    {
        Id = current.KeyIdentifier,
        Name = current.Name,
        Group = current.Group,
        Algorithm = current.CryptographicAlgorithm,
        LengthInBits = current.CryptographicLength,
        State = current.State,
        IsEnabled = !current.IsDisabled && current.DestructionDate is null,
        CurrentVersion = current.KeyVersion,
        CreatedAt = FirstVersionMadeAt(current),
        DestructionDate = current.DestructionDate,
        Usage = current.CryptographicUsageMask,
        Protection = current.IsInToken ? KeyProtection.Hsm : KeyProtection.Software,
    };

    // The first version's own Initial Date is in another row; its identifier, made by this server, tells the time too.
    private static DateTimeOffset FirstVersionMadeAt(ManagedObject current) =>
        current.KeyIdentifier != current.Id && current.KeyIdentifier.CreatedAt is { } time ? time : KeyVersion.DateOf(current, AttributeName.InitialDate);
}

/// <summary>What is known of one version of a key.</summary>
public sealed record KeyVersion
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>Its Unique Identifier.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>Its State.</summary>
    public required State State { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it became Active, or null.</summary>
    public required DateTimeOffset? ActivatedAt { get; init; }

    /// <summary>Whether it is the version that encrypts.</summary>
    public required bool IsCurrent { get; init; }

    internal static KeyVersion Of(ManagedObject version) => new()
    {
        Number = version.KeyVersion,
        Id = version.Id,
        State = version.State,
        CreatedAt = DateOf(version, AttributeName.InitialDate),
        ActivatedAt = (version.Attributes.Find(AttributeName.ActivationDate) as DateTimeValue)?.Time,
        IsCurrent = version.IsCurrentVersion,
    };

    internal static DateTimeOffset DateOf(ManagedObject version, AttributeName name) =>
        (version.Attributes.Find(name) as DateTimeValue)?.Time ?? DateTimeOffset.UnixEpoch;
}

namespace Keyreeve.Core.Access;

/// <summary>
/// What is kept of a key by which a principal took the place of its own earlier one, so that it never stands without a key that works:
/// the earlier one holds until this one has been used.
/// </summary>
public sealed record KeyRenewal
{
    /// <summary>How long the earlier keys hold on once a renewed one was used, for processes that have not read the new files yet.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(15);

    /// <summary>The most renewed keys that nobody has used yet; the oldest makes room.</summary>
    public const int MostUnused = 4;

    /// <summary>The <see cref="PrincipalCredential.Identity"/> of the key that asked for it.</summary>
    public required string Replaces { get; init; }

    /// <summary>When it was certified.</summary>
    public required DateTimeOffset RenewedAt { get; init; }

    /// <summary>Since when its holder has a credential of this line: renewing makes none younger; null if that is not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it was used first; null if nobody has used it.</summary>
    public DateTimeOffset? UsedAt { get; init; }
}

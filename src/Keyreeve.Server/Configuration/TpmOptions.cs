using System.Collections.Immutable;

namespace Keyreeve.Server.Configuration;

/// <summary>This machine's TPM 2.0.</summary>
public sealed record TpmOptions
{
    /// <summary>How it is reached, as tpm2-tss names it; null: there is none.</summary>
    public string? Device { get; init; }

    /// <summary>The platform configuration registers, 0 to 23 of the bank SHA-256, whose values a new slot is bound to; empty: none.</summary>
    public ImmutableArray<int> Pcrs { get; init; } = [];

    /// <summary>How long sealing or opening may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(20);
}

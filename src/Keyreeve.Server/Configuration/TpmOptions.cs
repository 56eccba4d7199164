namespace Keyreeve.Server.Configuration;

/// <summary>This machine's TPM 2.0.</summary>
public sealed record TpmOptions
{
    /// <summary>How it is reached, as tpm2-tss names it; null: there is none.</summary>
    public string? Device { get; init; }

    /// <summary>How long sealing or opening may take.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(20);
}

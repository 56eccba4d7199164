namespace Keyreeve.Pkcs11;

/// <summary>Which token, and how it is treated.</summary>
public sealed record HsmOptions
{
    /// <summary>Full path of the PKCS#11 module.</summary>
    public required string ModulePath { get; init; }

    /// <summary>The token's label; null if its serial number names it.</summary>
    public string? TokenLabel { get; init; }

    /// <summary>The token's serial number; null if its label names it. At least one of the two.</summary>
    public string? TokenSerial { get; init; }

    /// <summary>The file with the PIN, which only this process's user may read; a systemd credential is such a file.</summary>
    public required string PinFile { get; init; }

    /// <summary>Where it is kept in mind, across restarts, which PIN the token refused; null: only until the process ends.</summary>
    public string? RefusedPinFile { get; init; }

    /// <summary>How many sessions, and threads that wait for the token. Default 4.</summary>
    public int Sessions { get; init; } = 4;

    /// <summary>How long a call may take before it counts as hanging. Default 10 s.</summary>
    public TimeSpan CallTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often tokens are looked for before the one that is meant counts as absent. Default 5.</summary>
    public int EnumerationAttempts { get; init; } = 5;

    /// <summary>How long nobody tries to reach a token that could not be reached. Default 1 s.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What the token is called in messages.</summary>
    internal string TokenName => TokenLabel is not null ? $"labelled '{TokenLabel}'" : $"with serial number '{TokenSerial}'";
}

/// <summary>How it stands with the token.</summary>
public enum HsmState
{
    /// <summary>Never used.</summary>
    None = 0,

    /// <summary>Nobody has asked for it yet.</summary>
    NotConnected,

    /// <summary>Logged in.</summary>
    Ready,

    /// <summary>The module cannot be loaded.</summary>
    NoModule,

    /// <summary>No token of that name is there, or it is lost.</summary>
    NoToken,

    /// <summary>The token refused the PIN. It is not tried again until an operator has put another into the file.</summary>
    PinRefused,

    /// <summary>Calls into the module do not return.</summary>
    Hanging,

    /// <summary>The token answers with an error.</summary>
    Failing,
}

/// <summary>The token cannot be used. The message says why and what to do.</summary>
public sealed class HsmException(HsmState state, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>How it stands with the token.</summary>
    public HsmState State { get; } = state;
}

/// <summary>What a module says of itself.</summary>
public sealed record ModuleDescription(string Path, string Description, string Manufacturer, string Version, string CryptokiVersion);

/// <summary>What a token says of itself.</summary>
public sealed record TokenDescription(string Label, string Serial, string Model, string Manufacturer)
{
    internal nuint Slot { get; init; }

    internal nuint Flags { get; init; }
}

/// <summary>How it stands with the token, for those who watch over it.</summary>
/// <param name="State">The state.</param>
/// <param name="Reason">Why it is not ready; null if it is.</param>
/// <param name="Token">The token, if it was found.</param>
/// <param name="LoginAttempts">How often a PIN was shown to the token since the start.</param>
/// <param name="HangingCalls">Calls that have not returned in time.</param>
public sealed record HsmHealth(HsmState State, string? Reason, TokenDescription? Token, int LoginAttempts, int HangingCalls);

namespace Keyreeve.Cli;

/// <summary>What the process ends with. Documented in docs/cli.md and by <c>keyreeve help exit-codes</c>; never renumbered.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    public const int Bug = 1;
    public const int Usage = 2;
    public const int Configuration = 3;
    public const int Unreachable = 4;
    public const int Denied = 5;
    public const int NotFound = 6;
    public const int Refused = 7;
    public const int DecryptionFailed = 8;
    public const int AuditBroken = 9;
    public const int File = 10;
    public const int SecretsFound = 11;
    public const int Interrupted = 130;

    /// <summary>Every code with its meaning, as shown to people.</summary>
    public static IReadOnlyList<(int Code, string Meaning)> All { get; } =
    [
        (Success, "done"),
        (Bug, "something that should not happen did; please report it"),
        (Usage, "the command line is not understood"),
        (Configuration, "the configuration, a certificate or a key file is missing, wrong, or open to others"),
        (Unreachable, "no server answered, it could not prove who it is, or it is not ready"),
        (Denied, "the server does not know you, you lack the right, or others have to agree first"),
        (NotFound, "there is no such key or principal, or you may not know of it"),
        (Refused, "the request does not fit: wrong state, disabled, destroyed, exists already, out of range"),
        (DecryptionFailed, "decryption failed: wrong key or context, altered, or cut short"),
        (AuditBroken, "the audit trail does not verify"),
        (File, "a file could not be read or written, or exists already"),
        (SecretsFound, "the scan found what should not be there"),
        (Interrupted, "interrupted"),
    ];

    /// <summary>The code for a failure of the server's own commands, which have no other server to reach.</summary>
    public static int OfLocalError(string error) => error switch
    {
        "Sealed" => Configuration,
        "StoreUnavailable" or "AuditUnavailable" => File,
        _ => OfError(error),
    };

    /// <summary>The code for a refusal by the server, by the refusal's name.</summary>
    public static int OfError(string error) => error switch
    {
        "AuthenticationFailed" or "PermissionDenied" or "RefusedByMode" or "ApprovalRequired" => Denied,
        "ItemNotFound" => NotFound,
        "CryptographicFailure" => DecryptionFailed,
        "InvalidOptions" => Configuration,
        "ServerUnreachable" or "ServerNotTrusted" or "ConnectionLost" or "TimedOut" or "UnexpectedAnswer" => Unreachable,
        "AuditUnavailable" or "StoreUnavailable" or "Sealed" or "TooManyRequests" => Unreachable,
        "InternalError" or "IntegrityFailure" => Bug,
        _ => Refused,
    };
}

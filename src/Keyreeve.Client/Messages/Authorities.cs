namespace Keyreeve.Client;

/// <summary>A certificate authority of the server's own.</summary>
public sealed record ClientAuthority
{
    /// <summary><c>current</c>: it issues; <c>next</c>: it will; <c>previous</c>: it did, and is trusted still; <c>server</c>: yours, by which the server's certificate is verified.</summary>
    public required string Role { get; init; }

    /// <summary>SHA-256 of its certificate, hexadecimal.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>When its certificate ends.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What is next in replacing the server's own authority.</summary>
public enum AuthorityReplacement
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A new authority is made. It is trusted beside the present one, and clients learn of it.</summary>
    Prepare,

    /// <summary>The new authority issues from now on; the one before is trusted still.</summary>
    Activate,

    /// <summary>The one before is trusted no more; connections with its certificates end.</summary>
    Retire,
}

namespace Keyreeve.Client;

/// <summary>What is done with the keys that somebody touched who is shut out.</summary>
public enum TouchedKeys
{
    /// <summary>They stay as they are.</summary>
    Leave = 0,

    /// <summary>Each gets a new version; the older go on decrypting.</summary>
    Rotate,

    /// <summary>Nobody uses them until they are enabled.</summary>
    Disable,
}

/// <summary>Who is to be shut out.</summary>
public sealed record NewOffboarding
{
    private NewOffboarding()
    {
    }

    /// <summary>Whether it is only to be found out what would be done.</summary>
    public bool DryRun { get; init; }

    /// <summary>What is done with the keys they touched.</summary>
    public TouchedKeys Keys { get; init; }

    internal string? Principal { get; private init; }

    internal string? Group { get; private init; }

    internal string? Tenant { get; private init; }

    internal string? Issuer { get; private init; }

    /// <summary>A principal.</summary>
    public static NewOffboarding OfPrincipal(string name) => new() { Principal = name };

    /// <summary>Everybody whose rights lie in a key group, and in no other.</summary>
    public static NewOffboarding OfGroup(string group) => new() { Group = group };

    /// <summary>A whole tenant, which is frozen; the caller is an officer of the root tenant.</summary>
    public static NewOffboarding OfTenant(string name) => new() { Tenant = name };

    /// <summary>Whatever an issuer of tokens (its <c>iss</c>) or an authority (SHA-256 of its public key) vouches for.</summary>
    public static NewOffboarding OfIssuer(string issuer) => new() { Issuer = issuer };
}

/// <summary>A report of an offboarding, signed.</summary>
public sealed record SignedOffboarding
{
    /// <summary>The report, a JSON document; what is signed is its UTF-8.</summary>
    public required string Report { get; init; }

    /// <summary>The Ed25519 signature by the key that signs the audit trail's checkpoints.</summary>
    public required ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>The public key, as the trail's <c>verifier.pub</c> has it.</summary>
    public required string Verifier { get; init; }
}

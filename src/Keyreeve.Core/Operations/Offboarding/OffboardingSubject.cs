namespace Keyreeve.Core.Operations.Offboarding;

/// <summary>Who is to be shut out.</summary>
public enum OffboardingKind
{
    /// <summary>Nobody.</summary>
    None = 0,

    /// <summary>A principal.</summary>
    Principal,

    /// <summary>Everybody whose rights lie in a key group, and in no other.</summary>
    Group,

    /// <summary>A whole tenant, which is frozen.</summary>
    Tenant,

    /// <summary>Whatever an issuer of tokens or an authority vouches for.</summary>
    Issuer,
}

/// <summary>What is done with the keys that somebody touched who is shut out.</summary>
public enum KeyMeasure
{
    /// <summary>Never.</summary>
    None = 0,

    /// <summary>They stay as they are.</summary>
    Leave,

    /// <summary>Each gets a new version; the older go on decrypting.</summary>
    Rotate,

    /// <summary>Nobody uses them until they are enabled.</summary>
    Disable,
}

/// <summary>Whom an offboarding is about.</summary>
/// <param name="Kind">What is named.</param>
/// <param name="Name">Its name, compared ordinally.</param>
public sealed record OffboardingSubject(OffboardingKind Kind, string Name)
{
    /// <summary>How the trail has it.</summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} '{Name}'";
}

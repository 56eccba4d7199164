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

/// <summary>Whom an offboarding is about.</summary>
/// <param name="Kind">What is named.</param>
/// <param name="Name">Its name, compared ordinally.</param>
public sealed record OffboardingSubject(OffboardingKind Kind, string Name)
{
    /// <summary>How the trail has it.</summary>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()} '{Name}'";
}

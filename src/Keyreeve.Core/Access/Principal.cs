using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>A role in a scope.</summary>
/// <param name="Role">The role.</param>
/// <param name="Group">The key group, and all below it; null for the whole tenant.</param>
public sealed record RoleBinding(Role Role, GroupName? Group)
{
    /// <summary>How the audit trail names it, such as <c>KeyUser@payments</c>; <c>*</c> for the whole tenant.</summary>
    // Made once: it is wanted for every request.
    public string Rule { get; } = Group is { } scope ? $"{Role}@{scope}" : $"{Role}@*";
}

/// <summary>Who calls. Known by its credentials; its name is for people and for the audit trail.</summary>
public sealed record Principal
{
    /// <summary>The tenant it belongs to.</summary>
    public required TenantId Tenant { get; init; }

    /// <summary>Its name, unique in the tenant; compared ordinally.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// The <see cref="PrincipalCredential.Identity"/> of its first credential, which is the identity itself: of an enrolled
    /// client the SHA-256 of its SubjectPublicKeyInfo, lower-case hexadecimal.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>The <see cref="PrincipalCredential.Identity"/> of the credential by which it was recognised this time.</summary>
    public string Credential { get => field ?? Fingerprint; init; }

    /// <summary>The key group of what it creates without naming one.</summary>
    public required GroupName HomeGroup { get; init; }

    /// <summary>What it may do, and where.</summary>
    public required ImmutableArray<RoleBinding> Bindings { get; init; }

    /// <summary>Whether it has been disabled.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Whether it is somebody known who has been disabled: its credentials prove nothing any more, at no door.</summary>
    public bool HasEnded => IsDisabled && !IsUnknown;

    /// <summary>Since when it has the credential that it shows; null if that is not known.</summary>
    public DateTimeOffset? CredentialSince { get; init; }

    /// <summary>From when on the credential that it shows does not hold, since a renewed key took its place; null if none did.</summary>
    public DateTimeOffset? CredentialEndsAt { get; init; }

    /// <summary>Whether it shows a renewed key that nobody is known to have used yet.</summary>
    public bool ShowsUnusedKey { get; init; }

    /// <summary>To what the token that it shows narrows its rights; null if it shows another credential.</summary>
    public TokenRights? Token { get; init; }

    /// <summary>Whether it is the server itself, or a command on its own machine: no credential of a client's can be that.</summary>
    public bool IsServer => Fingerprint.Length == 0 && !IsUnknown;

    /// <summary>Whether this is nobody known: <see cref="Unknown"/>.</summary>
    public bool IsUnknown => string.Equals(Name, PrincipalName.Anonymous, StringComparison.Ordinal);

    /// <summary>
    /// The smallest group that covers all it may do; null if that is the whole tenant. Who decides about the principal has
    /// to have the right for all of it.
    /// </summary>
    public GroupName? Scope
    {
        get
        {
            var widest = HomeGroup;
            foreach (var binding in Bindings)
            {
                if (binding.Group is not { } group) return null;
                if (group.IsWithin(widest)) continue;
                if (!widest.IsWithin(group)) return null;
                widest = group;
            }

            return widest;
        }
    }

    /// <summary>Whoever runs a command on the server's own machine, as the server's user: may enrol the first principals.</summary>
    public static Principal Local(TenantId tenant) => new()
    {
        Tenant = tenant,
        Name = PrincipalName.Local,
        Fingerprint = "",
        HomeGroup = GroupName.Default,
        Bindings = [new RoleBinding(Role.SecurityOfficer, null)],
    };

    /// <summary>A caller that holds this public key, or none, and whom nobody knows: it may do nothing, which is recorded.</summary>
    public static Principal Unknown(string fingerprint) => new()
    {
        Tenant = TenantId.Default,
        Name = PrincipalName.Anonymous,
        Fingerprint = fingerprint,
        HomeGroup = GroupName.Default,
        Bindings = [],
        IsDisabled = true,
    };
}

/// <summary>The answer to whether a principal may do something.</summary>
/// <param name="IsAllowed">Whether it may.</param>
/// <param name="Rule">The binding that decided, for the audit trail; <c>default-deny</c> if there was none.</param>
public readonly record struct Decision(bool IsAllowed, string Rule)
{
    /// <summary>The binding whose use has to be counted, if it is one of which so many are allowed.</summary>
    internal CompiledBinding? Counted { get; init; }
}

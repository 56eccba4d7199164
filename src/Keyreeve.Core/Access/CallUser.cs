using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Access;

/// <summary>
/// For whom a principal speaks: one of several users or devices behind one certificate. A user never has more rights than the
/// principal; what is made for a user is that user's alone.
/// </summary>
/// <param name="Key">What tells users apart; kept with the objects that are theirs.</param>
/// <param name="Name">The name, for people and for the audit trail.</param>
public sealed record CallUser(string Key, string Name)
{
    /// <summary>Whether an object is open to a caller as far as its user is concerned: to any if it is no user's, else to its own.</summary>
    /// <param name="user">For whom the caller speaks.</param>
    /// <param name="managedObject">The object.</param>
    // spec: KMIP 1.4 §3.18.2 "Default operation policy": "Allowed to owner only"
    public static bool MayUse(CallUser? user, ManagedObject managedObject)
    {
        ArgumentNullException.ThrowIfNull(managedObject);
        return managedObject.OwnerUser is not { } owner || string.Equals(owner, user?.Key, StringComparison.Ordinal);
    }
}

/// <summary>A user that a credential has proved the caller to speak for.</summary>
/// <param name="User">The user.</param>
/// <param name="RestsOn">What the proof rests on: the user and the credential. Once one of them is gone, so is what was built upon it.</param>
public sealed record ProvedUser(CallUser User, ImmutableArray<UniqueIdentifier> RestsOn)
{
    /// <summary>The server's own proof that it knows the password, which a hashed password asks for; null for other credentials.</summary>
    public ReadOnlyMemory<byte>? ServerHash { get; init; }
}

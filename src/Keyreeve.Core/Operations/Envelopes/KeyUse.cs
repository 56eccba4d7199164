using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>Whether a version of a key may be used: its State, its dates, its mask, and whether the key as a whole is in use.</summary>
internal static class KeyUse
{
    /// <summary>Only what is Active protects.</summary>
    // spec: KMIP 2.1 §4.57 "Active: The object SHALL only be used for all cryptographic purposes that are allowed by its
    // Cryptographic Usage Mask attribute"
    public static void RequireForEncryption(ManagedObject version, DateTimeOffset now) =>
        RequireForProtection(version, now, CryptographicUsageMask.Encrypt);

    /// <summary>Only what is Active protects: encrypts, signs, authenticates.</summary>
    public static void RequireForProtection(ManagedObject version, DateTimeOffset now, CryptographicUsageMask use)
    {
        RequireInUse(version);
        if (version.State != State.Active)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that protects is Active; this one is {version.State}.");
        if (DateOf(version, AttributeName.ProtectStopDate) <= now)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key's Protect Stop Date has passed; it only opens and verifies.");
        RequireMask(version, use);
    }

    /// <summary>What was protected can be read as long as the key is neither young nor gone.</summary>
    // spec: KMIP 2.1 §4.57 "Deactivated: The object SHALL NOT be used for applying cryptographic protection […] The object
    // SHOULD only be used to process cryptographically-protected information"; Compromised likewise.
    public static void RequireForDecryption(ManagedObject version, DateTimeOffset now) =>
        RequireForProcessing(version, now, CryptographicUsageMask.Decrypt);

    /// <summary>What was protected can be opened and verified as long as the key is neither young nor gone.</summary>
    public static void RequireForProcessing(ManagedObject version, DateTimeOffset now, CryptographicUsageMask use)
    {
        RequireInUse(version);
        if (version.State is not (State.Active or State.Deactivated or State.Compromised))
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that is {version.State} opens and verifies nothing.");
        if (DateOf(version, AttributeName.ProcessStartDate) > now)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The key's Process Start Date has not come; it opens and verifies nothing yet.");
        RequireMask(version, use);
    }

    /// <summary>Refuses what is destroyed, archived, disabled, or going to be destroyed.</summary>
    public static void RequireInUse(ManagedObject version)
    {
        if (version.IsArchived) throw Archived();
        if (version.State is State.Destroyed or State.DestroyedCompromised)
            throw new KeyreeveException(KeyreeveError.ObjectDestroyed, "The key was destroyed; what it encrypted cannot be read any more.");
        if (version.IsDisabled)
            throw new KeyreeveException(KeyreeveError.KeyDisabled, "The key is disabled; an administrator can enable it.");
        if (version.DestructionDate is { } date)
            throw new KeyreeveException(KeyreeveError.KeyDisabled, $"The key will be destroyed at {date:yyyy-MM-dd'T'HH:mm:ss'Z'}; an administrator can cancel that.");
    }

    /// <summary>The refusal of an archived object.</summary>
    // spec: KMIP 1.4 §4 "any archived object SHALL first be made available by a Recover operation … before they MAY be specified"
    public static KeyreeveException Archived() => new(KeyreeveError.ObjectArchived, "The object is archived; recover it first.");

    private static void RequireMask(ManagedObject version, CryptographicUsageMask needed)
    {
        if ((version.CryptographicUsageMask & needed) != needed)
            throw new KeyreeveException(KeyreeveError.IncompatibleUsageMask, $"The key's Cryptographic Usage Mask does not allow {needed}.");
    }

    private static DateTimeOffset? DateOf(ManagedObject version, AttributeName name) => (version.Attributes.Find(name) as DateTimeValue)?.Time;
}

using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Where objects may be stored, and where they are.</summary>
internal static class ProtectionStorage
{
    // What is true of every object here: its attribute Protection Storage Mask says Software.
    private const ProtectionStorageMask Ours = ProtectionStorageMask.Software | ProtectionStorageMask.OnSystem;

    /// <summary>Refuses a request none of whose alternatives is how objects are stored here.</summary>
    // spec: KMIP 2.1 §7.33 "the server SHALL … use the first [mask] that it is able to"; none: Protection Storage Unavailable.
    public static void Require(params ReadOnlySpan<ProtectionStorageMasks?> requested)
    {
        foreach (var alternatives in requested)
        {
            if (alternatives is not { Masks.IsDefaultOrEmpty: false }) continue;
            if (!alternatives.Masks.Any(static mask => (mask | Ours) == Ours))
                throw new KeyreeveException(KeyreeveError.ProtectionStorageUnavailable, "Objects are stored here in software, on the system; none of the masks allows that.");
        }
    }
}

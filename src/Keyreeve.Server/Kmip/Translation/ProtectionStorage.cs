using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Tokens;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Where objects may be stored, and where they are.</summary>
internal static class ProtectionStorage
{
    // What is true of objects in the store: their attribute Protection Storage Mask says Software.
    private const ProtectionStorageMask InSoftware = ProtectionStorageMask.Software | ProtectionStorageMask.OnSystem;

    /// <summary>Refuses a request none of whose alternatives is how objects that come from elsewhere are stored here.</summary>
    public static void Require(params ReadOnlySpan<ProtectionStorageMasks?> requested)
    {
        foreach (var alternatives in requested)
        {
            if (alternatives is not { Masks.IsDefaultOrEmpty: false }) continue;
            if (!alternatives.Masks.Any(static mask => (mask | InSoftware) == InSoftware))
                throw new KeyreeveException(KeyreeveError.ProtectionStorageUnavailable, "Such objects are stored here in software, on the system; none of the masks allows that.");
        }
    }

    /// <summary>What a request for a new key accepts, the best first; none if it says nothing.</summary>
    /// <param name="requested">The masks, the more special first: the first that are stated count.</param>
    // spec: KMIP 2.1 §7.33 "the server SHALL … use the first [mask] that it is able to"; none: Protection Storage Unavailable.
    public static ImmutableArray<KeyProtection> Of(params ReadOnlySpan<ProtectionStorageMasks?> requested)
    {
        foreach (var alternatives in requested)
        {
            if (alternatives is not { Masks.IsDefaultOrEmpty: false }) continue;
            ImmutableArray<KeyProtection> accepted = [.. alternatives.Masks.Select(Of).Where(static protection => protection != KeyProtection.Unstated)];
            return accepted.IsEmpty
                ? throw new KeyreeveException(KeyreeveError.ProtectionStorageUnavailable, "Keys are kept here in software on the system, or in a token; none of the masks allows either.")
                : accepted;
        }

        return [];
    }

    // Where a token stands, nobody has told the server: of hardware it says nothing else.
    private static KeyProtection Of(ProtectionStorageMask mask) => mask switch
    {
        ProtectionStorageMask.Hardware => KeyProtection.Hsm,
        _ when (mask | InSoftware) == InSoftware => KeyProtection.Software,
        _ => KeyProtection.Unstated,
    };
}

using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Wraps the root key by a secret of a slot that is kept elsewhere, enciphered by a device or another server: whoever keeps it never sees
/// the root key, and what he gives back is proved by what it opens.
/// </summary>
/// <remarks>
/// <c>wrapped = CommittingAead(HKDF-SHA-256(secret, info = label)) of the root key, AAD = label ‖ 0 ‖ slot ‖ 0 ‖ binding</c>
/// </remarks>
public static class SlotSecret
{
    /// <summary>Length of a slot's secret, in bytes.</summary>
    public const int SizeInBytes = 32;

    /// <summary>Wraps the root key.</summary>
    /// <param name="secret">The slot's secret.</param>
    /// <param name="label">What kind of slot it is, and of which form.</param>
    /// <param name="slotId">The slot's identity.</param>
    /// <param name="binding">What else of the entry is bound to it.</param>
    /// <param name="root">The root key.</param>
    public static byte[] Seal(SecretBytes secret, string label, string slotId, string binding, SecretBytes root)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentNullException.ThrowIfNull(root);
        using var aead = AeadOf(secret, label);
        return aead.Seal(Aad(label, slotId, binding), root);
    }

    /// <summary>Opens what <see cref="Seal"/> made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: it is another secret, or the entry was altered.</exception>
    public static SecretBytes Open(SecretBytes secret, string label, string slotId, string binding, ReadOnlySpan<byte> wrapped)
    {
        ArgumentNullException.ThrowIfNull(secret);
        using var aead = AeadOf(secret, label);
        return aead.TryOpen(Aad(label, slotId, binding), wrapped, out var root)
            ? root
            : throw new KeyreeveException(KeyreeveError.Sealed, "What the slot gives does not open the root key: it is another key, or the seal file was altered.");
    }

    private static CommittingAead AeadOf(SecretBytes secret, string label)
    {
        using var key = Wrapping.DeriveKey(secret, label);
        return new CommittingAead(key);
    }

    private static byte[] Aad(string label, string slotId, string binding) => Encoding.UTF8.GetBytes($"{label}\0{slotId}\0{binding}");
}

using Keyreeve.Crypto.Memory;

namespace Keyreeve.Crypto;

/// <summary>
/// A short look at the bytes of a <see cref="SecretBytes"/>. While it lives, <see cref="SecretBytes.Dispose"/> on another
/// thread does not wipe them.
/// </summary>
/// <remarks>Write <c>using var lease = secret.Reveal();</c>. Never copy a lease: each one is disposed exactly once.</remarks>
public readonly ref struct SecretLease : IDisposable
{
    private readonly LockedSlot _slot;

    internal SecretLease(LockedSlot slot, int lengthInBytes)
    {
        var added = false;
        slot.DangerousAddRef(ref added);
        _slot = slot;
        Span = slot.DangerousGetSpan(lengthInBytes);
    }

    /// <summary>The secret's bytes; not to be used after <see cref="Dispose"/>.</summary>
    public ReadOnlySpan<byte> Span { get; }

    /// <summary>Ends the look. When the secret was disposed meanwhile, this wipes it.</summary>
    public void Dispose() => _slot?.DangerousRelease();
}

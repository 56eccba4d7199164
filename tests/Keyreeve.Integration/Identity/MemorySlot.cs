using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Integration.Identity;

/// <summary>A seal slot that hides the root key under a constant: for tests alone.</summary>
internal sealed class MemorySlot : ISealSlot
{
    public string Kind => "test";

    public ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        using var lease = root.Reveal();
        return ValueTask.FromResult(new SealedRootKey(slotId, Kind, [], lease.Span.ToArray().Select(b => (byte)(b ^ 0x5A)).ToArray()));
    }

    public ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken) =>
        ValueTask.FromResult(SecretBytes.CopyFrom(sealedRoot.Wrapped.ToArray().Select(b => (byte)(b ^ 0x5A)).ToArray()));
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>Secrets into sealed bytes and back, never through managed memory; keys from keys.</summary>
internal static class Wrapping
{
    /// <summary>Length of the keys that are derived here, in bytes.</summary>
    public const int KeySizeInBytes = 32;

    /// <summary>HKDF-SHA-256 without salt, the label as info. References: RFC 5869.</summary>
    public static SecretBytes DeriveKey(SecretBytes key, string label, int lengthInBytes = KeySizeInBytes) =>
        Hkdf.Derive(DigestAlgorithm.Sha256, key, salt: [], Encoding.UTF8.GetBytes(label), lengthInBytes);

    /// <summary>Seals a secret behind a version byte that it leaves room for.</summary>
    /// <param name="aead">The key.</param>
    /// <param name="associatedData">What the sealed bytes are bound to.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="prefix">Written before the body; not authenticated by it.</param>
    public static byte[] Seal(this CommittingAead aead, ReadOnlySpan<byte> associatedData, SecretBytes secret, ReadOnlySpan<byte> prefix = default)
    {
        using var lease = secret.Reveal();
        var bytes = new byte[prefix.Length + lease.Span.Length + CommittingAead.OverheadInBytes];
        prefix.CopyTo(bytes);
        aead.Seal(associatedData, lease.Span, bytes.AsSpan(prefix.Length));
        return bytes;
    }

    /// <summary>Opens what <see cref="Seal"/> made, without the prefix.</summary>
    public static bool TryOpen(
        this CommittingAead aead, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> body, [NotNullWhen(true)] out SecretBytes? secret)
    {
        secret = null;
        if (body.Length < CommittingAead.OverheadInBytes) return false;
        var opened = false;
        var candidate = SecretBytes.Create(
            body.Length - CommittingAead.OverheadInBytes,
            new Opening(aead, associatedData, body, ref opened),
            static (plaintext, opening) => opening.Run(plaintext));
        if (opened) secret = candidate;
        else candidate.Dispose();
        return opened;
    }

    private readonly ref struct Opening(CommittingAead aead, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> body, ref bool opened)
    {
        private readonly ReadOnlySpan<byte> _associatedData = associatedData;
        private readonly ReadOnlySpan<byte> _body = body;
        private readonly ref bool _opened = ref opened;

        public void Run(Span<byte> plaintext) => _opened = aead.TryOpen(_associatedData, _body, plaintext, out _);
    }
}

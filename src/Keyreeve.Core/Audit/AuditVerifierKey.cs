using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>
/// The public key with which a trail's checkpoints are checked, and the trail's name: all that somebody outside needs.
/// Written as a C2SP <i>vkey</i>, <c>name+hex(key id)+base64(0x01 ‖ public key)</c>. Immutable.
/// </summary>
public sealed class AuditVerifierKey
{
    /// <summary>Length of the public key, in bytes.</summary>
    public const int PublicKeySizeInBytes = 32;

    /// <summary>The file in the trail's directory that holds it.</summary>
    public const string FileName = "verifier.pub";

    internal const int KeyIdSizeInBytes = 4;
    private const byte Ed25519Type = 1;

    private readonly byte[] _publicKey;

    private AuditVerifierKey(string name, byte[] publicKey)
    {
        Name = name;
        _publicKey = publicKey;
        // spec: C2SP signed-note "key ID … SHA-256(<name> || 0x0A || 0x01 || 32-byte Ed25519 public key)[:4]"
        KeyId = SHA256.HashData([.. Encoding.UTF8.GetBytes(name), 0x0A, Ed25519Type, .. publicKey]).AsMemory(0, KeyIdSizeInBytes);
    }

    /// <summary>The trail's name, the origin of its checkpoints.</summary>
    public string Name { get; }

    /// <summary>The Ed25519 public key.</summary>
    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    internal ReadOnlyMemory<byte> KeyId { get; }

    /// <summary>The key of a trail that is named after it.</summary>
    public static AuditVerifierKey Of(ReadOnlySpan<byte> publicKey)
    {
        if (publicKey.Length != PublicKeySizeInBytes) throw new ArgumentException("An Ed25519 public key has 32 bytes.", nameof(publicKey));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(publicKey, hash);
        return new AuditVerifierKey("keyreeve.audit/" + Convert.ToHexStringLower(hash[..8]), publicKey.ToArray());
    }

    /// <summary>Reads a vkey; false if the text is not one, or its key id does not fit.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out AuditVerifierKey? key)
    {
        ArgumentNullException.ThrowIfNull(text);
        key = null;
        var parts = text.Trim().Split('+', 3);
        if (parts.Length != 3 || parts[0].Length == 0 || parts[0].Any(char.IsWhiteSpace)) return false;
        var encoded = new byte[1 + PublicKeySizeInBytes];
        if (!Convert.TryFromBase64String(parts[2], encoded, out var written) || written != encoded.Length || encoded[0] != Ed25519Type) return false;

        var parsed = new AuditVerifierKey(parts[0], encoded[1..]);
        if (!string.Equals(parts[1], Convert.ToHexStringLower(parsed.KeyId.Span), StringComparison.Ordinal)) return false;
        key = parsed;
        return true;
    }

    /// <summary>The vkey.</summary>
    public override string ToString() =>
        $"{Name}+{Convert.ToHexStringLower(KeyId.Span)}+{Convert.ToBase64String([Ed25519Type, .. _publicKey])}";

    /// <summary>Whether the trail's key has signed a statement, such as the report of an offboarding. No checkpoint is one.</summary>
    public bool VerifyStatement(ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature) =>
        !statement.IsEmpty && statement[0] == (byte)'{' && signature.Length == Eddsa.SignatureSizeInBytes(EdwardsCurve.Ed25519) && Verify(statement, signature);

    internal bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature)
    {
        using var key = EdwardsPublicKey.Import(EdwardsCurve.Ed25519, _publicKey);
        return Eddsa.Verify(key, text, signature);
    }
}

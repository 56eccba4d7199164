using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Tokens;

/// <summary>
/// What the store holds of a key that lives in a token: where it is, and its public half. Sealed into the object's row like any
/// material, so that a row cannot be given another's key.
/// </summary>
/// <remarks><c>version(1) ‖ CKA_ID(16) ‖ length(1) ‖ token's serial number ‖ SubjectPublicKeyInfo, empty for a symmetric key</c></remarks>
/// <param name="Id">The key's CKA_ID: the identity of the object that it was made for.</param>
/// <param name="Serial">The serial number of the token.</param>
/// <param name="PublicKey">Of a pair the public half, SubjectPublicKeyInfo.</param>
public sealed record TokenHandle(UniqueIdentifier Id, string Serial, ReadOnlyMemory<byte> PublicKey)
{
    /// <summary>The form that material of this kind is stored as: a vendor's, which no request can name.</summary>
    internal const KeyFormatType Format = (KeyFormatType)0x8B4B0001;

    private const byte Version = 1;
    private const int HeaderSizeInBytes = 1 + UniqueIdentifier.SizeInBytes + 1;

    /// <summary>The bytes that are stored.</summary>
    internal SecretBytes Encode()
    {
        var serial = Encoding.UTF8.GetBytes(Serial);
        return SecretBytes.CopyFrom([Version, .. Id.ToByteArray(), checked((byte)serial.Length), .. serial, .. PublicKey.Span]);
    }

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    internal static TokenHandle Decode(SecretBytes stored)
    {
        using var lease = stored.Reveal();
        var bytes = lease.Span;
        if (bytes.Length < HeaderSizeInBytes || bytes[0] != Version || bytes.Length < HeaderSizeInBytes + bytes[HeaderSizeInBytes - 1])
            throw new KeyreeveException(KeyreeveError.IntegrityFailure, "The stored handle of a key in the token cannot be read.");
        var serialEnd = HeaderSizeInBytes + bytes[HeaderSizeInBytes - 1];
        return new TokenHandle(
            UniqueIdentifier.FromBytes(bytes.Slice(1, UniqueIdentifier.SizeInBytes)), Encoding.UTF8.GetString(bytes[HeaderSizeInBytes..serialEnd]), bytes[serialEnd..].ToArray());
    }
}

using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>
/// A token of our own: <c>kr_</c> and 88 hexadecimal digits in lower case. By its form and checksum a scanner finds one that lies
/// where it should not; its secret is 256 random bits, of which only the SHA-256 is kept.
/// </summary>
/// <remarks><c>kr_ id(8 bytes) ‖ secret(32) ‖ checksum(4)</c>; the checksum is the beginning of the SHA-256 of the text before it.</remarks>
public static class ApiToken
{
    /// <summary>How every token begins.</summary>
    public const string Prefix = "kr_";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    private const int IdSizeInBytes = 8;
    private const int SecretSizeInBytes = 32;
    private const int ChecksumSizeInBytes = 4;
    private const int IdLength = 2 * IdSizeInBytes;
    private const int CheckedLength = 3 + IdLength + (2 * SecretSizeInBytes);
    private const int Length = CheckedLength + (2 * ChecksumSizeInBytes);

    /// <summary>Makes a token.</summary>
    /// <param name="identity">The <see cref="PrincipalCredential.Identity"/> by which it is found.</param>
    /// <param name="secretHash">What is kept of it, hexadecimal.</param>
    public static string Generate(out string identity, out string secretHash)
    {
        Span<byte> random = stackalloc byte[IdSizeInBytes + SecretSizeInBytes];
        try
        {
            CryptoRandom.Fill(random);
            identity = IdentityOf(Convert.ToHexStringLower(random[..IdSizeInBytes]));
            secretHash = Convert.ToHexStringLower(SHA256.HashData(random[IdSizeInBytes..]));
            var text = Prefix + Convert.ToHexStringLower(random);
            return text + ChecksumOf(text);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(random);
        }
    }

    /// <summary>Reads a token; false if the text does not have the form of one, or its checksum is wrong.</summary>
    /// <param name="text">What was shown.</param>
    /// <param name="identity">By what it is found.</param>
    /// <param name="secretHash">The SHA-256 of its secret: 32 bytes.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out string? identity, Span<byte> secretHash)
    {
        ArgumentNullException.ThrowIfNull(text);
        identity = null;
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        // One spelling a token: no second one gets past whoever compares texts.
        if (text.AsSpan(Prefix.Length).ContainsAnyExcept(Digits)) return false;
        if (!text.AsSpan(CheckedLength).SequenceEqual(ChecksumOf(text.AsSpan(0, CheckedLength)))) return false;

        Span<byte> secret = stackalloc byte[SecretSizeInBytes];
        try
        {
            Convert.FromHexString(text.AsSpan(Prefix.Length + IdLength, 2 * SecretSizeInBytes), secret, out _, out _);
            SHA256.HashData(secret, secretHash);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }

        identity = IdentityOf(text.Substring(Prefix.Length, IdLength));
        return true;
    }

    private static string IdentityOf(string id) => "token-" + id;

    private static string ChecksumOf(ReadOnlySpan<char> text)
    {
        Span<byte> ascii = stackalloc byte[CheckedLength];
        Encoding.ASCII.GetBytes(text, ascii);
        var checksum = Convert.ToHexStringLower(SHA256.HashData(ascii).AsSpan(0, ChecksumSizeInBytes));
        CryptographicOperations.ZeroMemory(ascii);
        return checksum;
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>What the unauthenticated modes have in common: checked lengths, one context, one pass.</summary>
internal static class ModeCore
{
    public const int AesBlockSizeInBytes = 16;

    /// <summary>Gives "AES-256-CBC" and the like.</summary>
    public static string AesName(SecretBytes key, string mode)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.LengthInBytes switch
        {
            16 => "AES-128-" + mode,
            24 => "AES-192-" + mode,
            32 => "AES-256-" + mode,
            _ => throw new ArgumentException("An AES key has 16, 24 or 32 bytes.", nameof(key)),
        };
    }

    public static void RequireIv(ReadOnlySpan<byte> iv, int sizeInBytes)
    {
        if (iv.Length != sizeInBytes)
            throw new ArgumentException($"The initialization vector has {sizeInBytes} bytes.", nameof(iv));
    }

    public static StreamingCipher StartBlockMode(
        string cipherName, SecretBytes key, ReadOnlySpan<byte> iv, BlockPadding padding, CipherDirection direction)
    {
        if (padding is not (BlockPadding.None or BlockPadding.Pkcs7))
            throw new ArgumentOutOfRangeException(nameof(padding), padding, "Choose a padding.");
        using var lease = key.Reveal();
        var context = CipherContext.Start(cipherName, lease.Span, iv, direction);
        if (padding == BlockPadding.Pkcs7)
            context.EnablePkcs7Padding();
        return new StreamingCipher(context, cipherName.StartsWith("DES", StringComparison.Ordinal) ? 8 : AesBlockSizeInBytes);
    }

    public static StreamingCipher StartStreamMode(
        string cipherName, SecretBytes key, ReadOnlySpan<byte> iv, CipherDirection direction)
    {
        using var lease = key.Reveal();
        return new StreamingCipher(CipherContext.Start(cipherName, lease.Span, iv, direction), blockSizeInBytes: 1);
    }

    /// <summary>Runs a whole message through <paramref name="cipher"/>, which it disposes.</summary>
    /// <exception cref="ArgumentException">The message is not a whole number of blocks and there is no padding.</exception>
    public static byte[] Encrypt(StreamingCipher cipher, ReadOnlySpan<byte> plaintext) =>
        TryRun(cipher, plaintext, out var ciphertext)
            ? ciphertext
            : throw new ArgumentException("Without padding, the plaintext is a whole number of blocks.", nameof(plaintext));

    /// <summary>Runs a whole message through <paramref name="cipher"/>, which it disposes.</summary>
    public static bool TryRun(StreamingCipher cipher, ReadOnlySpan<byte> input, [NotNullWhen(true)] out byte[]? output)
    {
        using (cipher)
        {
            var buffer = new byte[cipher.MaxOutputSizeInBytes(input.Length)];
            var written = cipher.Update(input, buffer);
            Span<byte> last = stackalloc byte[AesBlockSizeInBytes];
            if (!cipher.TryFinal(last, out var rest))
            {
                CryptographicOperations.ZeroMemory(buffer);
                output = null;
                return false;
            }

            last[..rest].CopyTo(buffer.AsSpan(written));
            output = buffer.AsSpan(0, written + rest).ToArray();
            CryptographicOperations.ZeroMemory(last);
            CryptographicOperations.ZeroMemory(buffer);
            return true;
        }
    }
}

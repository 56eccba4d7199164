using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// A message authentication code over a message that comes piece by piece: any number of <see cref="Update"/>, then one
/// <see cref="Final"/> or <see cref="Verify"/>. Not thread safe.
/// </summary>
public sealed class StreamingMac : IDisposable
{
    private readonly MacContextHandle _context;
    private bool _isFinished;

    private StreamingMac(MacContextHandle context, int tagSizeInBytes)
    {
        _context = context;
        TagSizeInBytes = tagSizeInBytes;
    }

    /// <summary>Length of the code, in bytes.</summary>
    public int TagSizeInBytes { get; }

    /// <summary>Takes the next piece of the message.</summary>
    /// <exception cref="InvalidOperationException">The message was finished.</exception>
    public unsafe void Update(ReadOnlySpan<byte> input)
    {
        RequireUnfinished();
        fixed (byte* bytes = input)
            LibCrypto.Require(LibCrypto.MacUpdate(_context, bytes, (nuint)input.Length));
    }

    /// <summary>Ends the message and gives its code.</summary>
    /// <exception cref="InvalidOperationException">The message was finished before.</exception>
    public unsafe byte[] Final()
    {
        RequireUnfinished();
        _isFinished = true;
        var tag = new byte[TagSizeInBytes];
        fixed (byte* output = tag)
            LibCrypto.Require(LibCrypto.MacFinal(_context, output, out var written, (nuint)tag.Length));
        return tag;
    }

    /// <summary>Ends the message and compares its code, in a time that does not depend on where they differ.</summary>
    /// <returns>False when the tag is another one, or of another length.</returns>
    /// <exception cref="InvalidOperationException">The message was finished before.</exception>
    public bool Verify(ReadOnlySpan<byte> tag) => CryptographicOperations.FixedTimeEquals(Final(), tag);

    /// <summary>Wipes and releases the key.</summary>
    public void Dispose() => _context.Dispose();

    /// <summary>Begins an HMAC of a message that comes piece by piece; where many messages share a key, take <see cref="HmacKey"/>.</summary>
    /// <param name="algorithm">The hash.</param>
    /// <param name="key">The key, of any length.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not an algorithm.</exception>
    public static StreamingMac StartHmac(DigestAlgorithm algorithm, SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        using var parameters = new ParameterList().AddText("digest"u8, algorithm.NativeName());
        return Start(MacHandle.Hmac, key, parameters, algorithm.DigestSizeInBytes());
    }

    internal static StreamingMac StartCmac(SecretBytes key, string cipherName, int blockSizeInBytes)
    {
        using var parameters = new ParameterList().AddText("cipher"u8, cipherName);
        return Start(MacHandle.Cmac, key, parameters, blockSizeInBytes);
    }

    internal static unsafe StreamingMac Start(MacHandle mac, SecretBytes key, ParameterList? parameters, int tagSizeInBytes)
    {
        var context = LibCrypto.Require(LibCrypto.MacContextNew(mac));
        try
        {
            using var lease = key.Reveal();
            // A null pointer means "the key of before"; an empty key needs an address.
            byte empty = 0;
            fixed (byte* bytes = lease.Span)
                LibCrypto.Require(LibCrypto.MacInit(context, bytes == null ? &empty : bytes, (nuint)lease.Span.Length, parameters?.Pointer ?? 0));
            return new StreamingMac(context, tagSizeInBytes);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    private void RequireUnfinished()
    {
        if (_isFinished)
            throw new InvalidOperationException("The message was finished.");
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Keyreeve.Crypto.Memory;

namespace Keyreeve.Crypto;

/// <summary>
/// Key material: bytes in native memory that the garbage collector never copies, that are not swapped out, not in core
/// dumps and not in a forked child (each as far as the kernel grants it), and that are wiped on release.
/// </summary>
/// <remarks>
/// <para>Thread safe and immutable. Read with <c>using var lease = secret.Reveal();</c>.</para>
/// <para>Neither <see cref="ToString"/> nor a serializer nor the debugger's display shows more than the length.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
[JsonConverter(typeof(SecretBytesJsonConverter))]
public sealed class SecretBytes : IDisposable, IEquatable<SecretBytes>
{
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    private readonly LockedSlot _slot;

    // A SafeHandle takes new references until the last old one is gone; a disposed secret must not.
    private volatile bool _isDisposed;

    private SecretBytes(LockedSlot slot, int lengthInBytes)
    {
        _slot = slot;
        LengthInBytes = lengthInBytes;
    }

    /// <summary>Length of the secret in bytes; may be zero. Readable after disposal.</summary>
    public int LengthInBytes { get; }

    /// <summary>Makes a secret that <paramref name="fill"/> writes in its final place, so that no copy lies about.</summary>
    /// <param name="lengthInBytes">Length of the secret, zero or more.</param>
    /// <param name="state">Handed to <paramref name="fill"/>; may be a span.</param>
    /// <param name="fill">Writes the bytes, which are zero before. When it throws, the secret is wiped and released.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    /// <exception cref="InsufficientMemoryException">The kernel gave no memory.</exception>
    public static SecretBytes Create<TState>(int lengthInBytes, TState state, SpanAction<byte, TState> fill)
        where TState : allows ref struct
    {
        ArgumentNullException.ThrowIfNull(fill);
        return Create(LockedArena.Process, lengthInBytes, state, fill);
    }

    /// <summary>Makes a secret of uniformly random bytes.</summary>
    /// <inheritdoc cref="Create{TState}(int, TState, SpanAction{byte, TState})"/>
    public static SecretBytes Random(int lengthInBytes) =>
        Create(lengthInBytes, 0, static (bytes, _) => CryptoRandom.FillKey(bytes));

    /// <summary>Makes a secret from a copy of <paramref name="source"/>, which the caller wipes.</summary>
    /// <exception cref="InsufficientMemoryException">The kernel gave no memory.</exception>
    public static SecretBytes CopyFrom(ReadOnlySpan<byte> source) =>
        Create(source.Length, source, static (bytes, from) => from.CopyTo(bytes));

    internal static SecretBytes Create<TState>(
        LockedArena arena, int lengthInBytes, TState state, SpanAction<byte, TState> fill)
        where TState : allows ref struct
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthInBytes);
        var secret = new SecretBytes(arena.Rent(lengthInBytes), lengthInBytes);
        try
        {
            fill(secret._slot.DangerousGetSpan(lengthInBytes), state);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    /// <summary>Makes a secret that <paramref name="fill"/> decrypts in its final place, unless that fails.</summary>
    internal static bool TryCreate<TState>(
        int lengthInBytes, TState state, TryFillSecret<TState> fill, [NotNullWhen(true)] out SecretBytes? secret)
        where TState : allows ref struct
    {
        var filled = new SecretBytes(LockedArena.Process.Rent(lengthInBytes), lengthInBytes);
        secret = null;
        try
        {
            if (fill(filled._slot.DangerousGetSpan(lengthInBytes), state))
                secret = filled;
        }
        finally
        {
            if (secret is null)
                filled.Dispose();
        }

        return secret is not null;
    }

    /// <summary>Gives a look at the bytes; dispose it soon.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public SecretLease Reveal()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        return new SecretLease(_slot, LengthInBytes);
    }

    /// <summary>Makes an independent copy with its own lifetime.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public SecretBytes Clone()
    {
        using var lease = Reveal();
        return CopyFrom(lease.Span);
    }

    /// <summary>Compares with <paramref name="other"/> in a time that depends on the lengths only.</summary>
    /// <exception cref="ObjectDisposedException">The secret was disposed.</exception>
    public bool FixedTimeEquals(ReadOnlySpan<byte> other)
    {
        using var lease = Reveal();
        return CryptographicOperations.FixedTimeEquals(lease.Span, other);
    }

    /// <summary>Whether both hold the same bytes, in a time that depends on the lengths only.</summary>
    /// <exception cref="ObjectDisposedException">One of the two was disposed.</exception>
    public bool Equals(SecretBytes? other)
    {
        if (other is null)
            return false;
        if (ReferenceEquals(this, other))
            return true;
        using var lease = other.Reveal();
        return FixedTimeEquals(lease.Span);
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SecretBytes);

    /// <summary>A hash of the length alone: a hash of the bytes would tell about them.</summary>
    public override int GetHashCode() => LengthInBytes.GetHashCode();

    /// <summary>Says the length, never the bytes.</summary>
    public override string ToString() => $"SecretBytes({LengthInBytes} bytes)";

    /// <summary>Wipes and releases the bytes, at once or when the last <see cref="SecretLease"/> ends. May be called twice.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        _slot.Dispose();
    }
}

/// <summary>Writes a secret in its final place; false leaves it to be wiped.</summary>
internal delegate bool TryFillSecret<in TState>(Span<byte> bytes, TState state)
    where TState : allows ref struct;

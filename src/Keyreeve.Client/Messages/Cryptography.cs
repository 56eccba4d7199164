using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>A ciphertext that the server made, and the key version it is under.</summary>
public sealed record ServerCiphertext
{
    /// <summary>The envelope; it says itself which key opens it.</summary>
    public required byte[] Ciphertext { get; init; }

    /// <summary>The key's identifier.</summary>
    public required string KeyId { get; init; }

    /// <summary>The key's version.</summary>
    public required int Version { get; init; }
}

/// <summary>A plaintext that the server recovered. Wiping it is the caller's business.</summary>
public sealed class ServerPlaintext
{
    internal ServerPlaintext(byte[] plaintext, string keyId, int version)
    {
        Plaintext = plaintext;
        KeyId = keyId;
        Version = version;
    }

    /// <summary>The plaintext.</summary>
    public byte[] Plaintext { get; }

    /// <summary>Identifier of the key that opened it.</summary>
    public string KeyId { get; }

    /// <summary>Version of the key that opened it.</summary>
    public int Version { get; }
}

/// <summary>What may be seen of a value.</summary>
public sealed record MaskedValue
{
    /// <summary>The mask, such as <c>************1111</c>.</summary>
    public required string Masked { get; init; }

    /// <summary>By which rule it was made: <c>everything</c>, <c>last-four</c>, <c>domain</c> or <c>initials</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Identifier of the key that opened the value.</summary>
    public required string KeyId { get; init; }

    /// <summary>Version of the key.</summary>
    public required int Version { get; init; }
}

/// <summary>A data-encryption key: in clear for use now, and wrapped for keeping beside what it encrypts. Dispose it soon.</summary>
public sealed class DataKey : IDisposable
{
    /// <summary>Puts both forms together; this object owns the clear one from now on.</summary>
    /// <param name="plaintext">The key in clear.</param>
    /// <param name="wrappedKey">The same key, wrapped.</param>
    public DataKey(SecretBytes plaintext, WrappedDataKey wrappedKey)
    {
        ArgumentNullException.ThrowIfNull(plaintext);
        ArgumentNullException.ThrowIfNull(wrappedKey);
        Plaintext = plaintext;
        WrappedKey = wrappedKey;
    }

    /// <summary>The key in clear; belongs to this object.</summary>
    public SecretBytes Plaintext { get; }

    /// <summary>The key as it travels: wrapped, with the name of the key that unwraps it.</summary>
    public WrappedDataKey WrappedKey { get; }

    /// <summary>The key wrapped by the key manager.</summary>
    public byte[] Wrapped => WrappedKey.Wrapped.ToArray();

    /// <summary>Wipes the key in clear.</summary>
    public void Dispose() => Plaintext.Dispose();
}

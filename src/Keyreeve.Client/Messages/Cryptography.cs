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

/// <summary>A data-encryption key: in clear for use now, and wrapped for keeping beside what it encrypts. Dispose it soon.</summary>
public sealed class DataKey : IDisposable
{
    internal DataKey(SecretBytes plaintext, byte[] wrapped, string keyId, int version)
    {
        Plaintext = plaintext;
        Wrapped = wrapped;
        KeyId = keyId;
        Version = version;
    }

    /// <summary>The key in clear; belongs to this object.</summary>
    public SecretBytes Plaintext { get; }

    /// <summary>The key wrapped by the server: an envelope around it.</summary>
    public byte[] Wrapped { get; }

    /// <summary>Identifier of the key that wrapped it.</summary>
    public string KeyId { get; }

    /// <summary>Version of the key that wrapped it.</summary>
    public int Version { get; }

    /// <summary>Wipes the key in clear.</summary>
    public void Dispose() => Plaintext.Dispose();
}

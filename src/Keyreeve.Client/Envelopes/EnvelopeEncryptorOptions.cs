using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>How an <see cref="EnvelopeEncryptor"/> encrypts, and how long it keeps data keys. Immutable.</summary>
public sealed record EnvelopeEncryptorOptions
{
    /// <summary>Name or identifier of the key where none is given. Null: one has to be given each time.</summary>
    public string? Key { get; init; }

    /// <summary>
    /// The version of the key that has to be the current one, for those who decide on rotations themselves: under another nothing is
    /// encrypted. Null: whichever is current. Decrypting takes every version.
    /// </summary>
    public uint? KeyVersion { get; init; }

    /// <summary>
    /// The cipher of small values. Default AES-256-GCM; XChaCha20-Poly1305 needs libsodium. Files and streams are always AES-256-GCM.
    /// </summary>
    public EnvelopeSuite Suite { get; init; } = EnvelopeSuite.Aes256Gcm;

    /// <summary>
    /// How long a data key is kept in memory, and so how long small values can still be encrypted and decrypted after its key was
    /// disabled or destroyed on the server. Default 5 minutes. Zero keeps none: each value asks the server.
    /// </summary>
    public TimeSpan DataKeyLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// After which time the server is asked again about a data key in use, aside from the calls: a refusal ends its use at once; that
    /// no server answers ends it with the lifetime, so that a short outage is not felt. Default: half of the lifetime.
    /// </summary>
    public TimeSpan? DataKeyRefreshAfter { get; init; }

    /// <summary>
    /// How much longer than its lifetime a data key is used as long as no server can be reached. In that time a revocation is not
    /// seen. A refusal ends its use in any case. Default zero: not at all.
    /// </summary>
    public TimeSpan OutageGrace { get; init; }

    /// <summary>How many values are encrypted under one data key. Default 1,000,000: what one lost data key would give away.</summary>
    public int DataKeyMaxUses { get; init; } = 1_000_000;

    /// <summary>How many bytes are encrypted under one data key. Default 64 GiB.</summary>
    public long DataKeyMaxBytes { get; init; } = 64L << 30;

    /// <summary>How many data keys are kept at most; the one not used for longest goes first. Default 1000. Zero keeps none.</summary>
    public int DataKeyCapacity { get; init; } = 1000;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal TimeSpan RefreshAfter => DataKeyRefreshAfter ?? DataKeyLifetime / 2;

    /// <exception cref="ArgumentOutOfRangeException">A value is out of range; the message says which.</exception>
    internal void Check()
    {
        Require(DataKeyMaxUses >= 1, nameof(DataKeyMaxUses), "A data key is used at least once.");
        Require(DataKeyMaxBytes >= 1, nameof(DataKeyMaxBytes), "Under a data key at least one byte is encrypted.");
        Require(OutageGrace >= TimeSpan.Zero, nameof(OutageGrace), "A time is not negative.");
        Require(DataKeyRefreshAfter is null || DataKeyRefreshAfter > TimeSpan.Zero, nameof(DataKeyRefreshAfter), "A time is more than zero.");
        Require(Suite is EnvelopeSuite.Aes256Gcm or EnvelopeSuite.XChaCha20Poly1305, nameof(Suite), "The value names no suite.");
    }

    private static void Require(bool isSo, string name, string message)
    {
        if (!isSo)
            throw new ArgumentOutOfRangeException(name, message);
    }
}

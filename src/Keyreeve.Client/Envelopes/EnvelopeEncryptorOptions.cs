namespace Keyreeve.Client;

/// <summary>How long an <see cref="EnvelopeEncryptor"/> keeps data keys. Immutable.</summary>
public sealed record EnvelopeEncryptorOptions
{
    /// <summary>
    /// How long a data key is kept in memory, and so how long small values can still be encrypted and decrypted after its key was
    /// disabled or destroyed on the server. Default 5 minutes. Zero keeps none: each value asks the server.
    /// </summary>
    public TimeSpan DataKeyLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many values are encrypted under one data key. Default 1,000,000: what one lost data key would give away.</summary>
    public int DataKeyMaxUses { get; init; } = 1_000_000;

    /// <summary>How many data keys are kept at most. Default 1000. Zero keeps none.</summary>
    public int DataKeyCapacity { get; init; } = 1000;

    /// <summary>Where time comes from.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

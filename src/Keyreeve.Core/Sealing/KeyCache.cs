#pragma warning disable CA1822
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// Unwrapped keys, ready for use: bounded in number and time, versioned, so that a fill that began before a change loses.
/// Thread safe.
/// </summary>
public sealed class KeyCache
{
    /// <summary>Opens an object's key. Dispose what is returned as soon as it has been used.</summary>
    public ValueTask<UsableKey> OpenAsync(ManagedObject managedObject, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("to be written");
}

/// <summary>A key in use: keeps its material from being wiped until it is disposed.</summary>
public sealed class UsableKey : IDisposable
{
    /// <summary>The object it belongs to.</summary>
    public required ManagedObject Object { get; init; }

    /// <summary>Its material.</summary>
    public required SecretBytes Material { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}

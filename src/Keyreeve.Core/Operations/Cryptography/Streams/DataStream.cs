namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What is kept of a message between its parts. Used by one thread at a time; wiped on disposal.</summary>
internal abstract class DataStream : IDisposable
{
    /// <summary>How much of the message is kept, in bytes; 0 if it is worked off as it comes.</summary>
    public virtual int HeldInBytes => 0;

    /// <inheritdoc/>
    public abstract void Dispose();
}

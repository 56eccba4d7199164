namespace Keyreeve.Crypto;

/// <summary>
/// A key was refused: malformed, too weak, or not what it claims to be. The message may be shown to whoever sent the key; it
/// holds none of the key's bytes.
/// </summary>
public sealed class InvalidKeyException : Exception
{
    /// <summary>A key was refused.</summary>
    public InvalidKeyException()
        : this("The key is not valid.")
    {
    }

    /// <summary>A key was refused, for this reason.</summary>
    public InvalidKeyException(string message)
        : base(message)
    {
    }

    /// <summary>A key was refused, for this reason, found out so.</summary>
    public InvalidKeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

namespace Keyreeve.Crypto;

/// <summary>How an envelope names its key and holds its ciphertext; the number stands in the envelope's header.</summary>
public enum EnvelopeMode : byte
{
    /// <summary>Not a mode.</summary>
    None = 0,

    /// <summary>A small value, encrypted under a key version that is named by its id.</summary>
    Direct = 1,

    /// <summary>A small value, encrypted under a data key that travels along, wrapped.</summary>
    WrappedKey = 2,

    /// <summary>A file or stream in chunks, encrypted under a data key that travels along, wrapped.</summary>
    Chunked = 3,
}

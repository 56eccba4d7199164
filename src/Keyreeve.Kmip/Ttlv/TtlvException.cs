namespace Keyreeve.Kmip.Ttlv;

/// <summary>The bytes are not a valid message. The only exception that decoding throws.</summary>
public sealed class TtlvException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="offset">Where in the message, in bytes from its beginning.</param>
    /// <param name="reason">What is wrong there; never a value from the message.</param>
    /// <param name="inner">The cause, if any.</param>
    public TtlvException(int offset, string reason, Exception? inner = null)
        : base($"Invalid KMIP message at byte {offset.ToString(System.Globalization.CultureInfo.InvariantCulture)}: {reason}", inner)
    {
        Offset = offset;
        Reason = reason;
    }

    /// <summary>Where in the message, in bytes from its beginning.</summary>
    public int Offset { get; }

    /// <summary>What is wrong there; never a value from the message.</summary>
    public string Reason { get; }
}

using System.Buffers.Binary;
using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip;

/// <summary>What is wrong with a message that cannot be read, in the words that the standard has for it.</summary>
internal static class MessageFaults
{
    /// <summary>Whether the bytes are items down to the last one, so that the next message begins where this one ends.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> message)
    {
        try
        {
            TtlvValidator.Validate(message);
            return true;
        }
        catch (TtlvException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with a message as a whole.</summary>
    // spec: KMIP 2.1 §11.46 Codec Error: "TTLV connections should be closed as future requests might not be correctly separated"
    public static KeyreeveException OfMessage(TtlvException fault, ReadOnlySpan<byte> message, bool isWellFormed) => new(
        !isWellFormed ? KeyreeveError.MalformedMessage : NamesUnknownField(message, fault.Offset) ? KeyreeveError.UnknownField : KeyreeveError.InvalidMessage,
        $"The message cannot be read: {fault.Reason} (at byte {fault.Offset}).");

    /// <summary>What is wrong with the payload of a batch item.</summary>
    public static KeyreeveException OfPayload(TtlvException fault, EncodedPayload payload) => new(
        NamesUnknownField(payload.Content.Span, fault.Offset - payload.Offset) ? KeyreeveError.UnknownField : KeyreeveError.InvalidMessage,
        $"The payload cannot be read: {fault.Reason} (at byte {fault.Offset}).");

    // Whether it is a tag of no version that was found there.
    private static bool NamesUnknownField(ReadOnlySpan<byte> encoded, int offset)
    {
        if (offset < 0 || encoded.Length - offset < TtlvFraming.HeaderLengthInBytes || encoded[offset] is not (0x42 or 0x54)) return false;
        return NameTables.Tags.Find(BinaryPrimitives.ReadUInt32BigEndian(encoded[offset..]) >> 8) is null;
    }
}

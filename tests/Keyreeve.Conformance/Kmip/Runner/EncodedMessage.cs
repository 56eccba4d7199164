using System.Xml.Linq;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Messages as they stand in the body of a request or an answer of HTTPS: XML or JSON.</summary>
internal static class EncodedMessage
{
    public static string MediaTypeOf(Encoding encoding) => encoding == Encoding.Xml ? XmlEncoding.MediaType : JsonEncoding.MediaType;

    /// <summary>XML as the case has it, so that the other side reads its spelling, not ours.</summary>
    public static byte[] Encode(Encoding encoding, XElement message) => encoding == Encoding.Xml
        ? System.Text.Encoding.UTF8.GetBytes(message.ToString(SaveOptions.DisableFormatting))
        : JsonEncoding.Encode(MessageXml.ToTtlv(message));

    /// <summary>The message in its one spelling.</summary>
    /// <exception cref="TtlvException">The bytes are no message.</exception>
    public static XElement Decode(Encoding encoding, byte[] body)
    {
        using var writer = new TtlvWriter();
        if (encoding == Encoding.Xml) XmlEncoding.Decode(body, writer);
        else JsonEncoding.Decode(body, writer);
        return MessageXml.FromTtlv(writer.WrittenSpan.ToArray());
    }
}

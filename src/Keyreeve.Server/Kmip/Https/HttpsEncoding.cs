using System.Buffers;
using System.Collections.Immutable;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Microsoft.Net.Http.Headers;

namespace Keyreeve.Server.Kmip.Https;

/// <summary>
/// How messages are written over HTTPS: one row each. spec: KMIP Additional Message Encodings 1.0 §2.4 "SHALL specify a
/// Content-Type"; KMIP Profiles 2.1 §5.3 to §5.5.
/// </summary>
/// <param name="MediaType">What Content-Type and Accept call it.</param>
/// <param name="IsText">Whether it is text, in UTF-8.</param>
/// <param name="Decode">Writes the TTLV of a message.</param>
/// <param name="Encode">Writes a message given as TTLV.</param>
internal sealed record HttpsEncoding(
    string MediaType, bool IsText, Action<ReadOnlyMemory<byte>, TtlvWriter> Decode, Action<ReadOnlyMemory<byte>, WipedBuffer> Encode)
{
    /// <summary>
    /// How much longer a message may be as text than as TTLV: twice for bytes in hexadecimal, and names and types in letters
    /// for what TTLV says in eight bytes.
    /// </summary>
    private const int TextFactor = 4;

    private const string TtlvMediaType = "application/octet-stream";

    private static readonly ImmutableArray<HttpsEncoding> All =
    [
        new(TtlvMediaType, false, static (body, ttlv) => ttlv.WriteEncodedItems(body.Span), static (ttlv, body) => body.Write(ttlv.Span)),
        new(XmlEncoding.MediaType, true, XmlEncoding.Decode, EncodeXml),
        new("application/xml", true, XmlEncoding.Decode, EncodeXml),
        new(JsonEncoding.MediaType, true, static (body, ttlv) => JsonEncoding.Decode(body.Span, ttlv), static (ttlv, body) => JsonEncoding.Encode(ttlv, body)),
    ];

    /// <summary>The row of an encoding, by the media type that the profiles give it.</summary>
    public static HttpsEncoding Of(MessageEncoding encoding) => Find(encoding switch
    {
        MessageEncoding.Xml => XmlEncoding.MediaType,
        MessageEncoding.Json => JsonEncoding.MediaType,
        _ => TtlvMediaType,
    })!;

    /// <summary>What Content-Type may say.</summary>
    public static string MediaTypes { get; } = string.Join(", ", All.Select(encoding => encoding.MediaType));

    /// <summary>The largest body of any encoding.</summary>
    public static int LargestBody(int maxMessageSizeInBytes) => checked(TextFactor * maxMessageSizeInBytes);

    /// <summary>The largest body that a message of this encoding may have.</summary>
    public int BodyLimit(int maxMessageSizeInBytes) => IsText ? LargestBody(maxMessageSizeInBytes) : maxMessageSizeInBytes;

    /// <summary>The encoding that a Content-Type names; null if none, or if the text is not in UTF-8.</summary>
    public static HttpsEncoding? Find(string? contentType)
    {
        if (!MediaTypeHeaderValue.TryParse(contentType, out var parsed)) return null;
        foreach (var encoding in All)
        {
            if (!parsed.MediaType.Equals(encoding.MediaType, StringComparison.OrdinalIgnoreCase)) continue;
            return !parsed.Charset.HasValue || (encoding.IsText && parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) ? encoding : null;
        }

        return null;
    }

    /// <summary>Whether an Accept header lets through an answer in this encoding. Without the header, everything is accepted.</summary>
    public bool IsAccepted(IList<string?> accept)
    {
        if (accept.Count == 0) return true;
        // A response has the encoding of its request, so that is all there is to negotiate.
        var own = new MediaTypeHeaderValue(MediaType);
        return MediaTypeHeaderValue.TryParseList(accept!, out var ranges) && ranges.Any(range => range.Quality != 0 && own.IsSubsetOf(WithoutParameters(range)));
    }

    private static void EncodeXml(ReadOnlyMemory<byte> ttlv, WipedBuffer body)
    {
        using var stream = new WipedBufferStream(body);
        XmlEncoding.Encode(ttlv, stream);
    }

    private static MediaTypeHeaderValue WithoutParameters(MediaTypeHeaderValue range) => new(range.MediaType);
}

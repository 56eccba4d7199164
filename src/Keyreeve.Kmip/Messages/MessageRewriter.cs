using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Messages;

/// <summary>
/// Decodes a message with all of its typed payloads and writes it again: what decodes, must come out byte for byte. A law for
/// tests and fuzzing, and a check that a recorded message is understood in full.
/// </summary>
public static class MessageRewriter
{
    /// <summary>Decodes a request or response and writes it again.</summary>
    /// <param name="message">One whole message.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="maximumItems">The most batch items accepted.</param>
    /// <param name="exact">See <see cref="FieldWriter"/>.</param>
    /// <returns>How many payloads have a type here; the others are copied.</returns>
    /// <exception cref="TtlvException">It is not a valid message.</exception>
    public static int Rewrite(ReadOnlyMemory<byte> message, TtlvWriter writer, int maximumItems, bool exact = true) =>
        new TtlvReader(message.Span).NextIs(Tag.ResponseMessage)
            ? RewriteResponse(ResponseMessage.Decode(message, maximumItems), writer, exact)
            : RewriteRequest(RequestMessage.Decode(message, maximumItems), writer, exact);

    private static int RewriteRequest(in RequestMessage message, TtlvWriter writer, bool exact)
    {
        var typed = 0;
        var messages = new RequestWriter(writer) { Exact = exact };
        messages.Begin(message.Header);
        foreach (var item in message.Items)
        {
            if (PayloadTable.Find(item.Operation) is not { } payloads)
            {
                messages.WriteItem(item);
                continue;
            }

            using var payload = new TtlvWriter();
            payloads.RewriteRequest(item.RequestPayload, message.Header.ProtocolVersion, payload, exact);
            messages.WriteItem(item with { RequestPayload = Content(payload) });
            typed++;
        }

        messages.Complete();
        return typed;
    }

    private static int RewriteResponse(in ResponseMessage message, TtlvWriter writer, bool exact)
    {
        var typed = 0;
        var messages = new ResponseWriter(writer) { Exact = exact };
        messages.Begin(message.Header);
        foreach (var item in message.Items)
        {
            // A failed operation may return something else than what it returns otherwise.
            if (item.Operation is not { } operation || item.ResponsePayload is not { } encoded
                || item.ResultStatus != ResultStatus.Success || PayloadTable.Find(operation) is not { } payloads)
            {
                messages.WriteItem(item);
                continue;
            }

            using var payload = new TtlvWriter();
            payloads.RewriteResponse(encoded, message.Header.ProtocolVersion, payload, exact);
            messages.WriteItem(item with { ResponsePayload = Content(payload) });
            typed++;
        }

        messages.Complete();
        return typed;
    }

    private static EncodedPayload Content(TtlvWriter payload) => new(payload.WrittenMemory[TtlvReader.HeaderLength..]);
}

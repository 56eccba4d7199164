using System.Diagnostics;
using System.Globalization;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>What a run found.</summary>
internal sealed record FuzzReport(long Messages, long Valid, long TypedPayloads, FuzzFailure? Failure)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Messages:N0} messages, {Valid:N0} of them valid with {TypedPayloads:N0} typed payloads, {(Failure is null ? "no" : "a")} failure");
}

/// <summary>A message that broke the law.</summary>
internal sealed record FuzzFailure(byte[] Message, string Problem);

/// <summary>
/// The law of the codec: what decodes, encodes to the same bytes; everything else is a <see cref="TtlvException"/>, and no other
/// exception. It is held against TTLV, framing, and the XML and JSON encodings.
/// </summary>
internal sealed class MessageFuzzer(IReadOnlyList<byte[]> seeds, int seed) : IDisposable
{
    private const int MaximumItems = 100;

    private readonly MessageMutator _mutator = new(seeds, seed);
    private readonly TtlvWriter _writer = new();

    public FuzzReport Run(long messages, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        long done = 0, valid = 0, typed = 0;
        while (done < messages && ((done & 0xFF) != 0 || clock.Elapsed < time))
        {
            var message = _mutator.Next();
            done++;
            if (Check(message, ref typed, withTextual: done % 16 == 0, out var isValid) is { } problem)
                return new(done, valid, typed, new(message, problem));
            if (isValid) valid++;
        }

        return new(done, valid, typed, null);
    }

    /// <summary>Holds one message against the law.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(byte[] message, ref long typedPayloads, bool withTextual, out bool isValid)
    {
        isValid = false;
        _writer.Clear();
        try
        {
            TtlvFraming.TryReadLength(message, message is [_, _, 0x7B, ..] ? Keyreeve.Kmip.Tag.ResponseMessage : Keyreeve.Kmip.Tag.RequestMessage, 1 << 20, out _);
            typedPayloads += MessageRewriter.Rewrite(message, _writer, MaximumItems);
            isValid = true;
            if (!_writer.WrittenSpan.SequenceEqual(message)) return "it encodes to other bytes: " + Convert.ToHexString(_writer.WrittenSpan);
        }
        catch (TtlvException e) when (e.Offset >= 0 && e.Offset <= message.Length)
        {
        }
        catch (Exception e)
        {
            return e.ToString();
        }

        return withTextual ? CheckTextual(message) : null;
    }

    /// <summary>Changes some bytes: what comes of it is valid, or a <see cref="TtlvException"/>.</summary>
    private void CheckMutatedText(byte[] text, Action<byte[]> decode)
    {
        var changed = _mutator.ChangeText(text);
        _writer.Clear();
        try
        {
            decode(changed);
        }
        catch (TtlvException) when (_writer.Length == 0)
        {
            return;
        }

        TtlvValidator.Validate(_writer.WrittenSpan);
    }

    public void Dispose() => _writer.Dispose();

    /// <summary>What is valid TTLV comes back from XML and JSON; XML alone cannot carry every text.</summary>
    private string? CheckTextual(byte[] message)
    {
        byte[] json;
        try
        {
            json = JsonEncoding.Encode(message);
        }
        catch (TtlvException)
        {
            return null;
        }

        try
        {
            _writer.Clear();
            JsonEncoding.Decode(json, _writer);
            if (!_writer.WrittenSpan.SequenceEqual(message)) return "JSON gives other bytes: " + Convert.ToHexString(_writer.WrittenSpan);
            CheckMutatedText(json, bytes => JsonEncoding.Decode(bytes, _writer));
            var xml = XmlEncoding.Encode(message);
            CheckMutatedText(xml, bytes => XmlEncoding.Decode(bytes, _writer));
            _writer.Clear();
            XmlEncoding.Decode(xml, _writer);
            if (!_writer.WrittenSpan.SequenceEqual(message)) return "XML gives other bytes: " + Convert.ToHexString(_writer.WrittenSpan);
        }
        catch (TtlvException e) when (e.Reason.Contains("cannot carry", StringComparison.Ordinal))
        {
        }
        catch (Exception e)
        {
            return e.ToString();
        }

        return null;
    }
}

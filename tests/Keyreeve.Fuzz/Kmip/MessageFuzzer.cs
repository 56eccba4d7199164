using System.Diagnostics;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>
/// The law of the codec: what decodes, encodes to the same bytes; everything else is a <see cref="TtlvException"/>, and no other
/// exception; and none of it takes more memory than its length lets expect. Messages come as TTLV, XML and JSON; what decodes is
/// decoded further, into the types of its payloads.
/// </summary>
internal sealed class MessageFuzzer(IReadOnlyList<byte[]> seeds, int seed) : IDisposable
{
    private const int MaximumItems = 100;
    private const int MaximumLength = 1 << 20;

    /// <summary>
    /// What a message may allocate: so many bytes for each of its own (a structure's list of fields, an object for each item), and what
    /// the XML reader and the tables of names take anyway.
    /// </summary>
    private const int AllocatedPerByte = 256;
    private const int AllocatedAnyway = 512 * 1024;

    private readonly MessageMutator _mutator = new(seeds, seed);
    private readonly TextMutator _texts = new(seed);
    private readonly TtlvWriter _writer = new();
    private readonly TtlvWriter _again = new();

    public FuzzReport Run(long messages, TimeSpan time)
    {
        var clock = Stopwatch.StartNew();
        var report = new FuzzReport();
        WarmUp();
        while (report.Messages < messages && report.Failures.Count < FuzzFailure.Most && ((report.Messages & 0xFF) != 0 || clock.Elapsed < time)) TryOne(report);
        return report;
    }

    /// <summary>Holds a message, as it is, against the law: as TTLV, and as XML and JSON if it can be written so.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(byte[] message, FuzzReport report) => CheckTtlv(message, report) ?? CheckRoundTrip(message);

    public void Dispose()
    {
        _writer.Dispose();
        _again.Dispose();
    }

    private void TryOne(FuzzReport report)
    {
        report.Messages++;
        var encoding = report.Messages % 4;
        var message = _mutator.Next(keepsItWhole: encoding is 1 or 2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        string? problem;
        byte[] tried;
        switch (encoding)
        {
            case 1 when TryWrite(JsonEncoding.Encode, message) is { } json:
                report.Json++;
                tried = _texts.Change(json);
                before = GC.GetAllocatedBytesForCurrentThread();
                problem = CheckText(tried, bytes => JsonEncoding.Decode(bytes, _writer), report);
                break;
            case 2 when TryWrite(XmlEncoding.Encode, message) is { } xml:
                report.Xml++;
                tried = _texts.Change(xml);
                before = GC.GetAllocatedBytesForCurrentThread();
                problem = CheckText(tried, bytes => XmlEncoding.Decode(bytes, _writer), report);
                break;
            default:
                tried = message;
                problem = CheckTtlv(message, report);
                break;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > report.Greediest.Allocated) report.Greediest = (allocated, tried.Length);
        if (allocated > AllocatedAnyway + (AllocatedPerByte * (long)tried.Length)) problem ??= $"it takes {allocated} bytes of memory";
        // Some of the messages also have to come back from text as they were.
        if (report.Messages % 32 == 0) problem ??= CheckRoundTrip(message);
        if (problem is null) return;
        var failure = new FuzzFailure(tried, problem);
        report.Failures.TryAdd(failure.Origin, failure);
    }

    private string? CheckTtlv(byte[] message, FuzzReport report)
    {
        _again.Clear();
        try
        {
            var tag = message is [_, _, 0x7B, ..] ? Tag.ResponseMessage : Tag.RequestMessage;
            TtlvFraming.TryReadLength(message, tag, MaximumLength, out _);
            report.TypedPayloads += MessageRewriter.Rewrite(message, _again, MaximumItems);
            report.Valid++;
            return _again.WrittenSpan.SequenceEqual(message) ? null : "it encodes to other bytes: " + Convert.ToHexString(_again.WrittenSpan);
        }
        catch (TtlvException e) when (e.Offset >= 0 && e.Offset <= message.Length)
        {
            return null;
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }

    /// <summary>What a text decodes to is valid TTLV to the last byte, and is held against the law in turn.</summary>
    private string? CheckText(byte[] text, Action<byte[]> decode, FuzzReport report)
    {
        _writer.Clear();
        try
        {
            decode(text);
            TtlvValidator.Validate(_writer.WrittenSpan);
        }
        catch (TtlvException) when (_writer.Length == 0)
        {
            return null;
        }
        catch (Exception e)
        {
            return e.ToString();
        }

        var message = _writer.WrittenSpan.ToArray();
        return CheckTtlv(message, report) ?? CheckRoundTrip(message);
    }

    /// <summary>What is valid TTLV comes back from XML and JSON; XML alone cannot carry every text.</summary>
    private string? CheckRoundTrip(byte[] message)
    {
        try
        {
            if (TryWrite(JsonEncoding.Encode, message) is { } json)
            {
                _writer.Clear();
                JsonEncoding.Decode(json, _writer);
                if (!_writer.WrittenSpan.SequenceEqual(message)) return "JSON gives other bytes: " + Convert.ToHexString(_writer.WrittenSpan);
            }

            if (TryWrite(XmlEncoding.Encode, message) is { } xml)
            {
                _writer.Clear();
                XmlEncoding.Decode(xml, _writer);
                if (!_writer.WrittenSpan.SequenceEqual(message)) return "XML gives other bytes: " + Convert.ToHexString(_writer.WrittenSpan);
            }

            return null;
        }
        catch (Exception e)
        {
            return e.ToString();
        }
    }

    private static byte[]? TryWrite(Func<ReadOnlyMemory<byte>, bool, byte[]> encode, byte[] message)
    {
        try
        {
            return encode(message, false);
        }
        catch (TtlvException)
        {
            return null;
        }
    }

    // Tables that are made when first used do not count as any message's memory.
    private void WarmUp()
    {
        var report = new FuzzReport();
        foreach (var warm in seeds.Take(50)) Check(warm, report);
    }
}

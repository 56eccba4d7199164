using System.Buffers.Text;
using System.Globalization;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Audit;

/// <summary>
/// An event as canonical JSON (RFC 8785): the form in which it is chained. Members in the order of their names, absent
/// ones left out, numbers whole, strings escaped no more than they must be. Stateless and thread safe.
/// </summary>
public static class AuditJson
{
    /// <summary>The version of the record's format, its member <c>v</c>.</summary>
    public const int FormatVersion = 2;

    /// <summary>Strings longer than this many UTF-16 units are cut, so that a caller cannot blow up the trail.</summary>
    public const int MaxStringLength = 1024;

    /// <summary>Of more names than this in a context, the first are recorded; likewise of its values.</summary>
    public const int MaxContextNames = 64;

    private const int MaxContextNameLength = 128;
    private const int MaxContextValueLength = 256;

    // spec: RFC 8785 §3.2.2.3 / RFC 7493 §2.2: whole numbers are exact up to 2^53 − 1; larger ones are recorded as that.
    private const long LargestNumber = (1L << 53) - 1;

    private const int TimeLength = 27;

    // Room for all names, punctuation and members of fixed length.
    private const int FixedSizeInBytes = 1024;

    private static readonly byte[][] Protocols = NamesOf<Protocol>();
    private static readonly byte[][] Decisions = NamesOf<AuditDecision>();
    private static readonly byte[][] Results = NamesOf<AuditResult>();
    private static readonly byte[][] Reasons = NamesOf<KeyreeveError>();

    [ThreadStatic]
    private static byte[]? _scratch;

    /// <summary>Encodes an event.</summary>
    /// <returns>The canonical form, UTF-8, without a newline.</returns>
    /// <exception cref="ArgumentException">The event lacks its result or protocol.</exception>
    public static byte[] Encode(AuditEvent auditEvent) => EncodeToScratch(auditEvent).ToArray();

    /// <summary>Encodes into the thread's own buffer, which the next call on this thread writes over.</summary>
    internal static ReadOnlySpan<byte> EncodeToScratch(AuditEvent auditEvent)
    {
        ArgumentNullException.ThrowIfNull(auditEvent);
        if (auditEvent.Result == AuditResult.None) throw new ArgumentException("An event has a result.", nameof(auditEvent));
        if (auditEvent.Protocol == Protocol.None) throw new ArgumentException("An event has a protocol.", nameof(auditEvent));

        var writer = new CanonicalWriter(Scratch(LargestSizeOf(auditEvent)));
        WriteAboutTheRequest(ref writer, auditEvent);
        WriteAboutTheOutcome(ref writer, auditEvent);
        return writer.Finish();
    }

    // spec: RFC 8785 §3.2.3 "…Property name strings to be sorted are formatted as arrays of UTF-16 code units": the order below.
    private static void WriteAboutTheRequest(ref CanonicalWriter writer, AuditEvent e)
    {
        writer.OptionalText(",\"algorithm\":"u8, e.Algorithm);
        writer.OptionalNumber(",\"bytes\":"u8, Clamp(e.Bytes));
        WriteTexts(ref writer, ",\"contextNames\":["u8, e.ContextNames, MaxContextNameLength);
        WriteTexts(ref writer, ",\"contextValues\":["u8, e.ContextValues, MaxContextValueLength);
        writer.Text(",\"correlationId\":"u8, e.CorrelationId);
        writer.OptionalNumber(",\"count\":"u8, e.Count);
        writer.OptionalText(",\"credential\":"u8, e.Credential);
        if (e.Decision != AuditDecision.None) writer.Name(",\"decision\":\""u8, Decisions[(int)e.Decision]);
        writer.OptionalText(",\"detail\":"u8, e.Detail);
        writer.OptionalText(",\"group\":"u8, e.Group);
        WriteIdentifier(ref writer, ",\"id\":\""u8, e.Id);
        writer.OptionalText(",\"keyName\":"u8, e.KeyName);
        writer.OptionalNumber(",\"keyVersion\":"u8, e.KeyVersion);
    }

    private static void WriteAboutTheOutcome(ref CanonicalWriter writer, AuditEvent e)
    {
        writer.Number(",\"latencyMicros\":"u8, Clamp(e.LatencyInMicroseconds));
        writer.OptionalText(",\"node\":"u8, e.Origin?.Node);
        if (e.ObjectId is { } about) WriteIdentifier(ref writer, ",\"objectId\":\""u8, about);
        writer.Text(",\"operation\":"u8, e.Operation);
        writer.Text(",\"principal\":"u8, e.Principal);
        writer.Name(",\"protocol\":\""u8, Protocols[(int)e.Protocol]);
        writer.OptionalText(",\"purpose\":"u8, e.Purpose);
        if (e.Reason != KeyreeveError.None) writer.Name(",\"reason\":\""u8, Reasons[(int)e.Reason]);
        writer.OptionalText(",\"requestId\":"u8, e.RequestId);
        writer.Name(",\"result\":\""u8, Results[(int)e.Result]);
        writer.OptionalText(",\"rule\":"u8, e.DecidingRule);
        writer.OptionalText(",\"server\":"u8, e.Origin?.Server);
        writer.OptionalText(",\"serverAddress\":"u8, e.Origin?.Address);
        writer.OptionalText(",\"sourceAddress\":"u8, e.SourceAddress);
        writer.OptionalNumber(",\"sourcePort\":"u8, e.SourcePort);
        writer.Number(",\"tenant\":"u8, e.Tenant.Value);
        WriteTime(ref writer, e.Time);
        writer.Number(",\"v\":"u8, FormatVersion);
    }

    private static void WriteTexts(ref CanonicalWriter writer, ReadOnlySpan<byte> prefix, IReadOnlyList<string> texts, int longest)
    {
        if (texts.Count == 0) return;
        writer.Raw(prefix);
        var count = Math.Min(texts.Count, MaxContextNames);
        for (var i = 0; i < count; i++) writer.Text(i == 0 ? default : ","u8, texts[i].AsSpan(0, Math.Min(texts[i].Length, longest)));
        writer.Raw("]"u8);
    }

    private static void WriteIdentifier(ref CanonicalWriter writer, ReadOnlySpan<byte> name, UniqueIdentifier id)
    {
        Span<byte> binary = stackalloc byte[UniqueIdentifier.SizeInBytes];
        id.CopyTo(binary);
        writer.Raw(name);
        if (!Utf8Formatter.TryFormat(new Guid(binary, bigEndian: true), writer.Claim(36), out _, 'D'))
            throw new InvalidOperationException("A UUID has 36 characters.");
        writer.Raw("\""u8);
    }

    // RFC 3339, UTC, microseconds: the round-trip format has one digit more, over whose place the Z is written.
    private static void WriteTime(ref CanonicalWriter writer, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[TimeLength + 1];
        if (!time.UtcDateTime.TryFormat(text, out _, "O", CultureInfo.InvariantCulture))
            throw new InvalidOperationException("A time has 28 characters.");
        text[TimeLength - 1] = (byte)'Z';
        writer.Name(",\"time\":\""u8, text[..TimeLength]);
    }

    private static long Clamp(long value) => Math.Clamp(value, 0, LargestNumber);

    private static int LargestSizeOf(AuditEvent e)
    {
        var units = LengthOf(e.Algorithm) + LengthOf(e.CorrelationId) + LengthOf(e.Credential) + LengthOf(e.Detail)
            + LengthOf(e.Group) + LengthOf(e.KeyName) + LengthOf(e.Operation) + LengthOf(e.Principal) + LengthOf(e.Purpose)
            + LengthOf(e.DecidingRule) + LengthOf(e.SourceAddress) + LengthOf(e.RequestId)
            + LengthOf(e.Origin?.Node) + LengthOf(e.Origin?.Server) + LengthOf(e.Origin?.Address)
            + LengthOf(e.ContextNames, MaxContextNameLength) + LengthOf(e.ContextValues, MaxContextValueLength);
        return FixedSizeInBytes + (units * CanonicalWriter.LargestUnitInBytes);
    }

    private static int LengthOf(IReadOnlyList<string> texts, int longest)
    {
        var units = 0;
        for (var i = 0; i < Math.Min(texts.Count, MaxContextNames); i++) units += Math.Min(texts[i].Length, longest) + 3;
        return units;
    }

    private static int LengthOf(string? text) => Math.Min(text?.Length ?? 0, MaxStringLength);

    private static byte[] Scratch(int sizeInBytes)
    {
        var scratch = _scratch;
        if (scratch is null || scratch.Length < sizeInBytes) _scratch = scratch = new byte[Math.Max(sizeInBytes, 4096)];
        return scratch;
    }

    private static byte[][] NamesOf<T>()
        where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(System.Text.Encoding.UTF8.GetBytes)];
}

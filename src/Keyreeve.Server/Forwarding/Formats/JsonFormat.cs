using Keyreeve.Core.Audit;
using System.Text;
using System.Text.Json;

namespace Keyreeve.Server.Forwarding.Formats;

/// <summary>
/// <c>{"server":…,"serverAddress":…,"hash":…,"record":{…}}</c>, where <c>record</c> is the line of the trail byte for byte, so
/// that its hash and the chain can be checked from what was received.
/// </summary>
internal static class JsonFormat
{
    public static string Write(AuditRecord record, RecordSource source) =>
        $"{{\"server\":{JsonSerializer.Serialize(source.Host)},\"serverAddress\":{JsonSerializer.Serialize(source.Address)},"
        + $"\"hash\":\"{record.Hash}\",\"record\":{Encoding.UTF8.GetString(record.Line.Span)}}}";
}

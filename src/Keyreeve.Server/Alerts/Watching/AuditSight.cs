using System.Globalization;
using System.Text.Json;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>What the rules look at of an audit record.</summary>
internal sealed record AuditSight
{
    public required DateTimeOffset Time { get; init; }

    public required int Tenant { get; init; }

    public required string Principal { get; init; }

    public required string Operation { get; init; }

    /// <summary>Success, Denied or Failed.</summary>
    public required string Result { get; init; }

    public string? Reason { get; init; }

    public string? KeyName { get; init; }

    public string? ObjectId { get; init; }

    public string? Group { get; init; }

    public string? Purpose { get; init; }

    public string? SourceAddress { get; init; }

    public string? Detail { get; init; }

    /// <summary>The key's name, or the object's Unique Identifier; null if it is about none.</summary>
    public string? Key => KeyName ?? ObjectId;

    public bool IsSuccess => string.Equals(Result, "Success", StringComparison.Ordinal);

    /// <summary>Reads a line of the trail: no more of it than the rules need, since every record comes by here.</summary>
    /// <exception cref="JsonException">It is no line of a trail.</exception>
    public static AuditSight Parse(ReadOnlySpan<byte> line, TextPool pool)
    {
        var reader = new Utf8JsonReader(line);
        var fields = new string?[Names.Length];
        var tenant = 0;
        var time = DateTimeOffset.MinValue;
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 2) continue;
            if (reader.ValueTextEquals("tenant"u8))
            {
                reader.Read();
                tenant = reader.GetInt32();
            }
            else if (reader.ValueTextEquals("time"u8))
            {
                reader.Read();
                time = DateTimeOffset.Parse(reader.GetString()!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
            }
            else if (FieldOf(ref reader) is var field and >= 0)
            {
                reader.Read();
                fields[field] = pool.Take(ref reader);
            }
        }

        return new AuditSight
        {
            Time = time, Tenant = tenant, Principal = fields[0] ?? "", Operation = fields[1] ?? "", Result = fields[2] ?? "", Reason = fields[3],
            KeyName = fields[4], ObjectId = fields[5], Group = fields[6], Purpose = fields[7], SourceAddress = fields[8], Detail = fields[9],
        };
    }

    private static readonly JsonEncodedText[] Names =
    [
        .. new[] { "principal", "operation", "result", "reason", "keyName", "objectId", "group", "purpose", "sourceAddress", "detail" }
            .Select(static name => JsonEncodedText.Encode(name)),
    ];

    private static int FieldOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < Names.Length; i++)
            if (reader.ValueTextEquals(Names[i].EncodedUtf8Bytes)) return i;
        return -1;
    }
}

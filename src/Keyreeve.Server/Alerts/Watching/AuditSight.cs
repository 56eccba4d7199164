using System.Text.Json;
using Keyreeve.Core.Audit;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>What the rules look at of an audit record.</summary>
internal sealed record AuditSight
{
    private const int TenantAt = 10;
    private const int TimeAt = 11;

    private static readonly IReadOnlyList<byte[]> Names = EventMembers.InOrder(
        ["detail", "group", "keyName", "objectId", "operation", "principal", "purpose", "reason", "result", "sourceAddress", "tenant", "time"]);

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
        var fields = new string?[Names.Count];
        var tenant = 0;
        var time = DateTimeOffset.MinValue;
        var members = new EventMembers(line, Names);
        while (members.Read(out var value, out var member))
        {
            if (member == TenantAt) tenant = value.ToInt32();
            else if (member == TimeAt) time = value.ToTime();
            else fields[member] = pool.Take(value);
        }

        return new AuditSight
        {
            Time = time, Tenant = tenant, Detail = fields[0], Group = fields[1], KeyName = fields[2], ObjectId = fields[3], Operation = fields[4] ?? "",
            Principal = fields[5] ?? "", Purpose = fields[6], Reason = fields[7], Result = fields[8] ?? "", SourceAddress = fields[9],
        };
    }
}

using System.ComponentModel;
using System.Text.Json.Serialization;

namespace Keyreeve.Server.Rest.Messages;

[Description("Whether the server is well.")]
internal sealed record StatusMessage
{
    [Description("'ok'; with words behind it if the log says more than an operator needs.")]
    public required string Status { get; init; }

    [Description("Sinks that take no audit records; absent if all do. Records wait for them in the trail.")]
    public int? SinksFailing { get; init; }

    [Description("How it stands with the hardware security module: Ready, or why not; absent if there is none. What is open stays open without it.")]
    public string? Hsm { get; init; }

    [Description("How many seal slots nobody has seen open for longer than drill-interval; absent if none.")]
    public int? DrillsDue { get; init; }
}

[Description("What the server is.")]
internal sealed record VersionInformation
{
    [Description("The product's name.")]
    public required string Product { get; init; }

    [Description("The product's version.")]
    public required string Version { get; init; }
}

[Description("Why a request was refused (RFC 9457).")]
internal sealed record ProblemMessage
{
    [Description("urn:keyreeve:error: and the reason's name.")]
    public required string Type { get; init; }

    [Description("What it is, the same for every occurrence.")]
    public required string Title { get; init; }

    [Description("The status code.")]
    public required int Status { get; init; }

    [Description("What is wrong and what to do.")]
    public required string Detail { get; init; }

    [Description("Finds the request in the server's log and in the audit trail.")]
    public required string CorrelationId { get; init; }

    [Description("What a program goes on with: of ApprovalRequired the identifier of the request for approval; else absent.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reference { get; init; }
}

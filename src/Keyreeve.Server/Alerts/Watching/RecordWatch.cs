namespace Keyreeve.Server.Alerts.Watching;

/// <summary>
/// What single records of the trail say that somebody has to know: that the trail has a gap, that a sink takes nothing, that a
/// compromised key was used, that time ran backwards, that somebody waits for approval or a key for its end. Not thread safe.
/// </summary>
internal sealed class RecordWatch
{
    private const int MostCompromised = 100_000;

    // Requests are recorded when they end, with the time at which they came.
    private static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(2);

    private readonly HashSet<string> _compromised = new(StringComparer.Ordinal);

    /// <summary>The latest time of a record.</summary>
    public DateTimeOffset Latest { get; set; }

    /// <summary>Takes note of whether an object is compromised, as the store has it.</summary>
    public void SetCompromised(string objectId, bool isCompromised)
    {
        if (!isCompromised) _compromised.Remove(objectId);
        else if (_compromised.Count < MostCompromised) _compromised.Add(objectId);
    }

    public void Take(AuditSight sight, Action<AlertFinding> found)
    {
        if (sight.Operation is "AuditGap" && !sight.IsSuccess)
            found(Finding(AlertRuleName.AuditGap, sight, "trail") with { Severity = AlertSeverity.Critical, Text = $"The audit trail: {sight.Detail}. Check it: keyreeve audit verify" });
        if (sight.Operation is "SinkState" && !sight.IsSuccess)
            found(Finding(AlertRuleName.SinkFailing, sight, SinkOf(sight.Detail)) with { Text = $"Audit records wait: {sight.Detail}" });
        if (sight.Operation is "ServerStart" && Latest - sight.Time > LongestRequest)
            found(Finding(AlertRuleName.ClockStep, sight, "clock") with { Time = Latest, Text = $"The server started at {sight.Time:u}, before the last record's time, {Latest:u}: the clock was set back while it was stopped." });
        TakeRequests(sight, found);
        if (sight.Time > Latest) Latest = sight.Time;
        if (sight.ObjectId is not { } id || !sight.IsSuccess || !UseKinds.Openings.Contains(sight.Operation) || !_compromised.Contains(id)) return;
        found(new AlertFinding
        {
            Rule = AlertRuleName.CompromisedKey, Severity = AlertSeverity.Critical, Time = sight.Time, About = sight.Principal + " " + id, Tenant = sight.Tenant,
            Principal = sight.Principal, Key = sight.Key, Source = sight.SourceAddress,
            Text = $"{sight.Principal} used {sight.Key}, which is marked compromised ({sight.Operation}): what it protects has to be brought under another key.",
        });
    }

    // What waits for somebody: to be approved, or to be called off.
    private static void TakeRequests(AuditSight sight, Action<AlertFinding> found)
    {
        if (!sight.IsSuccess) return;
        if (sight.Operation is "RequestApproval" && sight.Detail is { } asked)
        {
            found(Finding(AlertRuleName.ApprovalAsked, sight, asked.Split(',')[0]) with
            {
                Tenant = sight.Tenant,
                Principal = sight.Principal,
                Key = sight.Key,
                Source = sight.SourceAddress,
                Text = $"{sight.Principal} asks others to agree: {asked}. Look at it: keyreeve approval show {asked.Split(',')[0]}",
            });
        }

        if (sight.Operation is "ScheduleDestruction" && sight.ObjectId is { } id)
        {
            found(Finding(AlertRuleName.DestructionScheduled, sight, id) with
            {
                Tenant = sight.Tenant,
                Principal = sight.Principal,
                Key = sight.Key,
                Source = sight.SourceAddress,
                Text = $"{sight.Principal} has {sight.Key} destroyed{(sight.Detail is { } when ? $" {when}" : "")}; until then: keyreeve key cancel-destruction {sight.Key}",
            });
        }
    }

    private static AlertFinding Finding(string rule, AuditSight sight, string about) => new()
    {
        Rule = rule, Severity = AlertSeverity.Warning, Time = sight.Time, About = about, Text = "",
    };

    // sink 'NAME' (…) …
    private static string SinkOf(string? detail) => detail?.Split('\'') is [_, var name, ..] ? name : "sink";
}

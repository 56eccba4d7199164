using System.CommandLine;
using System.Globalization;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve audit search</c></summary>
internal static class AuditSearchCommand
{
    private const int MostTogether = 1000;

    private static readonly Column<ClientAuditRecord>[] Columns =
    [
        new("serial", static r => r.Serial.ToString(CultureInfo.InvariantCulture)),
        new("time", static r => r.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)),
        new("who", static r => r.Principal),
        new("operation", static r => r.Operation),
        new("key", static r => r.KeyName is null ? null : $"{r.KeyName} {r.KeyVersion}"),
        new("purpose", static r => r.Purpose),
        new("from", static r => r.SourceAddress),
        new("result", static r => r.Reason is null ? r.Result : $"{r.Result}: {r.Reason}"),
    ];

    public static Command Create() => CreateWith(null, new CliCommand("search", "Find audit records on the server: who used a key, when, for what")
    {
        Remarks = "Takes the role Auditor. Shows the newest that match, the oldest of them first. Asks the server, so --config is the client's.",
        Examples =
        [
            "keyreeve audit search --key cards --operation Decrypt --from 2026-01-31T00:00Z",
            "keyreeve audit search --result Denied --follow",
        ],
    });

    /// <summary>The same for records about one key, if it is given as an argument.</summary>
    public static Command CreateWith(Argument<string>? key, CliCommand command)
    {
        var filter = new AuditFilterOptions(hasKey: key is null);
        var limit = new Option<int>("--limit", "-n") { Description = "How many records, 1 to 1000 (default 50)", HelpName = "N", DefaultValueFactory = static _ => 50 };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on showing what comes, until interrupted; with --output json one record a line, not an array" };
        if (key is not null) command.Add(key);
        filter.AddTo(command);
        command.Add(limit);
        command.Add(follow);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var query = OfKey(QueryOf(filter, parsed), key is null ? null : parsed.GetValue(key)) with { Limit = Math.Clamp(parsed.GetValue(limit), 1, 1000) };
            // A server that is newer may know of more: it is asked all the same.
            var unknown = filter.UnknownOperation(parsed);
            if (parsed.GetValue(follow))
            {
                Hint(unknown);
                await FollowAsync(session, query, cancellationToken);
                return;
            }

            var page = await session.Client.Audit.FindAsync(query, cancellationToken);
            session.Output.WriteRows([.. page.Records.Reverse()], "No records.", Columns);
            if (page.Records.IsEmpty) Hint(unknown);
        }));
        return command;
    }

    private static void Hint(string? hint)
    {
        if (hint is not null) Console.Error.WriteLine($"keyreeve: {hint}");
    }

    private static async Task FollowAsync(ClientSession session, AuditQuery query, CancellationToken cancellationToken)
    {
        var together = new List<ClientAuditRecord>();
        var widths = Array.Empty<int>();
        await using var records = session.Client.Audit.FollowAsync(query, cancellationToken).GetAsyncEnumerator(cancellationToken);
        for (var next = records.MoveNextAsync().AsTask(); await next;)
        {
            together.Add(records.Current);
            next = records.MoveNextAsync().AsTask();
            // What came together is shown together.
            if (next.IsCompleted && together.Count < MostTogether) continue;
            session.Output.WriteMoreRows(together, ref widths, Columns);
            together.Clear();
        }
    }

    private static AuditQuery OfKey(AuditQuery query, string? key) =>
        key is null ? query : Guid.TryParse(key, out _) ? query with { ObjectId = key } : query with { Key = key };

    internal static AuditQuery QueryOf(AuditFilterOptions filter, ParseResult parsed)
    {
        var wanted = filter.Read(parsed);
        return new AuditQuery
        {
            From = wanted.From,
            Until = wanted.Until,
            Principal = wanted.Principal,
            Key = wanted.Key,
            ObjectId = wanted.ObjectId,
            Operation = wanted.Operation,
            Result = wanted.Result,
            Purpose = wanted.Purpose,
            Text = wanted.Text,
        };
    }
}

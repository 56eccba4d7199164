using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Plays the cases of a folder, one after the other, and reports.</summary>
internal static class ConformanceRunner
{
    private const int Fine = 0, SomeFailed = 1, NotRun = 2;

    /// <summary>The program. 0: none failed; 1: some did; 2: it could not be run.</summary>
    public static async Task<int> MainAsync(string[] args)
    {
        RunnerOptions options;
        try
        {
            options = RunnerOptions.Parse(args);
        }
        catch (FormatException wrong)
        {
            await Console.Error.WriteLineAsync($"{wrong.Message}\n\n{RunnerOptions.Usage}");
            return NotRun;
        }

        var catalog = CaseCatalog.Load(options.Cases, options.Filters).InOrder(options.Order);
        var outcomes = new List<CaseOutcome>();
        if (options.IsFresh)
        {
            foreach (var alone in catalog.Alone()) outcomes.Add((await PlayAsync(alone, options))[^1]);
        }
        else
        {
            outcomes.AddRange(await PlayAsync(catalog, options));
        }

        var report = new RunReport(outcomes);
        report.WriteSummary(Console.Out);
        if (options.JsonFile is { } json) report.WriteJson(json);
        return report.Failed == 0 ? Fine : SomeFailed;
    }

    private static async Task<IReadOnlyList<CaseOutcome>> PlayAsync(CaseCatalog catalog, RunnerOptions options)
    {
        await using var self = options.Server is null ? await SelfServer.StartAsync(options.Encoding) : null;
        using var files = options.Server is { } address
            ? ServerUnderTest.FromFiles(address, options.CertificateFile!, options.KeyFile!, options.AuthorityFile!)
            : null;
        var server = self?.Server ?? files!;
        await using var ownEndpoint = options.Listen is { } listen
            ? await ClientEndpoint.StartAsync(options.Encoding, listen, Task.FromResult(server.ListenerTls()))
            : null;
        var outcomes = new List<CaseOutcome>();
        for (var time = 0; time < options.Times; time++)
            outcomes.AddRange(await PlayAsync(
                catalog, server, self?.Endpoint ?? ownEndpoint, options.Encoding, options.Trace, Console.Out, self is null ? null : self.Users.ProvideAsync, CancellationToken.None));
        return outcomes;
    }

    /// <summary>Plays cases in order; each is told of as it ends.</summary>
    /// <param name="catalog">The cases.</param>
    /// <param name="server">Whom to ask.</param>
    /// <param name="endpoint">Where the server's own requests come; null: nowhere.</param>
    /// <param name="encoding">In which encoding.</param>
    /// <param name="trace">Whether the messages of cases that fail are shown.</param>
    /// <param name="output">Where it is told.</param>
    /// <param name="prepare">Done before each case; null: nothing, the server has what the cases suppose.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public static async Task<IReadOnlyList<CaseOutcome>> PlayAsync(
        CaseCatalog catalog, ServerUnderTest server, ClientEndpoint? endpoint, Encoding encoding, bool trace, TextWriter output,
        Func<CaseFile, CancellationToken, Task>? prepare, CancellationToken cancellationToken)
    {
        var objects = new KnownObjects();
        var statements = new ServerStatements();
        var leftovers = new Leftovers();
        var outcomes = new List<CaseOutcome>();
        Variables? earlier = null;
        foreach (var played in catalog.Cases)
        {
            if (prepare is not null && await FailureOfAsync(prepare(played, cancellationToken)) is { } unprepared)
            {
                outcomes.Add(new CaseOutcome(played, CaseStatus.Failed, Reason: unprepared));
                RunReport.WriteCase(output, outcomes[^1]);
                continue;
            }

            var messages = new List<XElement>();
            var run = new CaseRun(server, encoding, endpoint, objects, statements, catalog.Orders, leftovers, trace ? messages.Add : null);
            // INDEX.md: "bind once per run", which is the run of a case: TC-OFFSET-1-14 has to find what it makes within $NOW-20 and $NOW+20.
            earlier = new Variables(DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()), earlier);
            var outcome = await run.PlayAsync(played, earlier, cancellationToken);
            outcomes.Add(outcome);
            if (outcome.Status == CaseStatus.Failed)
                foreach (var message in messages) await output.WriteLineAsync(message.ToString());
            RunReport.WriteCase(output, outcome);
            var later = catalog.Cases.Skip(outcomes.Count).ToList();
            await using var transport = Transports.Open(encoding, server);
            await leftovers.RemoveAsync(transport, maker => catalog.IsContinued(maker, later), cancellationToken);
        }

        return outcomes;
    }

    // What a case needs and cannot be had is its failure, not the end of the run.
    private static async Task<string?> FailureOfAsync(Task preparation)
    {
        try
        {
            await preparation;
            return null;
        }
        catch (InvalidOperationException refused)
        {
            return refused.Message;
        }
    }
}

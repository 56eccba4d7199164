using System.Net.Sockets;
using System.Security.Authentication;
using System.Xml.Linq;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>How a case went.</summary>
internal enum CaseStatus
{
    /// <summary>Not played.</summary>
    None = 0,

    /// <summary>Every answer was as expected.</summary>
    Passed,

    /// <summary>An answer was not.</summary>
    Failed,

    /// <summary>It could not be played here.</summary>
    Skipped,
}

/// <summary>How a case went, and what was first amiss.</summary>
internal sealed record CaseOutcome(CaseFile Case, CaseStatus Status, Difference? Difference = null, string? Reason = null);

/// <summary>Plays one case: sends its requests, and compares the answers.</summary>
/// <param name="server">Whom to.</param>
/// <param name="encoding">In which encoding.</param>
/// <param name="endpoint">Where the server's own requests come; null if it was not told of one.</param>
/// <param name="objects">What earlier cases have registered.</param>
/// <param name="statements">What the server has said of itself.</param>
/// <param name="orders">In which orders the cases have lists.</param>
/// <param name="leftovers">What is to be removed later.</param>
/// <param name="trace">Told every message; may be null.</param>
internal sealed class CaseRun(
    ServerUnderTest server, Encoding encoding, ClientEndpoint? endpoint, KnownObjects objects, ServerStatements statements, ListOrders orders,
    Leftovers leftovers, Action<XElement>? trace)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The objects that the case has to do with.</summary>
    private readonly HashSet<string> _objects = new(StringComparer.Ordinal);

    public async Task<CaseOutcome> PlayAsync(CaseFile played, Variables variables, CancellationToken cancellationToken)
    {
        if (played.HasServerRequests && endpoint is null)
            return new CaseOutcome(played, CaseStatus.Skipped, Reason: "the server sends requests of itself: tell where with --listen");
        objects.BeginCase();
        await using var transport = Transports.Open(encoding, server);
        var comparison = new Comparison(variables, objects, statements, orders, played.Version);
        for (var i = 0; i + 1 < played.Messages.Count; i += 2)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(AnswerLimit);
            var (request, response) = (played.Messages[i], played.Messages[i + 1]);
            Difference? difference;
            try
            {
                difference = request.IsFromServer
                    ? await ReceiveAsync(request, comparison, limit.Token)
                    : await AskAsync(played, transport, request, response, variables, comparison, limit.Token);
            }
            catch (Exception e) when (e is IOException or TtlvException or SocketException or AuthenticationException or InvalidOperationException)
            {
                difference = new Difference("(the exchange)", MessageXml.Show(response.Xml), e.Message);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                difference = new Difference("(the exchange)", MessageXml.Show(response.Xml), $"nothing within {AnswerLimit.TotalSeconds:0} s");
            }

            if (difference is not null) return new CaseOutcome(played, CaseStatus.Failed, difference with { Path = $"#{(i / 2) + 1} {difference.Path}" });
        }

        return new CaseOutcome(played, CaseStatus.Passed);
    }

    private async Task<Difference?> AskAsync(
        CaseFile played, ITransport transport, CaseMessage request, CaseMessage response, Variables variables, Comparison comparison, CancellationToken cancellationToken)
    {
        var filled = variables.Fill(request.Xml);
        // In its one spelling for what is noted of it; sent as the case has it.
        var asked = MessageXml.FromTtlv(MessageXml.ToTtlv(filled));
        trace?.Invoke(asked);
        objects.NoteDates(asked);
        var answered = await transport.ExchangeAsync(filled, cancellationToken);
        while (IsPending(answered) && !IsPending(response.Xml) && request.Operations.Contains("Poll", StringComparer.Ordinal))
        {
            await Task.Delay(PollInterval, cancellationToken);
            answered = await transport.ExchangeAsync(filled, cancellationToken);
        }

        trace?.Invoke(answered);
        objects.Learn(asked, answered);
        _objects.UnionWith(answered.Descendants("UniqueIdentifier").Select(e => (string)e.Attribute("value")!));
        leftovers.Note(played, asked, answered);
        return comparison.Compare(MessageXml.Expected(response.Xml), answered, asked);
    }

    private async Task<Difference?> ReceiveAsync(CaseMessage request, Comparison comparison, CancellationToken cancellationToken)
    {
        var received = await endpoint!.ReceiveAsync(_objects, cancellationToken);
        trace?.Invoke(received);
        return comparison.Compare(MessageXml.Expected(request.Xml), received, request.Xml);
    }

    private static bool IsPending(XElement response) =>
        response.Elements("BatchItem").Any(i => (string?)i.Element("ResultStatus")?.Attribute("value") == "OperationPending");
}

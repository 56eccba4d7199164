using System.Collections.Immutable;
using System.Text;

namespace Keyreeve.Client.Connecting;

/// <summary>
/// Servers in the order of preference. A call goes to the first that serves; when that fails, to the next, and after the last,
/// a short wait later, from the start again, until the call's time is up.
/// </summary>
/// <remarks>Thread safe. A server that failed is left alone for a while and then tried once, aside from the calls where others serve.</remarks>
/// <param name="members">The servers with their names.</param>
/// <param name="limits">Times.</param>
/// <param name="probe">Asks a server whether it serves again; throws <see cref="AttemptFailedException"/> if not.</param>
internal sealed class ServerRing<TServer>(
    ImmutableArray<(string Name, TServer Server)> members, RingLimits limits, Func<TServer, CancellationToken, Task> probe) : IDisposable
    where TServer : class
{
    private readonly ImmutableArray<Member> _members =
        [.. members.Select(member => new Member(member.Name, member.Server, new ServerBreaker(limits.Time, limits.FirstPause, limits.LongestPause)))];

    private static readonly TimeSpan LongestRoundPause = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _ended = new();

    /// <summary>How it stands with the servers, in the order of preference.</summary>
    public ImmutableArray<KeyServerCondition> Conditions =>
        [.. _members.Select(static member => new KeyServerCondition(member.Name, member.Breaker.IsClosed, member.Breaker.LastFailure))];

    /// <summary>Has a call answered by one of the servers.</summary>
    /// <param name="attempt">Asks one server; every failure is an <see cref="AttemptFailedException"/>.</param>
    /// <param name="isRepeatable">Whether it does no harm when two servers carry it out.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="KeyreeveClientException">It was refused, or no server answered in time.</exception>
    public async Task<T> RunAsync<T>(Func<TServer, CancellationToken, Task<T>> attempt, bool isRepeatable, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(limits.CallTime, limits.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var call = new Call<T>(attempt, isRepeatable, either.Token);
        try
        {
            return await RunAsync(call).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw call.WhenTimeIsUp(limits.CallTime, e);
        }
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task<T> RunAsync<T>(Call<T> call)
    {
        for (var round = 0; ; round++)
        {
            ProbeOthers();
            var isOnlyRound = limits.Pause <= TimeSpan.Zero;
            var serving = _members.Where(static member => member.Breaker.IsClosed).ToArray();
            foreach (var member in serving)
            {
                var (isAnswered, answer) = await AskAsync(member, call, round).ConfigureAwait(false);
                if (isAnswered)
                    return answer!;
            }

            // None serves: one of the calls that wait is the one that tries a server. That is not left to the long pauses of servers
            // that are down for long, in which a server that is back would not be seen.
            foreach (var member in _members.Except(serving))
            {
                if (!isOnlyRound && !member.Breaker.TryBecomeProbe(LongestRoundPause))
                    continue;
                var (isAnswered, answer) = await AskAsync(member, call, round).ConfigureAwait(false);
                if (isAnswered)
                    return answer!;
            }

            if (isOnlyRound)
                throw call.WhenNobodyServed();
            var pause = ServerBreaker.Jitter(ServerBreaker.Doubled(limits.Pause, round, LongestRoundPause));
            await Task.Delay(pause, limits.Time, call.CancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<(bool IsAnswered, T? Answer)> AskAsync<T>(Member member, Call<T> call, int round)
    {
        for (var isFirst = true; ; isFirst = false)
        {
            try
            {
                var answer = await AttemptAsync(member, call, AttemptTimeIn(round)).ConfigureAwait(false);
                Succeeded(member);
                return (true, answer);
            }
            catch (AttemptFailedException failure) when (failure.Kind == AttemptFailure.Final)
            {
                // It answered, so it serves.
                Succeeded(member);
                throw failure.Error;
            }
            catch (AttemptFailedException failure) when (failure.Kind == AttemptFailure.Lost && call.IsRepeatable && isFirst)
            {
                // The connection may be one that the server closed a moment ago.
                call.Note(member.Name, failure);
            }
            catch (AttemptFailedException failure)
            {
                call.Note(member.Name, failure);
                if (member.Breaker.Failed(failure.Message))
                {
                    ClientMetrics.Failovers.Add(1, new("server", member.Name), new("reason", ReasonOf(failure.Kind)));
                    limits.Log?.Invoke(ClientLogLevel.Warning, $"The key server {member.Name} is given up for now: {failure.Message}");
                }

                if (failure.Kind != AttemptFailure.NotServed && !call.IsRepeatable)
                    throw failure.Error;
                return (false, default);
            }
            catch
            {
                member.Breaker.Abandon();
                throw;
            }
        }
    }

    private static string ReasonOf(AttemptFailure kind) => kind switch
    {
        AttemptFailure.Hung => "hung",
        AttemptFailure.Lost => "closed",
        _ => "not-served",
    };

    /// <summary>Twice as long in each round: servers that are slow, and not hung, answer in the end.</summary>
    private TimeSpan AttemptTimeIn(int round) => ServerBreaker.Doubled(limits.AttemptTime, round, limits.CallTime);

    /// <summary>One attempt. One that may be repeated elsewhere has a time limit of its own.</summary>
    private async Task<T> AttemptAsync<T>(Member member, Call<T> call, TimeSpan time)
    {
        if (!call.IsRepeatable)
            return await call.Attempt(member.Server, call.CancellationToken).ConfigureAwait(false);
        using var limit = new CancellationTokenSource(time, limits.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, call.CancellationToken);
        try
        {
            return await call.Attempt(member.Server, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!call.CancellationToken.IsCancellationRequested)
        {
            throw new AttemptFailedException(
                AttemptFailure.Hung,
                new KeyreeveClientException(
                    ClientError.TimedOut, $"{member.Name} gave no answer within {time.TotalSeconds:0.#} s; the request may have been carried out.", cause: e));
        }
    }

    /// <summary>Where some serve, the others are tried aside from the calls, which so never wait for a server that hangs.</summary>
    private void ProbeOthers()
    {
        if (_members.All(static member => !member.Breaker.IsClosed))
            return;
        foreach (var member in _members)
        {
            if (member.Breaker.TryBecomeProbe())
                _ = ProbeAsync(member);
        }
    }

    private async Task ProbeAsync(Member member)
    {
        try
        {
            // Nobody waits for it, so it may take longer than a call's attempt: a busy server is not one that is gone.
            using var limit = new CancellationTokenSource(limits.AttemptTime > limits.LongestPause ? limits.AttemptTime : limits.LongestPause, limits.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _ended.Token);
            await Task.Run(() => probe(member.Server, either.Token), either.Token).ConfigureAwait(false);
            Succeeded(member, isProbe: true);
        }
        catch (AttemptFailedException failure)
        {
            member.Breaker.Failed(failure.Message);
        }
        catch (Exception failure)
        {
            // Whatever it was, the server must not count as being probed for ever.
            member.Breaker.Failed(failure is OperationCanceledException or ObjectDisposedException ? "It gave no answer." : failure.Message);
        }
    }

    private void Succeeded(Member member, bool isProbe = false)
    {
        if (member.Breaker.Succeeded(isProbe))
            limits.Log?.Invoke(ClientLogLevel.Info, $"The key server {member.Name} serves again.");
    }

    private sealed record Member(string Name, TServer Server, ServerBreaker Breaker);

    /// <summary>A call under way, and what failed of it so far.</summary>
    private sealed class Call<T>(Func<TServer, CancellationToken, Task<T>> attempt, bool isRepeatable, CancellationToken cancellationToken)
    {
        private readonly List<(string Server, AttemptFailedException Failure)> _failures = [];

        public Func<TServer, CancellationToken, Task<T>> Attempt { get; } = attempt;

        public bool IsRepeatable { get; } = isRepeatable;

        public CancellationToken CancellationToken { get; } = cancellationToken;

        public void Note(string server, AttemptFailedException failure)
        {
            _failures.RemoveAll(noted => noted.Server.Equals(server, StringComparison.Ordinal));
            _failures.Add((server, failure));
        }

        /// <summary>What a server answered says more than that another was not there.</summary>
        public KeyreeveClientException WhenNobodyServed()
        {
            var answered = _failures.FindLast(static noted => noted.Failure.Error.Status is not null);
            if (answered.Failure is not null)
                return answered.Failure.Error;
            return _failures is [(_, { Kind: not AttemptFailure.NotServed } only)]
                ? only.Error
                : new KeyreeveClientException(ClientError.ServerUnreachable, $"No server accepted a connection ({Describe()}).", cause: _failures.Count > 0 ? _failures[^1].Failure : null);
        }

        public KeyreeveClientException WhenTimeIsUp(TimeSpan limit, Exception cause)
        {
            if (_failures.Count > 0 && _failures.TrueForAll(static noted => noted.Failure.Kind == AttemptFailure.NotServed))
                return WhenNobodyServed();
            var why = _failures.Count > 0 ? $" ({Describe()})" : "";
            return new KeyreeveClientException(
                ClientError.TimedOut, $"No answer within {limit.TotalSeconds:0.#} s; the request may have been carried out{why}.", cause: cause);
        }

        private string Describe()
        {
            var text = new StringBuilder();
            foreach (var (server, failure) in _failures)
                text.Append(text.Length > 0 ? "; " : "").Append(server).Append(": ").Append(failure.Message);
            return text.ToString();
        }
    }
}

/// <summary>The times of a <see cref="ServerRing{TServer}"/>.</summary>
/// <param name="CallTime">How long a call may take in all.</param>
/// <param name="AttemptTime">How long one server has to answer a call that may be repeated.</param>
/// <param name="Pause">The wait after the last server before the first is tried again; zero: the list is tried once.</param>
/// <param name="Time">The clock.</param>
internal sealed record RingLimits(TimeSpan CallTime, TimeSpan AttemptTime, TimeSpan Pause, TimeProvider Time)
{
    /// <summary>How long a server is left alone after its first failure.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long it is left alone at most.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Told of what happens to servers.</summary>
    public Action<ClientLogLevel, string>? Log { get; init; }
}

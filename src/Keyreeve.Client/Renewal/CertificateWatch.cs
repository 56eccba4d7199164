using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Renewal;

/// <summary>
/// Looks after the certificates of a client, aside from its calls: takes over files that were replaced, by whomever, and renews what comes
/// to its end. A failure is told and tried again; no call ever fails of it. Thread safe.
/// </summary>
internal sealed class CertificateWatch : IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);
    private static readonly TimeSpan AskingInterval = TimeSpan.FromHours(1);

    private readonly ImmutableArray<Identity> _identities;
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _ended = new();

    private CertificateWatch(ClientOptions options, ImmutableArray<Identity> identities, TimeProvider time)
    {
        _options = options;
        _identities = identities;
        _time = time;
        foreach (var identity in identities)
            _ = WatchAsync(identity, _ended.Token);
    }

    /// <summary>Begins; null if no server is shown a certificate.</summary>
    public static CertificateWatch? Start(ClientOptions options, ImmutableArray<RestServer> servers, TimeProvider time)
    {
        var identities = servers
            .Where(static server => server.Certificate is not null)
            .GroupBy(static server => (server.Settings.CertificateFile, server.Settings.PrivateKeyFile))
            .Select(group => new Identity(
                [.. group], new IdentityRenewal(options with { Servers = [.. group.Select(static server => server.Settings)] }, group.First().Settings, time)))
            .ToImmutableArray();
        return identities.IsEmpty ? null : new CertificateWatch(options, identities, time);
    }

    /// <summary>Renews what is due, or everything.</summary>
    public async Task<IReadOnlyList<CertificateRenewal>> RenewAsync(bool evenIfNotDue, CancellationToken cancellationToken)
    {
        var renewals = new List<CertificateRenewal>();
        foreach (var identity in _identities)
            renewals.Add(await RenewAsync(identity, evenIfNotDue, cancellationToken).ConfigureAwait(false));
        return renewals;
    }

    /// <summary>A server refused the certificate that it was shown: looks whether there is a newer one.</summary>
    /// <returns>Whether there is, and it is shown from now on.</returns>
    public async Task<bool> TakeOverAsync(RestServer refused, CancellationToken cancellationToken)
    {
        var shown = refused.Certificate;
        if (refused.ReloadIfChanged())
            return true;
        if (_identities.FirstOrDefault(identity => identity.Servers.Contains(refused)) is { } identity && identity.Renewal.HasUnfinished)
        {
            try
            {
                await RenewAsync(identity, evenIfNotDue: false, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (IsFailure(e))
            {
                _options.Log?.Invoke(ClientLogLevel.Warning, $"A renewal of the certificate in '{refused.Settings.CertificateFile}' was begun, and could not be finished: {e.Message}");
            }
        }

        return !ReferenceEquals(shown, refused.Certificate);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private static async Task<CertificateRenewal> RenewAsync(Identity identity, bool evenIfNotDue, CancellationToken cancellationToken)
    {
        // Of two that ask in this process one renews, and the other finds that it is not due any more.
        await identity.Turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var renewal = await identity.Renewal.RunAsync(identity.Servers[0].Certificate!, evenIfNotDue, cancellationToken).ConfigureAwait(false);
            if (renewal.Outcome == CertificateRenewalOutcome.Renewed)
            {
                foreach (var server in identity.Servers)
                    server.ReloadIfChanged();
            }

            return renewal;
        }
        finally
        {
            identity.Turn.Release();
        }
    }

    private async Task WatchAsync(Identity identity, CancellationToken ended)
    {
        var pause = _options.FirstCertificateCheck;
        var failures = 0;
        string? told = null;
        while (true)
        {
            try
            {
                await Task.Delay(pause, _time, ended).ConfigureAwait(false);
                foreach (var server in identity.Servers)
                    server.ReloadIfChanged();
                var renewal = await RenewAsync(identity, await IsToBeRenewedAsync(identity, ended).ConfigureAwait(false), ended).ConfigureAwait(false);
                failures = 0;
                told = Tell(renewal, told);
            }
            catch (OperationCanceledException) when (ended.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (IsFailure(e) || e is OperationCanceledException)
            {
                failures++;
                _options.Log?.Invoke(ClientLogLevel.Warning, $"The certificate in '{identity.Servers[0].Settings.CertificateFile}', which ends {EndOf(identity):u}, could not be renewed, and it is tried again: {e.Message}");
            }

            pause = PauseAfter(identity, failures);
        }
    }

    // Now and then the servers are asked for their authorities; a certificate of one that issues no more is renewed before it is due.
    private async Task<bool> IsToBeRenewedAsync(Identity identity, CancellationToken ended)
    {
        var now = _time.GetUtcNow();
        if (identity.AskedAt is { } asked && now - asked < AskingInterval)
            return false;
        try
        {
            var isToBe = await identity.Renewal.FollowAuthorityAsync(identity.Servers[0].Certificate!, ended).ConfigureAwait(false);
            foreach (var server in identity.Servers)
                server.ReloadIfChanged();
            identity.AskedAt = now;
            return isToBe;
        }
        catch (Exception e) when (IsFailure(e))
        {
            // That a server cannot be reached the calls tell, and what is due is due all the same.
            _options.Log?.Invoke(ClientLogLevel.Info, $"Which authorities the servers have is asked again later: {e.Message}");
            return false;
        }
    }

    private string? Tell(CertificateRenewal renewal, string? told)
    {
        if (renewal.Outcome == CertificateRenewalOutcome.Renewed)
            _options.Log?.Invoke(ClientLogLevel.Info, $"The certificate in '{renewal.CertificateFile}' was renewed; it holds until {renewal.ValidUntil:u}.");
        if (renewal.Outcome != CertificateRenewalOutcome.NotPossible)
            return null;
        // Once is enough: nothing changes of itself.
        if (!string.Equals(told, renewal.Reason, StringComparison.Ordinal))
            _options.Log?.Invoke(ClientLogLevel.Warning, $"The certificate in '{renewal.CertificateFile}' ends {renewal.ValidUntil:u} and does not renew itself. {renewal.Reason}");
        return renewal.Reason;
    }

    // Short for a certificate that lives for minutes; after failures longer and longer, but never so long that it ends meanwhile.
    private TimeSpan PauseAfter(Identity identity, int failures)
    {
        var certificate = identity.Servers[0].Certificate!;
        var life = certificate.NotAfter - certificate.NotBefore;
        var pause = TimeSpan.FromTicks(Math.Min((life / 50).Ticks, Pause.Ticks)) * Math.Pow(2, Math.Min(failures, 20));
        var rest = (IdentityRenewal.EndOf(certificate) - _time.GetUtcNow()) / 8;
        if (rest > TimeSpan.Zero && rest < pause && failures > 0)
            pause = rest;
        return pause < ShortestPause ? ShortestPause : pause > LongestPause ? LongestPause : pause;
    }

    private static bool IsFailure(Exception e) =>
        e is KeyreeveClientException or IOException or UnauthorizedAccessException or PrivateFileException or CryptographicException;

    private static DateTimeOffset EndOf(Identity identity) => IdentityRenewal.EndOf(identity.Servers[0].Certificate!);

    /// <summary>A certificate and the servers that it is shown to.</summary>
    private sealed record Identity(ImmutableArray<RestServer> Servers, IdentityRenewal Renewal)
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);

        /// <summary>When the servers were asked for their authorities; used by its watch alone.</summary>
        public DateTimeOffset? AskedAt { get; set; }
    }
}

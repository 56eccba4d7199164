using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Channels;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// Sends what the server sends of itself: Put of what is new, Notify of what has changed, to the one endpoint of the configuration, one
/// message after the other, in the order of the commits. What cannot be sent waits in a bounded queue and is tried again. Thread safe.
/// </summary>
internal sealed class Notifier : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly NotifyOptions _options;
    private readonly TimeProvider _time;
    private readonly PrincipalDirectory _principals;
    private readonly ILogger _logger;
    private readonly X509Certificate2 _own;
    private readonly NotificationMessage _message;
    private readonly Channel<CommittedChange> _queue;
    private readonly CancellationTokenSource _stopping = new();
    private readonly IDisposable _subscription;
    private readonly Task _run;
    private IEndpointLink? _link;
    private string? _linkedTo;

    /// <summary>Begins to listen to the engine's changes.</summary>
    public Notifier(NotifyOptions options, ChangeFeed feed, OperationPipeline pipeline, PrincipalDirectory principals, ICertificateIssuer issuer, TimeProvider time, ILogger logger)
    {
        _options = options;
        _time = time;
        _principals = principals;
        _logger = logger;
        _own = IssueOwn(issuer);
        _message = new NotificationMessage(pipeline, time);
        _queue = Channel.CreateBounded<CommittedChange>(
            new BoundedChannelOptions(options.QueueLength) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, GivenUp);
        _subscription = feed.Subscribe(change => _queue.Writer.TryWrite(change));
        _run = RunAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _subscription.Dispose();
        await _stopping.CancelAsync();
        await _run;
        await CloseAsync();
        _own.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var change in _queue.Reader.ReadAllAsync(_stopping.Token)) await SendAsync(change);
        }
        catch (OperationCanceledException)
        {
            _logger.LogDebug("KMIP: what waited to be notified is given up, since the server stops.");
        }
    }

    private async Task SendAsync(CommittedChange change)
    {
        using var output = new TtlvWriter();
        var until = _time.GetUtcNow() + _options.RetryLimit;
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            // Looked up for every attempt: who is disabled while a message waits is told no more.
            if (_principals.FindByName(TenantId.Default, _options.Principal!)?.Principal is not { IsDisabled: false } principal
                || principal.Tenant != change.After.Tenant)
                return;
            try
            {
                output.Clear();
                if (!await _message.WriteAsync(change, principal, change.Call.User, VersionFor(change), output, _stopping.Token)) return;
                await ExchangeAsync(principal, output.WrittenMemory);
                return;
            }
            catch (KeyreeveException refusal) when (refusal.Error is not (KeyreeveError.AuditUnavailable or KeyreeveError.StoreUnavailable))
            {
                // Not for this principal, or gone meanwhile: the audit trail has it.
                return;
            }
            catch (FormatException inexpressible)
            {
                _logger.LogWarning("KMIP: a change of {Object} is not notified to {Endpoint}: {Reason}", change.After.Id, _options.Endpoint, inexpressible.Message);
                return;
            }
            catch (Exception failure) when (failure is not OperationCanceledException || !_stopping.IsCancellationRequested)
            {
                await CloseAsync();
                if (_time.GetUtcNow() + pause > until)
                {
                    GivenUp(change);
                    return;
                }

                _logger.LogInformation("KMIP: {Endpoint} cannot be notified now: {Reason}", _options.Endpoint, failure.Message);
            }

            await Task.Delay(pause, _time, _stopping.Token);
        }
    }

    private async Task ExchangeAsync(Principal principal, ReadOnlyMemory<byte> request)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        limit.CancelAfter(_options.SendTimeLimit);
        // Who has another key since then has to show it.
        if (!string.Equals(_linkedTo, principal.Fingerprint, StringComparison.Ordinal)) await CloseAsync();
        _link ??= await OpenAsync(principal.Fingerprint, limit.Token);
        var answer = await _link.ExchangeAsync(request, limit.Token);
        foreach (var item in ResponseMessage.Decode(answer, maximumItems: 1).Items)
        {
            if (item.ResultStatus != ResultStatus.Success)
                _logger.LogWarning("KMIP: {Endpoint} refuses a notification: {Reason} {Message}", _options.Endpoint, item.ResultReason, item.ResultMessage);
        }
    }

    private async Task<IEndpointLink> OpenAsync(string fingerprint, CancellationToken cancellationToken)
    {
        var tls = new PinnedTls(fingerprint, _own);
        _linkedTo = fingerprint;
        return _options.Endpoint!.Address is { } address
            ? new HttpsEndpoint(address, _options.Encoding, tls)
            : await EndpointConnection.OpenAsync(_options.Endpoint.Host, tls, cancellationToken);
    }

    private async ValueTask CloseAsync()
    {
        if (_link is not null) await _link.DisposeAsync();
        _link = null;
    }

    private ProtocolVersion VersionFor(CommittedChange change)
    {
        if (_options.Version is { } configured) return configured;
        var spoken = new ProtocolVersion(change.Call.ProtocolVersion.Major, change.Call.ProtocolVersion.Minor);
        return spoken == new ProtocolVersion(0, 0) ? ProtocolVersion.Kmip21 : spoken;
    }

    private void GivenUp(CommittedChange change) => _logger.LogWarning(
        "KMIP: a change of {Object} is not notified to {Endpoint}: it waited too long, or too many wait.", change.After.Id, _options.Endpoint);

    // A certificate for this run of the server, from its own authority: no principal has its key, so that it opens nothing here.
    private static X509Certificate2 IssueOwn(ICertificateIssuer issuer)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=keyreeve-notify", key, HashAlgorithmName.SHA256);
        using var issued = X509Certificate2.CreateFromPem(issuer.Issue(request.CreateSigningRequestPem(), "keyreeve-notify", TenantId.Default).CertificatePem);
        using var own = issued.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
    }
}

using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>
/// A client of any KMIP server: mutual TLS, a pool of connections, the newest version both sides speak. Safe for several threads.
/// Operations by name are extension methods: <see cref="KmipClientOperations"/>.
/// </summary>
/// <remarks>
/// Every method may throw <see cref="KmipException"/> (the server refused), <see cref="IOException"/> and
/// <see cref="System.Security.Authentication.AuthenticationException"/> (the connection), <see cref="TtlvException"/> (the answer is
/// no KMIP), <see cref="TimeoutException"/> and <see cref="OperationCanceledException"/>. Nothing is sent twice: after a broken
/// connection it is for the caller to know whether an operation may be repeated.
/// </remarks>
public sealed class KmipClient : IAsyncDisposable
{
    private readonly KmipClientOptions _options;
    private readonly KmipConnectionPool _pool;
    private readonly SemaphoreSlim _negotiation = new(1, 1);
    private volatile VersionBox? _version;

    /// <summary>Creates a client; it connects when it is first used.</summary>
    /// <exception cref="ArgumentException">There is no version to use.</exception>
    public KmipClient(KmipClientOptions options)
    {
        if (options.Versions.IsDefaultOrEmpty) throw new ArgumentException("At least one version is needed.", nameof(options));
        options.Tls.TargetHost ??= options.Host;
        _options = options;
        _pool = new KmipConnectionPool(options);
        if (options.Versions.Length == 1) _version = new VersionBox(options.Versions[0]);
    }

    /// <summary>The version in use: the one option, or what was agreed upon with the server, when first asked.</summary>
    public async ValueTask<ProtocolVersion> GetVersionAsync(CancellationToken cancellationToken = default)
    {
        if (_version is { } known) return known.Version;
        await _negotiation.WaitAsync(cancellationToken);
        try
        {
            if (_version is null)
            {
                var agreed = await NegotiateAsync(cancellationToken);
                _version = new VersionBox(agreed);
            }

            return _version.Version;
        }
        finally
        {
            _negotiation.Release();
        }
    }

    /// <summary>Performs one operation.</summary>
    /// <returns>What it returned; dispose of it.</returns>
    public async Task<KmipResponse<TResponse>> SendAsync<TRequest, TResponse>(
        IRequestPayload<TRequest, TResponse> request, CancellationToken cancellationToken = default)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new()
    {
        var version = await GetVersionAsync(cancellationToken);
        return await SendAsync<TRequest, TResponse>((TRequest)request, version, cancellationToken);
    }

    /// <summary>Performs several operations in one request.</summary>
    /// <returns>What each returned; dispose of it.</returns>
    public async Task<KmipBatchResponse> SendAsync(KmipBatch batch, CancellationToken cancellationToken = default)
    {
        if (batch.Count == 0) throw new ArgumentException("The batch is empty.", nameof(batch));
        var version = await GetVersionAsync(cancellationToken);
        var header = Header(version) with
        {
            BatchErrorContinuationOption = batch.Count > 1 ? batch.BatchErrorContinuationOption : null,
            BatchOrderOption = batch.Count > 1 ? true : null,
        };
        var buffer = await ExchangeAsync(header, batch.WriteTo, cancellationToken);
        try
        {
            return new KmipBatchResponse(buffer, ResponseMessage.Decode(buffer.Memory, batch.Count));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Closes the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        _negotiation.Dispose();
    }

    internal static TResponse PayloadOf<TResponse>(in ResponseBatchItem item, ProtocolVersion version, Operation operation)
        where TResponse : IWireStructure<TResponse>, new()
    {
        if (item.ResultStatus != ResultStatus.Success) throw KmipException.From(item);
        if (item.Operation is { } answered && answered != operation) throw new TtlvException(0, "the answer to another operation");
        return item.ResponsePayload is { } payload
            ? payload.Decode<TResponse>(version)
            : throw new TtlvException(0, "a successful operation without a payload");
    }

    private async Task<KmipResponse<TResponse>> SendAsync<TRequest, TResponse>(
        TRequest request, ProtocolVersion version, CancellationToken cancellationToken)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new()
    {
        var buffer = await ExchangeAsync(
            Header(version), writer => writer.WriteItem(new RequestBatchItem { Operation = TRequest.Operation }, request), cancellationToken);
        try
        {
            var message = ResponseMessage.Decode(buffer.Memory, maximumItems: 1);
            var items = message.Items.GetEnumerator();
            items.MoveNext();
            return new(buffer, message.Header, PayloadOf<TResponse>(items.Current, message.Header.ProtocolVersion, TRequest.Operation));
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private RequestHeader Header(ProtocolVersion version) => new() { ProtocolVersion = version, Authentication = _options.Authentication };

    private async Task<MessageBuffer> ExchangeAsync(RequestHeader header, Action<RequestWriter> writeItems, CancellationToken cancellationToken)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(header);
        writeItems(message);
        message.Complete();

        using var timeout = new CancellationTokenSource(_options.RequestTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _pool.ExchangeAsync(writer.WrittenMemory, either.Token);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer from {_options.Host} within {_options.RequestTimeout.TotalSeconds:f0} s.", e);
        }
    }

    /// <summary>
    /// Asks with Discover Versions: first in the version preferred, then in KMIP 1.1, which first has the operation, for servers
    /// that cannot read newer headers. A server that knows neither speaks KMIP 1.0.
    /// </summary>
    private async Task<ProtocolVersion> NegotiateAsync(CancellationToken cancellationToken)
    {
        var request = new DiscoverVersionsRequest { ProtocolVersions = _options.Versions };
        foreach (var version in new[] { _options.Versions[0], ProtocolVersion.Kmip11 }.Distinct())
        {
            if (version < ProtocolVersion.Kmip11) continue;
            try
            {
                using var response = await SendAsync<DiscoverVersionsRequest, DiscoverVersionsResponse>(request, version, cancellationToken);
                return Preferred(response.Payload.ProtocolVersions);
            }
            catch (Exception e) when ((e is KmipException { ResultReason: not ResultReason.UnsupportedProtocolVersion } or TtlvException or EndOfStreamException) && !cancellationToken.IsCancellationRequested)
            {
                // Servers answer a version or operation that they do not know with all sorts of errors, or by closing.
            }
        }

        return _options.Versions.Contains(ProtocolVersion.Kmip10) ? ProtocolVersion.Kmip10 : throw NoCommonVersion();
    }

    private ProtocolVersion Preferred(ImmutableArray<ProtocolVersion> servers)
    {
        foreach (var version in _options.Versions)
            if (servers.Contains(version)) return version;
        throw NoCommonVersion();
    }

    private static KmipException NoCommonVersion() =>
        new(ResultStatus.OperationFailed, ResultReason.UnsupportedProtocolVersion, "The server speaks none of the versions of this client.");

    private sealed record VersionBox(ProtocolVersion Version);
}

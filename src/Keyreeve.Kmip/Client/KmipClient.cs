using System.Collections.Immutable;
using System.Text;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>
/// A client of any KMIP server: mutual TLS, a pool of connections, the newest version both sides speak. Safe for several threads.
/// There is a method for each operation (<see cref="KmipClientOperations"/>), and shorter ones for those used most
/// (<see cref="KmipClientShorthand"/>).
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
    private readonly KmipRequestOptions _request;
    private readonly VersionAgreement _agreement;
    private readonly bool _ownsPool;

    /// <summary>Creates a client; it connects when it is first used.</summary>
    /// <exception cref="ArgumentException">There is no version to use.</exception>
    public KmipClient(KmipClientOptions options)
    {
        if (options.Versions.IsDefaultOrEmpty) throw new ArgumentException("At least one version is needed.", nameof(options));
        options.Tls.TargetHost ??= options.Host;
        _options = options;
        _pool = new KmipConnectionPool(options);
        _request = new KmipRequestOptions();
        _agreement = new VersionAgreement(options.Versions);
        _ownsPool = true;
    }

    private KmipClient(KmipClient origin, KmipRequestOptions request)
    {
        _options = origin._options;
        _pool = origin._pool;
        _request = request;
        _agreement = origin._agreement;
    }

    /// <summary>A client whose requests say more; it shares connections and version with this one, which outlives it. There is no
    /// need to dispose of it.</summary>
    public KmipClient With(KmipRequestOptions request) => new(this, request);

    /// <summary>The version in use: the one option, or what was agreed upon with the server, when first asked.</summary>
    public ValueTask<ProtocolVersion> GetVersionAsync(CancellationToken cancellationToken = default) =>
        _agreement.GetAsync(DiscoverAsync, cancellationToken);

    /// <summary>Performs one operation.</summary>
    /// <returns>What it returned; dispose of it.</returns>
    public Task<KmipResponse<TResponse>> SendAsync<TRequest, TResponse>(
        IRequestPayload<TRequest, TResponse> request, CancellationToken cancellationToken = default)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new() => PerformAsync<TRequest, TResponse>((TRequest)request, cancellationToken);

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
        if (!_ownsPool) return;
        await _pool.DisposeAsync();
        _agreement.Dispose();
    }

    internal async Task<KmipResponse<TResponse>> PerformAsync<TRequest, TResponse>(TRequest request, CancellationToken cancellationToken)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new() =>
        await PerformAsync<TRequest, TResponse>(request, await GetVersionAsync(cancellationToken), cancellationToken);

    internal static TResponse PayloadOf<TResponse>(in ResponseBatchItem item, ProtocolVersion version, Operation operation)
        where TResponse : IWireStructure<TResponse>, new()
    {
        if (item.ResultStatus != ResultStatus.Success) throw KmipException.From(item, operation);
        if (item.Operation is { } answered && answered != operation) throw new TtlvException(0, "the answer to another operation");
        return item.ResponsePayload is { } payload
            ? payload.Decode<TResponse>(version)
            : throw new TtlvException(0, "a successful operation without a payload");
    }

    private async Task<KmipResponse<TResponse>> PerformAsync<TRequest, TResponse>(
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

    private RequestHeader Header(ProtocolVersion version) => new()
    {
        ProtocolVersion = version,
        MaximumResponseSize = _request.MaximumResponseSize,
        ClientCorrelationValue = _request.ClientCorrelationValue is { } text ? Encoding.UTF8.GetBytes(text) : default(ReadOnlyMemory<byte>?),
        AttestationCapableIndicator = _request.AttestationTypes.IsDefaultOrEmpty ? null : true,
        AttestationTypes = _request.AttestationTypes,
        Authentication = _request.Authentication ?? _options.Authentication,
        // KMIP counts whole seconds.
        TimeStamp = _request.SendTimeStamp ? DateTimeOffset.FromUnixTimeSeconds(_options.TimeProvider.GetUtcNow().ToUnixTimeSeconds()) : null,
    };

    private async Task<MessageBuffer> ExchangeAsync(RequestHeader header, Action<RequestWriter> writeItems, CancellationToken cancellationToken)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(header);
        writeItems(message);
        message.Complete();

        var limit = _request.RequestTimeout ?? _options.RequestTimeout;
        using var timeout = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await _pool.ExchangeAsync(writer.WrittenMemory, either.Token);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer from {_options.Host} within {limit.TotalSeconds:0.###} s.", e);
        }
    }

    private async Task<ImmutableArray<ProtocolVersion>> DiscoverAsync(ProtocolVersion version, CancellationToken cancellationToken)
    {
        var request = new DiscoverVersionsRequest { ProtocolVersions = _options.Versions };
        using var response = await PerformAsync<DiscoverVersionsRequest, DiscoverVersionsResponse>(request, version, cancellationToken);
        return response.Payload.ProtocolVersions;
    }
}

using System.Collections.Immutable;
using System.Text;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>
/// A client of any KMIP server: mutual TLS, a pool of connections, the newest version both sides speak. Safe for several threads.
/// There is a method for each operation, and shorter ones for those used most: <see cref="KmipClientOperations"/>.
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

    /// <summary>Asks for one operation, and that the server answer later if it wants.</summary>
    /// <param name="request">The operation.</param>
    /// <param name="mandatory">Whether the server must answer later, and not at once. From KMIP 2.0; before, it is as if false.</param>
    /// <param name="cancellationToken">Ends the waiting for the server's first answer.</param>
    /// <returns>By what to ask for the result.</returns>
    public async Task<KmipAsynchronousOperation<TResponse>> StartAsync<TRequest, TResponse>(
        IRequestPayload<TRequest, TResponse> request, bool mandatory = false, CancellationToken cancellationToken = default)
        where TRequest : IRequestPayload<TRequest, TResponse>, new()
        where TResponse : IWireStructure<TResponse>, new()
    {
        var indicator = mandatory ? AsynchronousIndicator.Mandatory : AsynchronousIndicator.Optional;
        var answer = await ExchangeAsync(TRequest.Operation, (TRequest)request, indicator, cancellationToken);
        if (!answer.IsPending) return new(this, TRequest.Operation, answer.Read<TResponse>(TRequest.Operation));
        var correlation = answer.CorrelationValue;
        answer.Drop<TResponse>();
        return new(this, TRequest.Operation, correlation ?? throw new TtlvException(0, "a pending operation without an Asynchronous Correlation Value"));
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
        var buffer = await ExchangeAsync(header, writer => batch.WriteTo(writer, _request.MessageExtensions), cancellationToken);
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

    /// <summary>
    /// Opens a connection of its own on which the server is the client (Set Endpoint Role): it puts new objects and notifies of changes
    /// there, of all that the holder of the client's certificate may be told. From KMIP 2.0.
    /// </summary>
    /// <returns>The connection; dispose of it.</returns>
    /// <exception cref="NotSupportedException">The version agreed upon does not have it.</exception>
    public async Task<KmipEndpoint> ListenAsync(CancellationToken cancellationToken = default)
    {
        var version = await GetVersionAsync(cancellationToken);
        if (version.Major < 2) throw new NotSupportedException($"KMIP {version} has no Set Endpoint Role.");
        return await LimitedAsync(limited => KmipEndpoint.OpenAsync(_options, Header(version), limited), cancellationToken);
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
        (await ExchangeAsync(TRequest.Operation, request, asynchronous: null, cancellationToken)).Read<TResponse>(TRequest.Operation);

    /// <summary>Connections are shared: one that changed sides would answer the next request with a request.</summary>
    internal static void ThrowIfNotAClients(Operation operation)
    {
        if (operation is Operation.SetEndpointRole or Operation.Notify or Operation.Put)
            throw new NotSupportedException($"{operation} is not for a client with a pool of connections; {nameof(ListenAsync)} opens one that changes sides.");
    }

    internal TimeProvider TimeProvider => _options.TimeProvider;

    internal static TResponse PayloadOf<TResponse>(in ResponseBatchItem item, ProtocolVersion version, Operation operation)
        where TResponse : IWireStructure<TResponse>, new()
    {
        if (item.ResultStatus != ResultStatus.Success) throw KmipException.From(item, operation);
        // The answer to a Poll bears the name of the operation that it is about, or its own.
        if (item.Operation is { } answered && answered != operation && answered != Operation.Poll) throw new TtlvException(0, "the answer to another operation");
        // An empty payload may be left out.
        return (item.ResponsePayload ?? new EncodedPayload(default)).Decode<TResponse>(version);
    }

    /// <summary>Sends a request of one item.</summary>
    internal async Task<SingleAnswer> ExchangeAsync<TRequest>(
        Operation operation, TRequest request, AsynchronousIndicator? asynchronous, CancellationToken cancellationToken)
        where TRequest : IWireStructure<TRequest>, new()
    {
        ThrowIfNotAClients(operation);
        var header = Header(await GetVersionAsync(cancellationToken)) with { AsynchronousIndicator = asynchronous };
        var answer = await ExchangeAsync(operation, request, header, cancellationToken);
        if (_request.Attest is null || answer.AttestationDemand is not { } demand) return answer;
        // Refused, so that nothing was done: it is asked once more.
        answer.Drop<EmptyResponse>();
        var credential = await _request.Attest(demand, cancellationToken);
        var attested = new Authentication { Credentials = [.. header.Authentication?.Credentials ?? [], Credential.From(credential)] };
        return await ExchangeAsync(operation, request, header with { Authentication = attested }, cancellationToken);
    }

    private async Task<SingleAnswer> ExchangeAsync<TRequest>(
        Operation operation, TRequest request, RequestHeader header, CancellationToken cancellationToken)
        where TRequest : IWireStructure<TRequest>, new()
    {
        var buffer = await ExchangeAsync(
            header, writer => writer.WriteItem(new RequestBatchItem { Operation = operation, MessageExtensions = _request.MessageExtensions }, request), cancellationToken);
        try
        {
            var message = ResponseMessage.Decode(buffer.Memory, maximumItems: 1);
            var items = message.Items.GetEnumerator();
            items.MoveNext();
            return new(buffer, message.Header, items.Current);
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
        AttestationCapableIndicator = _request.AttestationTypes.IsDefaultOrEmpty && _request.Attest is null ? null : true,
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

        return await LimitedAsync(limited => _pool.ExchangeAsync(writer.WrittenMemory, limited).AsTask(), cancellationToken);
    }

    private async Task<TResult> LimitedAsync<TResult>(Func<CancellationToken, Task<TResult>> exchange, CancellationToken cancellationToken)
    {
        var limit = _request.RequestTimeout ?? _options.RequestTimeout;
        using var timeout = new CancellationTokenSource(limit, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await exchange(either.Token);
        }
        catch (OperationCanceledException e) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No answer from {_options.Host} within {limit.TotalSeconds:0.###} s.", e);
        }
    }

    private async Task<ImmutableArray<ProtocolVersion>> DiscoverAsync(ProtocolVersion version, CancellationToken cancellationToken)
    {
        var request = new DiscoverVersionsRequest { ProtocolVersions = _options.Versions };
        var answer = await ExchangeAsync(Operation.DiscoverVersions, request, Header(version), cancellationToken);
        using var response = answer.Read<DiscoverVersionsResponse>(Operation.DiscoverVersions);
        return response.Payload.ProtocolVersions;
    }
}

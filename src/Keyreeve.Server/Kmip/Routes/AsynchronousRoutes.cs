using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Kmip.Asynchronous;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on requests that are answered later.</summary>
internal static class AsynchronousRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All(KmipServices services) =>
    [
        new PollRoute(services),
        new KmipRoute<CancelRequest, Named, CancelResponse, CancelResponse>(
            Operation.Cancel, ProtocolVersion.Kmip10, new CancelOperation(services),
            (p, _) => new Named(p.AsynchronousCorrelationValue), (r, _) => r),
        new KmipRoute<ProcessRequest, Named, EmptyResponse, EmptyResponse>(
            Operation.Process, ProtocolVersion.Kmip21, new ProcessOperation(services),
            (p, _) => new Named(p.AsynchronousCorrelationValue), (r, _) => r),
        new KmipRoute<QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsResponse, QueryAsynchronousRequestsResponse>(
            Operation.QueryAsynchronousRequests, ProtocolVersion.Kmip21, new ListOperation(services), (p, _) => p, (r, _) => r),
    ];

    /// <summary>Names a pending request.</summary>
    internal sealed record Named(ReadOnlyMemory<byte> CorrelationValue);

    // KMIP 2.1 §6.1.5
    private sealed class CancelOperation(KmipServices services) : Operation<Named, CancelResponse>
    {
        public override OperationName Name => OperationName.Cancel;

        public override OperationClass Class => OperationClass.Change;

        protected override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, Named request, CancellationToken cancellationToken) => default;

        protected override ValueTask<CancelResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, Named request, CancellationToken cancellationToken)
        {
            var item = services.Pending.Find(scope.Call, request.CorrelationValue.Span);
            if (item is not null) scope.Audit.Detail = $"{item.Operation} of {item.Message.Call.CorrelationId}";
            return new(new CancelResponse
            {
                AsynchronousCorrelationValue = request.CorrelationValue,
                CancellationResult = item is null ? CancellationResult.Unavailable : Cancel(item),
            });
        }

        // spec: KMIP 2.1 §11.7. One item of a batch cannot be taken out of it: those after it may build upon it.
        private CancellationResult Cancel(DeferredItem item)
        {
            if (item.Message.Stage == ProcessingStage.Completed) return item.Result is FailedItem ? CancellationResult.Failed : CancellationResult.Completed;
            if (item.Message.Items.Count > 1 || !item.Message.TryCancel()) return CancellationResult.UnableToCancel;
            if (services.Pending.Forget(item)) item.Message.Delivered();
            return CancellationResult.Canceled;
        }
    }

    // KMIP 2.1 §6.1.39
    private sealed class ProcessOperation(KmipServices services) : Operation<Named, EmptyResponse>
    {
        public override OperationName Name => OperationName.Process;

        public override OperationClass Class => OperationClass.Change;

        protected override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, Named request, CancellationToken cancellationToken) => default;

        // spec: "the next Poll for that asynchronous request SHALL NOT return a 'pending' status"
        protected override async ValueTask<EmptyResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, Named request, CancellationToken cancellationToken)
        {
            var item = services.Pending.Require(scope.Call, request.CorrelationValue.Span);
            scope.Audit.Detail = $"{item.Operation} of {item.Message.Call.CorrelationId}";
            if (item.Message.Stage == ProcessingStage.Completed)
                throw new KeyreeveException(KeyreeveError.DuplicateProcessRequest, "The request has been processed already; poll for its result.");
            await item.Message.StartAsync().WaitAsync(cancellationToken);
            return default;
        }
    }

    // KMIP 2.1 §6.1.41
    private sealed class ListOperation(KmipServices services) : Operation<QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsResponse>
    {
        public override OperationName Name => OperationName.QueryAsynchronousRequests;

        public override OperationClass Class => OperationClass.Read;

        protected override ValueTask<OperationTarget> ResolveAsync(
            OperationScope scope, QueryAsynchronousRequestsRequest request, CancellationToken cancellationToken) => default;

        protected override ValueTask<QueryAsynchronousRequestsResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, QueryAsynchronousRequestsRequest request, CancellationToken cancellationToken)
        {
            var found = services.Pending.List(scope.Call).Where(item => IsAskedFor(item, request)).Select(ToWire).ToImmutableArray();
            scope.Audit.Count = found.Length;
            return new(new QueryAsynchronousRequestsResponse { AsynchronousRequests = found });
        }

        private static bool IsAskedFor(DeferredItem item, QueryAsynchronousRequestsRequest request) =>
            (request.AsynchronousCorrelationValues is not { } values || values.Items.Any(v => v.AsBytes().Span.SequenceEqual(item.CorrelationValue)))
            && (request.Operations is not { } operations || operations.Items.Contains(item.Operation));

        private static AsynchronousRequest ToWire(DeferredItem item) => new()
        {
            AsynchronousCorrelationValue = item.CorrelationValue,
            Operation = item.Operation,
            SubmissionDate = KmipValue.DateTimeExtended((item.Message.Call.Time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond),
            ProcessingStage = item.Message.Stage,
        };
    }
}

using System.Collections.Immutable;
using System.Reflection;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations about the server itself: they tell what the table of routes says, and nothing that is not so.</summary>
internal static class ServerRoutes
{
    /// <summary>The rows.</summary>
    /// <param name="offered">All other rows.</param>
    public static IEnumerable<KmipRoute> All(IReadOnlyList<KmipRoute> offered) =>
    [
        new KmipRoute<QueryRequest, Versioned<QueryRequest>, QueryResponse, QueryResponse>(
            Operation.Query, ProtocolVersion.Kmip10, new QueryOperation(offered), (p, call) => new(p, call.Version), (r, _) => r),
        new KmipRoute<DiscoverVersionsRequest, DiscoverVersionsRequest, DiscoverVersionsResponse, DiscoverVersionsResponse>(
            Operation.DiscoverVersions, ProtocolVersion.Kmip11, new DiscoverVersionsOperation(), (p, _) => p, (r, _) => r),
    ];

    /// <summary>A payload with the version it came in, which decides what there is to tell.</summary>
    internal sealed record Versioned<TPayload>(TPayload Payload, ProtocolVersion Version);

    private sealed class QueryOperation(IReadOnlyList<KmipRoute> offered) : Operation<Versioned<QueryRequest>, QueryResponse>
    {
        private static readonly string Vendor =
            $"Keyreeve {typeof(QueryOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}";

        private static readonly ImmutableArray<ObjectType> ObjectTypes =
        [
            ObjectType.Certificate, ObjectType.SymmetricKey, ObjectType.PublicKey, ObjectType.PrivateKey, ObjectType.SplitKey,
            ObjectType.Template, ObjectType.SecretData, ObjectType.OpaqueObject, ObjectType.PGPKey, ObjectType.CertificateRequest,
        ];

        public override OperationName Name => OperationName.Query;

        public override OperationClass Class => OperationClass.Read;

        protected override ValueTask<OperationTarget> ResolveAsync(
            OperationScope scope, Versioned<QueryRequest> request, CancellationToken cancellationToken) => default;

        protected override ValueTask<QueryResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, Versioned<QueryRequest> request, CancellationToken cancellationToken)
        {
            var asked = request.Payload.QueryFunctions;
            return new(new QueryResponse
            {
                Operations = asked.Contains(QueryFunction.QueryOperations) ? Operations(request.Version) : [],
                ObjectTypes = asked.Contains(QueryFunction.QueryObjects) ? [.. ObjectTypes.Where(t => IsOffered(t, request.Version))] : [],
                VendorIdentification = asked.Contains(QueryFunction.QueryServerInformation) ? Vendor : null,
                ServerInformation = asked.Contains(QueryFunction.QueryServerInformation) ? KmipValue.Structure() : null,
                RNGParameters = asked.Contains(QueryFunction.QueryRNGs) ? [new() { RNGAlgorithm = RNGAlgorithm.DRBG, DRBGAlgorithm = DRBGAlgorithm.CTR, CryptographicAlgorithm = CryptographicAlgorithm.AES, CryptographicLength = 256 }] : [],
                CapabilityInformation = asked.Contains(QueryFunction.QueryCapabilities) ? [Capabilities] : [],
            });
        }

        private static CapabilityInformation Capabilities => new()
        {
            StreamingCapability = false,
            AsynchronousCapability = false,
            AttestationCapability = false,
            BatchUndoCapability = false,
            BatchContinueCapability = true,
            UnwrapMode = UnwrapMode.Processed,
            DestroyAction = DestroyAction.KeyMaterialDeleted,
            ShreddingAlgorithm = ShreddingAlgorithm.Cryptographic,
            RNGMode = RNGMode.SharedInstantiation,
        };

        private ImmutableArray<Operation> Operations(ProtocolVersion version)
        {
            var own = version >= ProtocolVersion.Kmip11 ? new[] { Operation.Query, Operation.DiscoverVersions } : [Operation.Query];
            return [.. offered.Where(r => version >= r.Since).Select(r => r.Operation).Concat(own).Order()];
        }

        // spec: KMIP 1.2 §9.1.3.2.12 adds PGP Key; 2.0 has no Template and adds Certificate Request.
        private static bool IsOffered(ObjectType type, ProtocolVersion version) => type switch
        {
            ObjectType.Template => version.Major < 2,
            ObjectType.PGPKey => version >= ProtocolVersion.Kmip12,
            ObjectType.CertificateRequest => version.Major >= 2,
            _ => true,
        };
    }

    private sealed class DiscoverVersionsOperation : Operation<DiscoverVersionsRequest, DiscoverVersionsResponse>
    {
        public override OperationName Name => OperationName.DiscoverVersions;

        public override OperationClass Class => OperationClass.Read;

        protected override ValueTask<OperationTarget> ResolveAsync(
            OperationScope scope, DiscoverVersionsRequest request, CancellationToken cancellationToken) => default;

        // spec: KMIP 1.4 §4.26: all versions if the client names none, else those of both sides, the server's preferred one first.
        protected override ValueTask<DiscoverVersionsResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, DiscoverVersionsRequest request, CancellationToken cancellationToken)
        {
            var asked = request.ProtocolVersions;
            var common = asked.IsEmpty ? KmipRoutes.SupportedVersions : [.. KmipRoutes.SupportedVersions.Where(v => asked.Contains(v))];
            return new(new DiscoverVersionsResponse { ProtocolVersions = common });
        }
    }
}

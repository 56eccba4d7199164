using System.Collections.Immutable;
using System.Reflection;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Server.Kmip.Attestation;

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
        // The standard's Query tells no algorithms, so what depends on the machine's library stands here.
        private static readonly string Vendor =
            $"Keyreeve {typeof(QueryOperation).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0]}; "
            + string.Join(", ", PostQuantum.Offered.Select(static family => $"{family.Family} {(family.IsAvailable ? "offered" : "unavailable")}"));

        private static readonly ImmutableArray<ObjectType> ObjectTypes =
        [
            ObjectType.Certificate, ObjectType.SymmetricKey, ObjectType.SecretData, ObjectType.PublicKey, ObjectType.PrivateKey,
            ObjectType.Template, ObjectType.OpaqueObject, ObjectType.SplitKey, ObjectType.PGPKey, ObjectType.CertificateRequest,
            ObjectType.DeviceCredential, ObjectType.Group, ObjectType.User, ObjectType.HashedPasswordCredential, ObjectType.PasswordCredential,
            ObjectType.OneTimePasswordCredential,
        ];

        // The order in which OASIS' cases have what a server offers; what they do not know comes after, by number.
        private static readonly ImmutableArray<Operation> ToldFirst =
        [
            Operation.Query, Operation.Locate, Operation.Destroy, Operation.Get, Operation.Create, Operation.Register, Operation.GetAttributes,
            Operation.GetAttributeList, Operation.AddAttribute, Operation.ModifyAttribute, Operation.DeleteAttribute, Operation.Activate, Operation.Revoke,
            Operation.Poll, Operation.Cancel, Operation.Check, Operation.GetUsageAllocation, Operation.CreateKeyPair, Operation.ReKey, Operation.Archive,
            Operation.Recover, Operation.ObtainLease, Operation.ReKeyKeyPair, Operation.Certify, Operation.ReCertify, Operation.DiscoverVersions,
            Operation.Notify, Operation.Put, Operation.RNGRetrieve, Operation.RNGSeed, Operation.Encrypt, Operation.Decrypt, Operation.Sign,
            Operation.SignatureVerify, Operation.MAC, Operation.MACVerify, Operation.Hash, Operation.CreateSplitKey, Operation.JoinSplitKey,
            Operation.DeriveKey, Operation.Validate, Operation.Import, Operation.Export, Operation.Log, Operation.Interop, Operation.SetEndpointRole,
            Operation.SetAttribute, Operation.AdjustAttribute, Operation.Login, Operation.Logout, Operation.QueryAsynchronousRequests,
            Operation.SetConstraints, Operation.GetConstraints, Operation.Process, Operation.Ping, Operation.Obliterate, Operation.Deactivate,
            Operation.CreateUser, Operation.CreateGroup, Operation.CreateCredential,
        ];

        public override OperationName Name => OperationName.Query;

        public override OperationClass Class => OperationClass.Read;

        protected override ValueTask<OperationTarget> ResolveAsync(
            OperationScope scope, Versioned<QueryRequest> request, CancellationToken cancellationToken) => default;

        protected override async ValueTask<QueryResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, Versioned<QueryRequest> request, CancellationToken cancellationToken)
        {
            var asked = request.Payload.QueryFunctions;
            if (asked.IsEmpty) throw new KeyreeveException(KeyreeveError.MissingField, "The Query Function is missing.");
            var groups = RuleRoutes.GroupsOf(request.Payload.ObjectGroups);
            if (groups is not null) await KnownGroups.RequireAsync(scope, groups, cancellationToken);
            return new QueryResponse
            {
                Operations = asked.Contains(QueryFunction.QueryOperations) ? Operations(scope, request.Version) : [],
                ObjectTypes = asked.Contains(QueryFunction.QueryObjects) ? [.. ObjectTypes.Where(t => IsOffered(t, request.Version))] : [],
                VendorIdentification = asked.Contains(QueryFunction.QueryServerInformation) ? Vendor : null,
                ServerInformation = asked.Contains(QueryFunction.QueryServerInformation) ? KmipValue.Structure() : null,
                RNGParameters = asked.Contains(QueryFunction.QueryRNGs) ? [new() { RNGAlgorithm = RNGAlgorithm.DRBG, DRBGAlgorithm = DRBGAlgorithm.CTR, CryptographicAlgorithm = CryptographicAlgorithm.AES, CryptographicLength = 256 }] : [],
                ProfileInformation = asked.Contains(QueryFunction.QueryProfiles) ? ServerProfiles.For(request.Version) : [],
                DefaultsInformation = asked.Contains(QueryFunction.QueryDefaultsInformation) ? RuleRoutes.Defaults(scope.Engine.Rules.Of(scope.Tenant), groups, request.Version) : null,
                CapabilityInformation = asked.Contains(QueryFunction.QueryCapabilities) ? [Capabilities(scope.Engine)] : [],
                AttestationTypes = asked.Contains(QueryFunction.QueryAttestationTypes) && scope.Engine.Attestation.IsInUse ? Attesters.Types : [],
                // A client makes its own key pair, and the server certifies it for a one-time code.
                ClientRegistrationMethods = asked.Contains(QueryFunction.QueryClientRegistrationMethods) ? [ClientRegistrationMethod.ClientGenerated] : [],
                CredentialInformation = asked.Contains(QueryFunction.QueryCredentialInformation) ? [Credentials(scope.Engine)] : [],
                ProtectionStorageMasks = asked.Contains(QueryFunction.QueryStorageProtectionMasks) ? new() { Masks = scope.Engine.TokenKeys is null ? [ProtectionStorageMask.Software] : [ProtectionStorageMask.Software, ProtectionStorageMask.Hardware] } : null,
            };
        }

        private static CapabilityInformation Capabilities(Engine engine) => new()
        {
            StreamingCapability = true,
            AsynchronousCapability = true,
            AttestationCapability = engine.Attestation.IsInUse,
            BatchUndoCapability = true,
            BatchContinueCapability = true,
            UnwrapMode = UnwrapMode.Processed,
            DestroyAction = DestroyAction.KeyMaterialDeleted,
            ShreddingAlgorithm = ShreddingAlgorithm.Cryptographic,
            RNGMode = RNGMode.SharedInstantiation,
        };

        // What may stand in a message, and what may be made.
        private static KmipValue Credentials(Engine engine) => KmipValue.Structure([.. new[]
        {
            CredentialType.UsernameAndPassword, CredentialType.Device, CredentialType.OneTimePassword, CredentialType.HashedPassword,
            CredentialType.Ticket, CredentialType.Password, CredentialType.Certificate, CredentialType.Attestation,
        }.Where(type => type != CredentialType.Attestation || engine.Attestation.IsInUse).Select(static type => new KmipField(Tag.CredentialType, KmipValue.Enumeration(type)))]);

        // spec: KMIP 2.1 §6.1.40: what the server itself sends, Notify and Put, is among the operations it supports.
        private static readonly (Operation Operation, OperationName Name, ProtocolVersion Since)[] Others =
        [
            (Operation.Query, OperationName.Query, ProtocolVersion.Kmip10),
            (Operation.DiscoverVersions, OperationName.DiscoverVersions, ProtocolVersion.Kmip11),
            (Operation.Notify, OperationName.Notify, ProtocolVersion.Kmip10),
            (Operation.Put, OperationName.Put, ProtocolVersion.Kmip10),
        ];

        private ImmutableArray<Operation> Operations(OperationScope scope, ProtocolVersion version)
        {
            var others = Others.Where(o => version >= o.Since && (scope.Call.Rights?.Covers(o.Name) ?? true)).Select(o => o.Operation);
            return [.. offered.Where(r => version >= r.Since && r.IsOffered(scope.Engine, scope.Call)).Select(r => r.Operation).Concat(others).OrderBy(Place).ThenBy(o => o)];
        }

        private static int Place(Operation operation) => ToldFirst.IndexOf(operation) is >= 0 and var place ? place : ToldFirst.Length;

        private static bool IsOffered(ObjectType type, ProtocolVersion version) => type switch
        {
            ObjectType.Template => version.Has(VersionTrait.HasTemplates),
            ObjectType.PGPKey => version.Has(VersionTrait.HasPgpKeys),
            ObjectType.CertificateRequest => version.Has(VersionTrait.HasCertificateRequests),
            ObjectType.User or ObjectType.Group or ObjectType.PasswordCredential or ObjectType.DeviceCredential
                or ObjectType.OneTimePasswordCredential or ObjectType.HashedPasswordCredential => version.Has(VersionTrait.HasUsers),
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

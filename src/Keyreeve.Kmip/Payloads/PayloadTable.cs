using System.Collections.Frozen;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Payloads;

/// <summary>The operations whose payloads have types here.</summary>
public static class PayloadTable
{
    private static readonly FrozenDictionary<Operation, OperationPayloads> ByOperation = new OperationPayloads[]
    {
        new OperationPayloads<QueryRequest, QueryResponse>(),
        new OperationPayloads<DiscoverVersionsRequest, DiscoverVersionsResponse>(),
        new OperationPayloads<CreateRequest, CreateResponse>(),
        new OperationPayloads<CreateKeyPairRequest, CreateKeyPairResponse>(),
        new OperationPayloads<RegisterRequest, RegisterResponse>(),
        new OperationPayloads<GetRequest, GetResponse>(),
        new OperationPayloads<GetAttributesRequest, GetAttributesResponse>(),
        new OperationPayloads<GetAttributeListRequest, GetAttributeListResponse>(),
        new OperationPayloads<AddAttributeRequest, AttributeChangeResponse>(),
        new OperationPayloads<ModifyAttributeRequest, AttributeChangeResponse>(),
        new OperationPayloads<SetAttributeRequest, AttributeChangeResponse>(),
        new OperationPayloads<DeleteAttributeRequest, AttributeChangeResponse>(),
        new OperationPayloads<LocateRequest, LocateResponse>(),
        new OperationPayloads<ActivateRequest, IdentifierResponse>(),
        new OperationPayloads<RevokeRequest, IdentifierResponse>(),
        new OperationPayloads<DestroyRequest, IdentifierResponse>(),
        new OperationPayloads<EncryptRequest, EncryptResponse>(),
        new OperationPayloads<DecryptRequest, DecryptResponse>(),
        new OperationPayloads<SignRequest, SignResponse>(),
        new OperationPayloads<SignatureVerifyRequest, SignatureVerifyResponse>(),
        new OperationPayloads<MACRequest, MACResponse>(),
        new OperationPayloads<MACVerifyRequest, MACVerifyResponse>(),
        new OperationPayloads<HashRequest, HashResponse>(),
        new OperationPayloads<RNGRetrieveRequest, RNGRetrieveResponse>(),
        new OperationPayloads<RNGSeedRequest, RNGSeedResponse>(),
        new OperationPayloads<PKCS11Request, PKCS11Response>(),
        new OperationPayloads<CertifyRequest, CertifyResponse>(),
        new OperationPayloads<ReCertifyRequest, CertifyResponse>(),
        new OperationPayloads<ValidateRequest, ValidateResponse>(),
        new OperationPayloads<CreateSplitKeyRequest, CreateSplitKeyResponse>(),
        new OperationPayloads<JoinSplitKeyRequest, JoinSplitKeyResponse>(),
        new OperationPayloads<ExportRequest, ExportResponse>(),
        new OperationPayloads<ImportRequest, IdentifierResponse>(),
        new OperationPayloads<PingRequest, EmptyResponse>(),
        new OperationPayloads<LogRequest, EmptyResponse>(),
        new OperationPayloads<InteropRequest, EmptyResponse>(),
        new OperationPayloads<LoginRequest, LoginResponse>(),
        new OperationPayloads<DelegatedLoginRequest, LoginResponse>(),
        new OperationPayloads<LogoutRequest, EmptyResponse>(),
        new OperationPayloads<PollRequest, EmptyResponse>(),
        new OperationPayloads<CancelRequest, CancelResponse>(),
        new OperationPayloads<ProcessRequest, EmptyResponse>(),
        new OperationPayloads<QueryAsynchronousRequestsRequest, QueryAsynchronousRequestsResponse>(),
        new OperationPayloads<NotifyRequest, EmptyResponse>(),
        new OperationPayloads<PutRequest, EmptyResponse>(),
        new OperationPayloads<SetEndpointRoleRequest, SetEndpointRoleResponse>(),
        new OperationPayloads<CreateUserRequest, IdentifierResponse>(),
        new OperationPayloads<CreateGroupRequest, IdentifierResponse>(),
        new OperationPayloads<CreateCredentialRequest, IdentifierResponse>(),
        new OperationPayloads<ReKeyRequest, ReKeyResponse>(),
        new OperationPayloads<ReKeyKeyPairRequest, ReKeyKeyPairResponse>(),
        new OperationPayloads<DeriveKeyRequest, DeriveKeyResponse>(),
        new OperationPayloads<CheckRequest, CheckResponse>(),
        new OperationPayloads<ObtainLeaseRequest, ObtainLeaseResponse>(),
        new OperationPayloads<GetUsageAllocationRequest, IdentifierResponse>(),
        new OperationPayloads<ArchiveRequest, IdentifierResponse>(),
        new OperationPayloads<RecoverRequest, IdentifierResponse>(),
        new OperationPayloads<DeactivateRequest, IdentifierResponse>(),
        new OperationPayloads<ObliterateRequest, ObliterateResponse>(),
        new OperationPayloads<AdjustAttributeRequest, IdentifierResponse>(),
        new OperationPayloads<SetConstraintsRequest, SetConstraintsResponse>(),
        new OperationPayloads<GetConstraintsRequest, GetConstraintsResponse>(),
        new OperationPayloads<SetDefaultsRequest, SetDefaultsResponse>(),
        new OperationPayloads<ReProvisionRequest, ReProvisionResponse>(),
    }.ToFrozenDictionary(payloads => payloads.Operation);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<OperationPayloads> All => ByOperation.Values;

    /// <summary>The payloads of an operation, or null when they have no type here.</summary>
    public static OperationPayloads? Find(Operation operation) => ByOperation.GetValueOrDefault(operation);
}

/// <summary>The payloads of one operation, for code that handles all operations alike.</summary>
public abstract class OperationPayloads
{
    private protected OperationPayloads()
    {
    }

    /// <summary>The operation.</summary>
    public abstract Operation Operation { get; }

    /// <summary>The type of its request payload.</summary>
    public abstract Type RequestType { get; }

    /// <summary>The type of its response payload.</summary>
    public abstract Type ResponseType { get; }

    /// <summary>Decodes a request payload and writes it again.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="version">The version of its message.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="exact">See <see cref="FieldWriter"/>.</param>
    /// <exception cref="TtlvException">It is not such a payload.</exception>
    public abstract void RewriteRequest(EncodedPayload payload, ProtocolVersion version, TtlvWriter writer, bool exact);

    /// <summary>Decodes a response payload and writes it again.</summary>
    /// <param name="payload">The payload.</param>
    /// <param name="version">The version of its message.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="exact">See <see cref="FieldWriter"/>.</param>
    /// <exception cref="TtlvException">It is not such a payload.</exception>
    public abstract void RewriteResponse(EncodedPayload payload, ProtocolVersion version, TtlvWriter writer, bool exact);
}

internal sealed class OperationPayloads<TRequest, TResponse> : OperationPayloads
    where TRequest : IRequestPayload<TRequest, TResponse>, new()
    where TResponse : IWireStructure<TResponse>, new()
{
    public override Operation Operation => TRequest.Operation;

    public override Type RequestType => typeof(TRequest);

    public override Type ResponseType => typeof(TResponse);

    public override void RewriteRequest(EncodedPayload payload, ProtocolVersion version, TtlvWriter writer, bool exact) =>
        KmipCodec.Encode(writer, Tag.RequestPayload, payload.Decode<TRequest>(version), version, exact);

    public override void RewriteResponse(EncodedPayload payload, ProtocolVersion version, TtlvWriter writer, bool exact) =>
        KmipCodec.Encode(writer, Tag.ResponsePayload, payload.Decode<TResponse>(version), version, exact);
}

using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using static Keyreeve.Integration.Kmip.Probe.ProbedOperation;
using V = Keyreeve.Kmip.ProtocolVersion;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>Every operation that a client sends, each as a request that is in order.</summary>
internal static class ProbedOperations
{
    /// <summary>An identifier that nothing has.</summary>
    public static readonly UniqueIdentifier Nowhere = UniqueIdentifier.From("0192aaaa-bbbb-7ccc-8ddd-eeeeffff0000");

    private static readonly State[] Living = [State.PreActive, State.Active, State.Deactivated, State.Compromised];
    private static readonly State[] All = [.. Living, State.Destroyed];
    private static readonly State[] Protects = [State.Active];
    private static readonly State[] Processes = [State.Active, State.Deactivated, State.Compromised];
    private static readonly ProbeObject[] NoKeys = [ProbeObject.Certificate, ProbeObject.SecretData, ProbeObject.Opaque];
    private static readonly ProbeObject[] NotSymmetric = [ProbeObject.Certificate, ProbeObject.SecretData, ProbeObject.Opaque, ProbeObject.RsaPrivate, ProbeObject.RsaPublic];
    private static readonly byte[] Block = new byte[16];
    private static readonly DataReference Data = DataReference.From(Block);
    private static readonly CryptographicParameters Cbc = new() { BlockCipherMode = BlockCipherMode.CBC, PaddingMethod = PaddingMethod.None };
    private static readonly CryptographicParameters Cmac = new() { BlockCipherMode = BlockCipherMode.CMAC };
    private static readonly CryptographicParameters Pss = new() { PaddingMethod = PaddingMethod.PSS, HashingAlgorithm = HashingAlgorithm.SHA_256 };
    private static readonly AttributeList NewAes = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt));
    private static readonly AttributeList NewPair = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.EC), KmipAttribute.CryptographicDomainParameters(RecommendedCurve.P_256));

    /// <summary>The table.</summary>
    public static IReadOnlyList<ProbedOperation> Table { get; } = [.. Objects(), .. Attributes(), .. Lives(), .. Cryptography(), .. Conversation(), .. Later()];

    private static IEnumerable<ProbedOperation> Objects() =>
    [
        Of(V.Kmip10, ProbeObject.None, Operation.Create, _ => new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = NewAes }),
        Of(V.Kmip10, ProbeObject.None, Operation.CreateKeyPair, _ => new CreateKeyPairRequest
        {
            CommonAttributes = NewPair,
            PrivateKeyAttributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            PublicKeyAttributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)),
        }),
        Of(V.Kmip10, ProbeObject.None, Operation.Register, _ => new RegisterRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)),
            Object = ProbeObjects.ValueOf(ProbeObject.Aes),
        }),
        Of(V.Kmip10, ProbeObject.None, Operation.Locate, _ => new LocateRequest { MaximumItems = 1, Attributes = new AttributeList(KmipAttribute.ObjectType(ObjectType.SymmetricKey)) }),
        Of(V.Kmip10, ProbeObject.Aes, Operation.Get, id => new GetRequest { UniqueIdentifier = id }) with { Works = Living },
        Of(V.Kmip14, ProbeObject.Aes, Operation.Export, id => new ExportRequest { UniqueIdentifier = id }) with { Works = All },
        Of(V.Kmip14, ProbeObject.None, Operation.Import, _ => new ImportRequest
        {
            UniqueIdentifier = UniqueIdentifier.From($"{Guid.CreateVersion7()}"),
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)),
            Object = ProbeObjects.ValueOf(ProbeObject.Aes),
        }),
        Of(V.Kmip10, ProbeObject.Aes, Operation.ReKey, id => new ReKeyRequest { UniqueIdentifier = id }) with { NeverFor = NotSymmetric },
        Of(V.Kmip11, ProbeObject.RsaPrivate, Operation.ReKeyKeyPair, id => new ReKeyKeyPairRequest { PrivateKeyUniqueIdentifier = id }) with { NeverFor = NoKeys },
        Of(V.Kmip10, ProbeObject.RsaPublic, Operation.Certify, id => new CertifyRequest { UniqueIdentifier = id }) with { NeverFor = NoKeys },
        Of(V.Kmip10, ProbeObject.Certificate, Operation.ReCertify, id => new ReCertifyRequest { UniqueIdentifier = id }) with { NeverFor = [ProbeObject.Aes, ProbeObject.RsaPrivate, ProbeObject.Opaque] },
        Of(V.Kmip10, ProbeObject.Certificate, Operation.Validate, id => new ValidateRequest { UniqueIdentifiers = id is { } named ? [named] : [] }),
        Of(V.Kmip12, ProbeObject.Aes, Operation.CreateSplitKey, id => new CreateSplitKeyRequest
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = id, SplitKeyParts = 3, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.PolynomialSharingGF2_16, Attributes = NewAes,
        }),
        Of(V.Kmip12, ProbeObject.None, Operation.JoinSplitKey, id => new JoinSplitKeyRequest { ObjectType = ObjectType.SymmetricKey, UniqueIdentifiers = [id ?? Nowhere, id ?? Nowhere] }),
    ];

    private static IEnumerable<ProbedOperation> Attributes() =>
    [
        Of(V.Kmip10, ProbeObject.Aes, Operation.GetAttributes, id => new GetAttributesRequest { UniqueIdentifier = id, AttributeReferences = [Tag.State] }) with { Works = All },
        Of(V.Kmip10, ProbeObject.Aes, Operation.GetAttributeList, id => new GetAttributeListRequest { UniqueIdentifier = id }) with { Works = All },
        Of(V.Kmip10, ProbeObject.Aes, Operation.AddAttribute, id => new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = KmipAttribute.ContactInformation("somebody") }) with { Works = Living },
        Of(V.Kmip10, ProbeObject.Aes, Operation.ModifyAttribute, id => new ModifyAttributeRequest { UniqueIdentifier = id, NewAttribute = KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt) }),
        Of(V.Kmip10, ProbeObject.Aes, Operation.DeleteAttribute, id => new DeleteAttributeRequest { UniqueIdentifier = id, AttributeReference = Tag.ContactInformation }) with { Works = [] },
        Of(V.Kmip20, ProbeObject.Aes, Operation.SetAttribute, id => new SetAttributeRequest { UniqueIdentifier = id, NewAttribute = KmipAttribute.ContactInformation("somebody") }) with { Works = Living },
        Of(V.Kmip20, ProbeObject.Aes, Operation.AdjustAttribute, id => new AdjustAttributeRequest
        {
            UniqueIdentifier = id, AttributeReference = Tag.Extractable, AdjustmentType = AdjustmentType.Negate,
        }) with { Works = Living },
    ];

    private static IEnumerable<ProbedOperation> Lives() =>
    [
        Of(V.Kmip10, ProbeObject.Aes, Operation.Activate, id => new ActivateRequest { UniqueIdentifier = id }) with { Works = [State.PreActive] },
        Of(V.Kmip10, ProbeObject.Aes, Operation.Revoke, id => new RevokeRequest
        {
            UniqueIdentifier = id, RevocationReason = new RevocationReason { RevocationReasonCode = RevocationReasonCode.CessationOfOperation },
        }) with { Works = [State.Active] },
        Of(V.Kmip10, ProbeObject.Aes, Operation.Revoke, id => new RevokeRequest
        {
            UniqueIdentifier = id, RevocationReason = new RevocationReason { RevocationReasonCode = RevocationReasonCode.KeyCompromise }, CompromiseOccurrenceDate = DateTimeOffset.UnixEpoch,
        }) with { Works = [State.PreActive, State.Active, State.Deactivated, State.Destroyed] },
        Of(V.Kmip10, ProbeObject.Aes, Operation.Destroy, id => new DestroyRequest { UniqueIdentifier = id }) with { Works = [State.PreActive, State.Deactivated, State.Compromised] },
        Of(V.Kmip10, ProbeObject.Aes, Operation.Archive, id => new ArchiveRequest { UniqueIdentifier = id }),
        Of(V.Kmip10, ProbeObject.Aes, Operation.Recover, id => new RecoverRequest { UniqueIdentifier = id }),
        Of(V.Kmip10, ProbeObject.Aes, Operation.Check, id => new CheckRequest { UniqueIdentifier = id, CryptographicUsageMask = CryptographicUsageMask.Encrypt }) with { Needs = CryptographicUsageMask.Encrypt },
        Of(V.Kmip10, ProbeObject.Aes, Operation.ObtainLease, id => new ObtainLeaseRequest { UniqueIdentifier = id }) with { Works = [State.PreActive, State.Active] },
        Of(V.Kmip10, ProbeObject.Aes, Operation.GetUsageAllocation, id => new GetUsageAllocationRequest { UniqueIdentifier = id, UsageLimitsCount = 1 }) with { Works = [] },
    ];

    private static IEnumerable<ProbedOperation> Cryptography() =>
    [
        Of(V.Kmip10, ProbeObject.Aes, Operation.DeriveKey, id => new DeriveKeyRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            UniqueIdentifiers = [id ?? UniqueIdentifier.From(UniqueIdentifierEnumeration.IDPlaceholder)],
            DerivationMethod = DerivationMethod.HMAC,
            DerivationParameters = new DerivationParameters { CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.SHA_256 }, DerivationData = [KmipValue.Bytes(Block)] },
            Attributes = NewAes,
        }) with { Needs = CryptographicUsageMask.DeriveKey },
        Of(V.Kmip12, ProbeObject.Aes, Operation.Encrypt, id => new EncryptRequest { UniqueIdentifier = id, CryptographicParameters = Cbc, Data = Data })
            with { Works = Protects, Needs = CryptographicUsageMask.Encrypt, NeverFor = NoKeys },
        Of(V.Kmip12, ProbeObject.Aes, Operation.Decrypt, id => new DecryptRequest { UniqueIdentifier = id, CryptographicParameters = Cbc, Data = Data, IVCounterNonce = Block })
            with { Works = Processes, Needs = CryptographicUsageMask.Decrypt, NeverFor = NoKeys },
        Of(V.Kmip12, ProbeObject.RsaPrivate, Operation.Sign, id => new SignRequest { UniqueIdentifier = id, CryptographicParameters = Pss, Data = Data })
            with { Works = Protects, Needs = CryptographicUsageMask.Sign, NeverFor = [ProbeObject.Aes, .. NoKeys] },
        Of(V.Kmip12, ProbeObject.RsaPublic, Operation.SignatureVerify, id => new SignatureVerifyRequest
        {
            UniqueIdentifier = id, CryptographicParameters = Pss, Data = Data, SignatureData = new byte[128],
        }) with { Works = Processes, Needs = CryptographicUsageMask.Verify, NeverFor = [ProbeObject.Aes, ProbeObject.SecretData, ProbeObject.Opaque] },
        Of(V.Kmip12, ProbeObject.Aes, Operation.MAC, id => new MACRequest { UniqueIdentifier = id, CryptographicParameters = Cmac, Data = Data })
            with { Works = Protects, Needs = CryptographicUsageMask.MACGenerate, NeverFor = NotSymmetric },
        Of(V.Kmip12, ProbeObject.Aes, Operation.MACVerify, id => new MACVerifyRequest { UniqueIdentifier = id, CryptographicParameters = Cmac, Data = Data, MACData = Block })
            with { Works = Processes, Needs = CryptographicUsageMask.MACVerify, NeverFor = NotSymmetric },
        Of(V.Kmip12, ProbeObject.None, Operation.Hash, _ => new HashRequest { CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.SHA_256 }, Data = Data }),
        Of(V.Kmip12, ProbeObject.None, Operation.RNGRetrieve, _ => new RNGRetrieveRequest { DataLength = 16 }),
        Of(V.Kmip12, ProbeObject.None, Operation.RNGSeed, _ => new RNGSeedRequest { Data = Data }),
    ];

    private static IEnumerable<ProbedOperation> Conversation() =>
    [
        Of(V.Kmip10, ProbeObject.None, Operation.Query, _ => new QueryRequest { QueryFunctions = [QueryFunction.QueryOperations] }),
        Of(V.Kmip11, ProbeObject.None, Operation.DiscoverVersions, _ => new DiscoverVersionsRequest { ProtocolVersions = [V.Kmip14] }),
        Of(V.Kmip10, ProbeObject.None, Operation.Poll, _ => new PollRequest { AsynchronousCorrelationValue = Block }),
        Of(V.Kmip10, ProbeObject.None, Operation.Cancel, _ => new CancelRequest { AsynchronousCorrelationValue = Block }),
        Of(V.Kmip21, ProbeObject.None, Operation.Process, _ => new ProcessRequest { AsynchronousCorrelationValue = Block }),
        Of(V.Kmip21, ProbeObject.None, Operation.QueryAsynchronousRequests, _ => new QueryAsynchronousRequestsRequest()),
        Of(V.Kmip20, ProbeObject.None, Operation.Login, _ => new LoginRequest { RequestCount = 1 }),
        Of(V.Kmip20, ProbeObject.None, Operation.DelegatedLogin, _ => new DelegatedLoginRequest
        {
            RequestCount = 1, Rights = new Rights { Items = [new Right { Operations = new OperationList { Items = [Operation.Get] } }] },
        }),
        Of(V.Kmip20, ProbeObject.None, Operation.Logout, _ => new LogoutRequest { Ticket = new Ticket { TicketType = TicketType.Login, TicketValue = Block } }),
        Of(V.Kmip21, ProbeObject.None, Operation.Ping, _ => new PingRequest()),
        Of(V.Kmip20, ProbeObject.None, Operation.Log, _ => new LogRequest { LogMessage = "probed" }),
        Of(V.Kmip20, ProbeObject.None, Operation.Interop, _ => new InteropRequest { InteropFunction = InteropFunction.Begin, InteropIdentifier = "probe" }),
        Of(V.Kmip20, ProbeObject.None, Operation.SetEndpointRole, _ => new SetEndpointRoleRequest { EndpointRole = EndpointRole.Client }) with { IsForFaultsAlone = true },
        Of(V.Kmip20, ProbeObject.None, Operation.ReProvision, _ => new ReProvisionRequest { CertificateRequest = Block }),
        Of(V.Kmip20, ProbeObject.None, Operation.PKCS_11, _ => new PKCS11Request { Function = KmipValue.Enumeration(3) }),
    ];

    private static IEnumerable<ProbedOperation> Later() =>
    [
        Of(V.Kmip21, ProbeObject.None, Operation.SetConstraints, _ => new SetConstraintsRequest { Constraints = new ConstraintSet() }),
        Of(V.Kmip21, ProbeObject.None, Operation.GetConstraints, _ => new GetConstraintsRequest()),
        Of(V.Kmip21, ProbeObject.None, Operation.SetDefaults, _ => new SetDefaultsRequest()),
        Of(V.Kmip30, ProbeObject.Aes, Operation.Deactivate, id => new DeactivateRequest { UniqueIdentifier = id }) with { Works = [State.Active] },
        Of(V.Kmip30, ProbeObject.Aes, Operation.Obliterate, id => new ObliterateRequest { UniqueIdentifier = id }),
        Of(V.Kmip30, ProbeObject.None, Operation.CreateUser, _ => new CreateUserRequest { Attributes = new AttributeList(KmipAttribute.Name($"user-{Guid.NewGuid()}")) }),
        Of(V.Kmip30, ProbeObject.None, Operation.CreateGroup, _ => new CreateGroupRequest { Attributes = new AttributeList(KmipAttribute.Name($"group-{Guid.NewGuid()}")) }),
        Of(V.Kmip30, ProbeObject.None, Operation.CreateCredential, _ => new CreateCredentialRequest
        {
            CredentialType = CredentialType.UsernameAndPassword, Object = ProbeObjects.ValueOf(ProbeObject.SecretData),
        }),
    ];
}

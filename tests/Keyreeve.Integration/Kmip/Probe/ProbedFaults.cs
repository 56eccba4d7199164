using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using static Keyreeve.Integration.Kmip.Probe.ProbedOperation;
using V = Keyreeve.Kmip.ProtocolVersion;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>A request that is well formed and asks for what cannot be.</summary>
/// <param name="What">What is wrong with it.</param>
/// <param name="Request">The request.</param>
/// <param name="Before">What is done with the object before; null for nothing.</param>
internal sealed record ProbedFault(string What, ProbedOperation Request, ProbedOperation? Before = null);

/// <summary>Such requests, by what is wrong.</summary>
internal static class ProbedFaults
{
    private static readonly DataReference Data = DataReference.From(new byte[16]);
    private static readonly KmipAttribute State = KmipAttribute.State(Keyreeve.Kmip.State.Active);
    private static readonly KmipAttribute Length = KmipAttribute.CryptographicLength(255);
    private static readonly KmipAttribute Negative = KmipAttribute.CryptographicLength(-8);

    /// <summary>The table.</summary>
    public static IReadOnlyList<ProbedFault> Table { get; } = [.. Attributes(), .. Creations(), .. Retrievals(), .. Cryptography(), .. Archived()];

    private static IEnumerable<ProbedFault> Attributes() =>
    [
        new("of what clients do not set", Of(V.Kmip10, ProbeObject.Aes, Operation.AddAttribute, id => new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = State })),
        new("of what clients do not set", Of(V.Kmip10, ProbeObject.Aes, Operation.ModifyAttribute, id => new ModifyAttributeRequest { UniqueIdentifier = id, NewAttribute = State })),
        new("of what clients do not set", Of(V.Kmip10, ProbeObject.Aes, Operation.DeleteAttribute, id => new DeleteAttributeRequest { UniqueIdentifier = id, AttributeReference = Tag.State })),
        new("of what clients do not set", Of(V.Kmip20, ProbeObject.Aes, Operation.SetAttribute, id => new SetAttributeRequest { UniqueIdentifier = id, NewAttribute = State })),
        new("of what clients do not set", Of(V.Kmip20, ProbeObject.Aes, Operation.AdjustAttribute, id => new AdjustAttributeRequest
        {
            UniqueIdentifier = id, AttributeReference = Tag.CryptographicLength, AdjustmentType = AdjustmentType.Increment, AdjustmentValue = KmipValue.Integer(8),
        })),
        new("of a text", Of(V.Kmip20, ProbeObject.Aes, Operation.AdjustAttribute, id => new AdjustAttributeRequest
        {
            UniqueIdentifier = id, AttributeReference = Tag.ContactInformation, AdjustmentType = AdjustmentType.Increment, AdjustmentValue = KmipValue.Integer(1),
        })),
        new("of what it has not", Of(V.Kmip10, ProbeObject.Aes, Operation.ModifyAttribute, id => new ModifyAttributeRequest
        {
            UniqueIdentifier = id, NewAttribute = KmipAttribute.ContactInformation("nobody"),
        })),
        new("a second time", Of(V.Kmip10, ProbeObject.Aes, Operation.AddAttribute, id => new AddAttributeRequest { UniqueIdentifier = id, NewAttribute = KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign) })),
    ];

    private static IEnumerable<ProbedFault> Creations() =>
    [
        new("with what clients do not set", Create(ObjectType.SymmetricKey, State, KmipAttribute.CryptographicLength(128))),
        new("of a length that there is not", Create(ObjectType.SymmetricKey, Length)),
        new("of a negative length", Create(ObjectType.SymmetricKey, Negative)),
        new("without a length", Create(ObjectType.SymmetricKey)),
        new("of what is not created", Create(ObjectType.Certificate, KmipAttribute.CryptographicLength(128))),
        new("with two of one", Create(ObjectType.SymmetricKey, KmipAttribute.CryptographicLength(128), KmipAttribute.CryptographicLength(256))),
        new("of a length that there is not", Of(V.Kmip10, ProbeObject.None, Operation.CreateKeyPair, _ => new CreateKeyPairRequest
        {
            CommonAttributes = new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA), KmipAttribute.CryptographicLength(77)),
        })),
        new("of a symmetric algorithm", Of(V.Kmip10, ProbeObject.None, Operation.CreateKeyPair, _ => new CreateKeyPairRequest
        {
            CommonAttributes = new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256)),
        })),
        new("with another type than the object's", Of(V.Kmip10, ProbeObject.None, Operation.Register, _ => new RegisterRequest
        {
            ObjectType = ObjectType.SymmetricKey, Object = ProbeObjects.ValueOf(ProbeObject.Aes), Attributes = new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA)),
        })),
        new("of a key that is none", Of(V.Kmip10, ProbeObject.None, Operation.Register, _ => new RegisterRequest
        {
            ObjectType = ObjectType.PrivateKey,
            Object = ManagedObject.FromKey(ObjectType.PrivateKey, new KeyBlock
            {
                KeyFormatType = KeyFormatType.PKCS_8, KeyValue = KeyValue.FromBytes(new byte[40]), CryptographicAlgorithm = CryptographicAlgorithm.RSA, CryptographicLength = 2048,
            }),
            Attributes = AttributeList.Empty,
        })),
        new("in a format that such keys have not", Of(V.Kmip10, ProbeObject.None, Operation.Register, _ => new RegisterRequest
        {
            ObjectType = ObjectType.PrivateKey,
            Object = ManagedObject.FromKey(ObjectType.PrivateKey, new KeyBlock
            {
                KeyFormatType = KeyFormatType.X_509, KeyValue = KeyValue.FromBytes(new byte[40]), CryptographicAlgorithm = CryptographicAlgorithm.RSA, CryptographicLength = 2048,
            }),
            Attributes = AttributeList.Empty,
        })),
        new("in more parts than there are", Of(V.Kmip12, ProbeObject.Aes, Operation.CreateSplitKey, id => new CreateSplitKeyRequest
        {
            ObjectType = ObjectType.SplitKey, UniqueIdentifier = id, SplitKeyParts = 2, SplitKeyThreshold = 3, SplitKeyMethod = SplitKeyMethod.XOR,
        })),
    ];

    private static IEnumerable<ProbedFault> Retrievals() =>
    [
        new("in a format that it has not", Of(V.Kmip10, ProbeObject.Aes, Operation.Get, id => new GetRequest { UniqueIdentifier = id, KeyFormatType = KeyFormatType.PKCS_1 })),
        new("compressed", Of(V.Kmip10, ProbeObject.Aes, Operation.Get, id => new GetRequest { UniqueIdentifier = id, KeyCompressionType = KeyCompressionType.ECPublicKeyTypeX9_62CompressedPrime })),
        new("wrapped under a key that is nowhere", Of(V.Kmip10, ProbeObject.Aes, Operation.Get, id => new GetRequest
        {
            UniqueIdentifier = id,
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.Encrypt, EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = ProbedOperations.Nowhere },
            },
        })),
        new("wrapped in a way that is not offered", Of(V.Kmip10, ProbeObject.Aes, Operation.Get, id => new GetRequest
        {
            UniqueIdentifier = id,
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.TR_31, EncryptionKeyInformation = new WrappingKey { UniqueIdentifier = ProbedOperations.Nowhere },
            },
        })),
    ];

    private static IEnumerable<ProbedFault> Cryptography() =>
    [
        new("in a mode that is none of it", Of(V.Kmip12, ProbeObject.Aes, Operation.Encrypt, id => new EncryptRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CMAC },
        })),
        new("with an IV of another length", Of(V.Kmip12, ProbeObject.Aes, Operation.Encrypt, id => new EncryptRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CBC }, IVCounterNonce = new byte[3],
        })),
        new("of half a block", Of(V.Kmip12, ProbeObject.Aes, Operation.Encrypt, id => new EncryptRequest
        {
            UniqueIdentifier = id, Data = DataReference.From(new byte[7]), CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CBC },
        })),
        new("without an IV", Of(V.Kmip12, ProbeObject.Aes, Operation.Decrypt, id => new DecryptRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.CBC },
        })),
        new("with a wrong tag", Of(V.Kmip14, ProbeObject.Aes, Operation.Decrypt, id => new DecryptRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { BlockCipherMode = BlockCipherMode.GCM }, IVCounterNonce = new byte[12], AuthenticatedEncryptionTag = new byte[16],
        })),
        new("of a part of nothing", Of(V.Kmip13, ProbeObject.Aes, Operation.Encrypt, id => new EncryptRequest { UniqueIdentifier = id, Data = Data, CorrelationValue = new byte[8] })),
        new("with another algorithm", Of(V.Kmip12, ProbeObject.RsaPrivate, Operation.Sign, id => new SignRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { DigitalSignatureAlgorithm = DigitalSignatureAlgorithm.ECDSAWithSHA256 },
        })),
        new("with another algorithm", Of(V.Kmip12, ProbeObject.Aes, Operation.MAC, id => new MACRequest
        {
            UniqueIdentifier = id, Data = Data, CryptographicParameters = new CryptographicParameters { CryptographicAlgorithm = CryptographicAlgorithm.Poly1305 },
        })),
        new("by what is not offered", Of(V.Kmip12, ProbeObject.None, Operation.Hash, _ => new HashRequest
        {
            Data = Data, CryptographicParameters = new CryptographicParameters { HashingAlgorithm = HashingAlgorithm.Tiger },
        })),
        new("by nothing", Of(V.Kmip12, ProbeObject.None, Operation.Hash, _ => new HashRequest { Data = Data })),
        new("of a negative length", Of(V.Kmip12, ProbeObject.None, Operation.RNGRetrieve, _ => new RNGRetrieveRequest { DataLength = -1 })),
        new("of more than there is", Of(V.Kmip12, ProbeObject.None, Operation.RNGRetrieve, _ => new RNGRetrieveRequest { DataLength = int.MaxValue })),
    ];

    // spec: KMIP 1.4 §11 "Object is archived"; in 2.x Object Archived has this one meaning.
    private static IEnumerable<ProbedFault> Archived()
    {
        var archive = Of(V.Kmip10, ProbeObject.Aes, Operation.Archive, id => new ArchiveRequest { UniqueIdentifier = id });
        return ProbedOperations.Table
            .Where(o => o.About == ProbeObject.Aes && o.Operation is not (Operation.Recover or Operation.DeriveKey or Operation.CreateSplitKey or Operation.GetAttributes or Operation.GetAttributeList or Operation.Export))
            .Select(o => new ProbedFault("of an object that is archived", o, archive));
    }

    private static ProbedOperation Create(ObjectType type, params KmipAttribute[] attributes) => Of(V.Kmip10, ProbeObject.None, Operation.Create, _ => new CreateRequest
    {
        ObjectType = type,
        Attributes = new AttributeList([KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt), .. attributes]),
    });
}

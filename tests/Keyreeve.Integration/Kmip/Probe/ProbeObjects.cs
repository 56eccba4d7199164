using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>An object that a probe is about.</summary>
internal enum ProbeObject
{
    /// <summary>None: the operation is about no object.</summary>
    None = 0,
    Aes,
    Hmac,
    RsaPrivate,
    RsaPublic,
    Certificate,
    SecretData,
    Opaque,
    SplitKey,
}

/// <summary>Objects as a batch makes them, so that the probe behind it is about one of its own: the ID Placeholder.</summary>
internal static class ProbeObjects
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);
    private static readonly RSA Pair = RSA.Create(1024);
    private static readonly byte[] Certificate = MakeCertificate();

    /// <summary>What keys of all kinds may be used for.</summary>
    public static CryptographicUsageMask AllUses { get; } =
        CryptographicUsageMask.Sign | CryptographicUsageMask.Verify | CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt | CryptographicUsageMask.WrapKey
        | CryptographicUsageMask.UnwrapKey | CryptographicUsageMask.Export | CryptographicUsageMask.MACGenerate | CryptographicUsageMask.MACVerify | CryptographicUsageMask.DeriveKey;

    /// <summary>Registers an object with a usage mask.</summary>
    public static (Operation Operation, byte[] Payload) Register(ProbeObject kind, ProtocolVersion version, CryptographicUsageMask mask)
    {
        var value = ValueOf(kind);
        var attributes = kind == ProbeObject.Opaque ? AttributeList.Empty : new AttributeList(KmipAttribute.CryptographicUsageMask(mask));
        return (Operation.Register, Encode(new RegisterRequest { ObjectType = value.ObjectType, Attributes = attributes, Object = value }, version));
    }

    /// <summary>What leads an object that was just registered into a state.</summary>
    public static IEnumerable<(Operation Operation, byte[] Payload)> Lead(State state, ProtocolVersion version)
    {
        var activate = (Operation.Activate, Encode(default(ActivateRequest), version));
        return state switch
        {
            State.PreActive => [],
            State.Active => [activate],
            State.Deactivated => [activate, Revoke(RevocationReasonCode.CessationOfOperation, version)],
            State.Compromised => [activate, Revoke(RevocationReasonCode.KeyCompromise, version)],
            State.Destroyed => [(Operation.Destroy, Encode(default(DestroyRequest), version))],
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        };
    }

    /// <summary>A payload, encoded.</summary>
    public static byte[] Encode<TPayload>(TPayload payload, ProtocolVersion version)
        where TPayload : IWireStructure<TPayload>, new() => RawKmipClient.Payload(payload, version);

    /// <summary>The object itself.</summary>
    public static ManagedObject ValueOf(ProbeObject kind) => kind switch
    {
        ProbeObject.Aes => KmipObjects.Aes(Key),
        ProbeObject.Hmac => KmipObjects.Hmac(Key),
        ProbeObject.RsaPrivate => ManagedObject.FromKey(ObjectType.PrivateKey, Block(KeyFormatType.PKCS_8, Pair.ExportPkcs8PrivateKey(), CryptographicAlgorithm.RSA, 1024)),
        ProbeObject.RsaPublic => ManagedObject.FromKey(ObjectType.PublicKey, Block(KeyFormatType.X_509, Pair.ExportSubjectPublicKeyInfo(), CryptographicAlgorithm.RSA, 1024)),
        ProbeObject.Certificate => ManagedObject.FromCertificate(CertificateType.X_509, Certificate),
        ProbeObject.SecretData => KmipObjects.Password("open sesame"u8.ToArray()),
        ProbeObject.Opaque => ManagedObject.FromOpaque((OpaqueDataType)0x80000000, new byte[] { 0, 1, 255 }),
        ProbeObject.SplitKey => ManagedObject.FromSplitKey(
            new SplitKeyPart { SplitKeyParts = 2, KeyPartIdentifier = 1, SplitKeyThreshold = 2, SplitKeyMethod = SplitKeyMethod.XOR },
            Block(KeyFormatType.Raw, Key, CryptographicAlgorithm.AES, 256)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static (Operation Operation, byte[] Payload) Revoke(RevocationReasonCode reason, ProtocolVersion version) =>
        (Operation.Revoke, Encode(new RevokeRequest { RevocationReason = new RevocationReason { RevocationReasonCode = reason } }, version));

    private static KeyBlock Block(KeyFormatType format, byte[] bytes, CryptographicAlgorithm algorithm, int lengthInBits) => new()
    {
        KeyFormatType = format, KeyValue = KeyValue.FromBytes(bytes), CryptographicAlgorithm = algorithm, CryptographicLength = lengthInBits,
    };

    private static byte[] MakeCertificate()
    {
        var request = new CertificateRequest("CN=probed", Pair, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(120));
        return certificate.RawData;
    }
}

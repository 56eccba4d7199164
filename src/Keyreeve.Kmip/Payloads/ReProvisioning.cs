using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Re-Provision replaces the client's own credential. From KMIP 2.0. KMIP 2.1 §6.1.48. Holds views of the message.</summary>
public sealed class ReProvisionRequest : IRequestPayload<ReProvisionRequest, ReProvisionResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ReProvision;

    /// <summary>A request to be signed.</summary>
    public ReadOnlyMemory<byte>? CertificateRequest { get; init; }

    /// <summary>A certificate to take over.</summary>
    public KmipValue? Certificate { get; init; }

    /// <inheritdoc/>
    public static ReProvisionRequest Exchange<TCodec>(ref TCodec codec, in ReProvisionRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CertificateRequest = codec.OptionalBytes(Tag.CertificateRequest, value.CertificateRequest),
            Certificate = codec.OptionalValue(Tag.Certificate, value.Certificate),
        };
}

/// <summary>The new credential.</summary>
public sealed record ReProvisionResponse : IWireStructure<ReProvisionResponse>
{
    /// <summary>The certificate, or the private key that the server made.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static ReProvisionResponse Exchange<TCodec>(ref TCodec codec, in ReProvisionResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

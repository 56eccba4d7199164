using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Query asks what the server can do. KMIP 2.1 §6.1.40, 1.x §4.25.</summary>
public sealed record QueryRequest : IRequestPayload<QueryRequest, QueryResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Query;

    /// <summary>What is asked.</summary>
    public ImmutableArray<QueryFunction> QueryFunctions { get; init; } = [];

    /// <summary>The object groups the question is about: a structure of Object Group. From KMIP 2.1.</summary>
    public KmipValue? ObjectGroups { get; init; }

    /// <inheritdoc/>
    public static QueryRequest Exchange<TCodec>(ref TCodec codec, in QueryRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            QueryFunctions = codec.Enumerations(Tag.QueryFunction, value.QueryFunctions),
            ObjectGroups = codec.OptionalValue(Tag.ObjectGroups, value.ObjectGroups),
        };
}

/// <summary>What the server can do. What a version does not have is left out when it is written.</summary>
public sealed record QueryResponse : IWireStructure<QueryResponse>
{
    /// <summary>Operations it supports.</summary>
    public ImmutableArray<Operation> Operations { get; init; } = [];

    /// <summary>Types of objects it supports.</summary>
    public ImmutableArray<ObjectType> ObjectTypes { get; init; } = [];

    /// <summary>Who made it.</summary>
    public string? VendorIdentification { get; init; }

    /// <summary>A structure: fields of the vendor's, and from KMIP 2.0 on Server Name, Server Version and the like.</summary>
    public KmipValue? ServerInformation { get; init; }

    /// <summary>Namespaces for which it makes Application Data.</summary>
    public ImmutableArray<string> ApplicationNamespaces { get; init; } = [];

    /// <summary>Extension tags it knows. From KMIP 1.1.</summary>
    public ImmutableArray<ExtensionInformation> ExtensionInformation { get; init; } = [];

    /// <summary>Kinds of attestation it takes. From KMIP 1.2.</summary>
    public ImmutableArray<AttestationType> AttestationTypes { get; init; } = [];

    /// <summary>Its random number generators. From KMIP 1.3.</summary>
    public ImmutableArray<RNGParameters> RNGParameters { get; init; } = [];

    /// <summary>Profiles it conforms to. From KMIP 1.3.</summary>
    public ImmutableArray<ProfileInformation> ProfileInformation { get; init; } = [];

    /// <summary>Its validations. From KMIP 1.3.</summary>
    public ImmutableArray<ValidationInformation> ValidationInformation { get; init; } = [];

    /// <summary>Its capabilities. From KMIP 1.3.</summary>
    public ImmutableArray<CapabilityInformation> CapabilityInformation { get; init; } = [];

    /// <summary>How clients register. From KMIP 1.3.</summary>
    public ImmutableArray<ClientRegistrationMethod> ClientRegistrationMethods { get; init; } = [];

    /// <summary>What it assumes of objects when the client says nothing. From KMIP 2.0.</summary>
    public DefaultsInformation? DefaultsInformation { get; init; }

    /// <summary>How it can protect what it stores. From KMIP 2.0.</summary>
    public ProtectionStorageMasks? ProtectionStorageMasks { get; init; }

    /// <summary>Credentials it takes: structures. From KMIP 3.0.</summary>
    public ImmutableArray<KmipValue> CredentialInformation { get; init; } = [];

    /// <inheritdoc/>
    public static QueryResponse Exchange<TCodec>(ref TCodec codec, in QueryResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Operations = codec.Enumerations(Tag.Operation, value.Operations),
            ObjectTypes = codec.Enumerations(Tag.ObjectType, value.ObjectTypes),
            VendorIdentification = codec.OptionalText(Tag.VendorIdentification, value.VendorIdentification),
            ServerInformation = codec.OptionalValue(Tag.ServerInformation, value.ServerInformation),
            ApplicationNamespaces = codec.Texts(Tag.ApplicationNamespace, value.ApplicationNamespaces),
            ExtensionInformation = codec.Structures(Tag.ExtensionInformation, value.ExtensionInformation),
            AttestationTypes = codec.Enumerations(Tag.AttestationType, value.AttestationTypes),
            RNGParameters = codec.Structures(Tag.RNGParameters, value.RNGParameters),
            ProfileInformation = codec.Structures(Tag.ProfileInformation, value.ProfileInformation),
            ValidationInformation = codec.Structures(Tag.ValidationInformation, value.ValidationInformation),
            CapabilityInformation = codec.Structures(Tag.CapabilityInformation, value.CapabilityInformation),
            ClientRegistrationMethods = codec.Enumerations(Tag.ClientRegistrationMethod, value.ClientRegistrationMethods),
            DefaultsInformation = codec.OptionalObject(Tag.DefaultsInformation, value.DefaultsInformation),
            ProtectionStorageMasks = codec.OptionalObject(Tag.ProtectionStorageMasks, value.ProtectionStorageMasks),
            CredentialInformation = codec.Values(Tag.CredentialInformation, value.CredentialInformation),
        };
}

/// <summary>Discover Versions: which versions of the protocol both sides speak. From KMIP 1.1.</summary>
public sealed record DiscoverVersionsRequest : IRequestPayload<DiscoverVersionsRequest, DiscoverVersionsResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.DiscoverVersions;

    /// <summary>The client's versions, preferred first; none asks for all of the server's.</summary>
    public ImmutableArray<ProtocolVersion> ProtocolVersions { get; init; } = [];

    /// <inheritdoc/>
    public static DiscoverVersionsRequest Exchange<TCodec>(ref TCodec codec, in DiscoverVersionsRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProtocolVersions = codec.Structures(Tag.ProtocolVersion, value.ProtocolVersions),
        };
}

/// <summary>The versions both sides speak.</summary>
public sealed record DiscoverVersionsResponse : IWireStructure<DiscoverVersionsResponse>
{
    /// <summary>The versions, preferred first.</summary>
    public ImmutableArray<ProtocolVersion> ProtocolVersions { get; init; } = [];

    /// <inheritdoc/>
    public static DiscoverVersionsResponse Exchange<TCodec>(ref TCodec codec, in DiscoverVersionsResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            ProtocolVersions = codec.Structures(Tag.ProtocolVersion, value.ProtocolVersions),
        };
}

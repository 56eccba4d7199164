using System.Collections.Immutable;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Kmip.Client;

// The operations used most, in fewer words. What returns key material returns the message it stands in, to be disposed of; the
// others return copies.
public static partial class KmipClientOperations
{
    /// <summary>Asks what the server can do.</summary>
    public static async Task<QueryResponse> QueryAsync(
        this KmipClient client, ImmutableArray<QueryFunction> functions, CancellationToken cancellationToken = default)
    {
        var answer = await client.ExchangeAsync(Operation.Query, new QueryRequest { QueryFunctions = functions }, null, cancellationToken);
        return answer.ReadCopy<QueryResponse>(Operation.Query);
    }

    /// <summary>Asks for the versions that both sides speak.</summary>
    public static async Task<ImmutableArray<ProtocolVersion>> DiscoverVersionsAsync(
        this KmipClient client, ImmutableArray<ProtocolVersion> versions, CancellationToken cancellationToken = default)
    {
        using var response = await client.SendAsync(new DiscoverVersionsRequest { ProtocolVersions = versions }, cancellationToken);
        return response.Payload.ProtocolVersions;
    }

    /// <summary>Creates an object.</summary>
    /// <returns>Its identifier.</returns>
    public static async Task<UniqueIdentifier> CreateAsync(
        this KmipClient client, ObjectType objectType, AttributeList attributes, CancellationToken cancellationToken = default)
    {
        using var response = await client.SendAsync(new CreateRequest { ObjectType = objectType, Attributes = attributes }, cancellationToken);
        return response.Payload.UniqueIdentifier.Detach();
    }

    /// <summary>Creates a key pair.</summary>
    /// <param name="client">The client.</param>
    /// <param name="common">The attributes of both keys.</param>
    /// <param name="privateKey">Those of the private key.</param>
    /// <param name="publicKey">Those of the public key.</param>
    /// <param name="cancellationToken">Ends the waiting; the server may have done it all the same.</param>
    /// <returns>The identifiers of its keys.</returns>
    public static async Task<(UniqueIdentifier PrivateKey, UniqueIdentifier PublicKey)> CreateKeyPairAsync(
        this KmipClient client, AttributeList common, AttributeList privateKey, AttributeList publicKey, CancellationToken cancellationToken = default)
    {
        var request = new CreateKeyPairRequest { CommonAttributes = common, PrivateKeyAttributes = privateKey, PublicKeyAttributes = publicKey };
        using var response = await client.SendAsync(request, cancellationToken);
        return (response.Payload.PrivateKeyUniqueIdentifier.Detach(), response.Payload.PublicKeyUniqueIdentifier.Detach());
    }

    /// <summary>Gives the server an object.</summary>
    /// <returns>Its identifier.</returns>
    public static async Task<UniqueIdentifier> RegisterAsync(
        this KmipClient client, ManagedObject managedObject, AttributeList attributes, CancellationToken cancellationToken = default)
    {
        var request = new RegisterRequest { ObjectType = managedObject.ObjectType, Attributes = attributes, Object = managedObject };
        using var response = await client.SendAsync(request, cancellationToken);
        return response.Payload.UniqueIdentifier.Detach();
    }

    /// <summary>Fetches an object.</summary>
    /// <returns>The message with the object; dispose of it.</returns>
    public static Task<KmipResponse<GetResponse>> GetAsync(
        this KmipClient client, UniqueIdentifier identifier, KeyFormatType? keyFormatType = null, CancellationToken cancellationToken = default) =>
        client.SendAsync(new GetRequest { UniqueIdentifier = identifier, KeyFormatType = keyFormatType }, cancellationToken);

    /// <summary>Fetches attributes: those named, or all.</summary>
    public static async Task<AttributeList> GetAttributesAsync(
        this KmipClient client, UniqueIdentifier identifier, ImmutableArray<AttributeReference> references = default, CancellationToken cancellationToken = default)
    {
        using var response = await client.SendAsync(
            new GetAttributesRequest { UniqueIdentifier = identifier, AttributeReferences = references.IsDefault ? [] : references }, cancellationToken);
        return response.Payload.Attributes is { } attributes
            ? new AttributeList([.. attributes.Attributes.Select(a => a with { Value = a.Value.Detach() })])
            : AttributeList.Empty;
    }

    /// <summary>Asks which attributes an object has.</summary>
    public static async Task<ImmutableArray<AttributeReference>> GetAttributeListAsync(
        this KmipClient client, UniqueIdentifier identifier, CancellationToken cancellationToken = default)
    {
        using var response = await client.SendAsync(new GetAttributeListRequest { UniqueIdentifier = identifier }, cancellationToken);
        return response.Payload.AttributeReferences;
    }

    /// <summary>Adds an instance of an attribute.</summary>
    public static Task AddAttributeAsync(
        this KmipClient client, UniqueIdentifier identifier, KmipAttribute attribute, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(new AddAttributeRequest { UniqueIdentifier = identifier, NewAttribute = attribute }, cancellationToken));

    /// <summary>Replaces an instance of an attribute: in KMIP 2.x the one that has the current value, in KMIP 1.x the one of the
    /// new one's index.</summary>
    public static Task ModifyAttributeAsync(
        this KmipClient client, UniqueIdentifier identifier, KmipAttribute attribute, KmipAttribute? current = null, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(
            new ModifyAttributeRequest { UniqueIdentifier = identifier, NewAttribute = attribute, CurrentAttribute = current }, cancellationToken));

    /// <summary>Sets an attribute that has one instance. From KMIP 2.0.</summary>
    public static Task SetAttributeAsync(
        this KmipClient client, UniqueIdentifier identifier, KmipAttribute attribute, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(new SetAttributeRequest { UniqueIdentifier = identifier, NewAttribute = attribute }, cancellationToken));

    /// <summary>Deletes an attribute: in KMIP 2.x all its instances, in KMIP 1.x the one of that index.</summary>
    public static Task DeleteAttributeAsync(
        this KmipClient client, UniqueIdentifier identifier, AttributeReference reference, int? index = null, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(
            new DeleteAttributeRequest { UniqueIdentifier = identifier, AttributeReference = reference, AttributeIndex = index }, cancellationToken));

    /// <summary>Searches objects by their attributes.</summary>
    public static async Task<ImmutableArray<UniqueIdentifier>> LocateAsync(
        this KmipClient client, AttributeList attributes, int? maximumItems = null, CancellationToken cancellationToken = default)
    {
        using var response = await client.SendAsync(new LocateRequest { Attributes = attributes, MaximumItems = maximumItems }, cancellationToken);
        return [.. response.Payload.UniqueIdentifiers.Select(i => i.Detach())];
    }

    /// <summary>Activates an object.</summary>
    public static Task ActivateAsync(this KmipClient client, UniqueIdentifier identifier, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(new ActivateRequest { UniqueIdentifier = identifier }, cancellationToken));

    /// <summary>Revokes an object.</summary>
    public static Task RevokeAsync(
        this KmipClient client, UniqueIdentifier identifier, RevocationReason reason, DateTimeOffset? compromisedSince = null, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(
            new RevokeRequest { UniqueIdentifier = identifier, RevocationReason = reason, CompromiseOccurrenceDate = compromisedSince }, cancellationToken));

    /// <summary>Destroys an object.</summary>
    public static Task DestroyAsync(this KmipClient client, UniqueIdentifier identifier, CancellationToken cancellationToken = default) =>
        PerformAsync(client.SendAsync(new DestroyRequest { UniqueIdentifier = identifier }, cancellationToken));

    private static async Task PerformAsync<TResponse>(Task<KmipResponse<TResponse>> operation)
    {
        using var response = await operation;
    }
}

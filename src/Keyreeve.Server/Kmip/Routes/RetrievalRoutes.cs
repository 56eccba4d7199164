using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that find objects and give them out.</summary>
internal static class RetrievalRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.LocateRequest, LocateRequest, LocateResponse, Wire.LocateResponse>(
            Operation.Locate, ProtocolVersion.Kmip10, new LocateOperation(), Locate, Located),
        new KmipRoute<Wire.GetRequest, GetRequest, GetResponse, Wire.GetResponse>(
            Operation.Get, ProtocolVersion.Kmip10, new GetOperation(), Get, Got),
    ];

    private static LocateRequest Locate(Wire.LocateRequest payload, KmipCall call) => new()
    {
        Attributes = [.. Conditions(payload.Attributes), .. Conditions(payload.MisplacedAttributes)],
        StorageStatusMask = (Own.StorageStatusMask)payload.StorageStatusMask.GetValueOrDefault(),
        ObjectGroupMember = payload.ObjectGroupMember is { } member
            ? (Core.Operations.Standard.ObjectGroupMember)KnownValues.Require(Tag.ObjectGroupMember, member)
            : default,
        MaximumItems = payload.MaximumItems,
        OffsetItems = payload.OffsetItems.GetValueOrDefault(),
        // Only asked of those that the client does not see all of.
        CountAll = payload.OffsetItems is not null && call.Version.Has(VersionTrait.CountsLocatedItems),
    };

    private static IEnumerable<KeyValuePair<Own.AttributeKey, Own.AttributeValue>> Conditions(Keyreeve.Kmip.Attributes.AttributeList? attributes) =>
        (attributes?.Attributes ?? []).Where(a => !a.Reference.IsNone).Select(Condition);

    private static KeyValuePair<Own.AttributeKey, Own.AttributeValue> Condition(Keyreeve.Kmip.Attributes.KmipAttribute attribute)
    {
        var wanted = AttributeTranslator.ToCore(attribute);
        return new(wanted.Key, AttributeForms.PlainName(attribute) is { } name ? Own.AttributeValue.Of(name) : wanted.Value);
    }

    private static Wire.LocateResponse Located(LocateResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.Locate, response.Ids);
        return new()
        {
            LocatedItems = response.LocatedItems is { } total ? (int)Math.Min(total, int.MaxValue) : null,
            UniqueIdentifiers = [.. response.Ids.Select(Identifiers.ToWire)],
        };
    }

    private static GetRequest Get(Wire.GetRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        KeyFormatType = (Own.KeyFormatType)payload.KeyFormatType.GetValueOrDefault(),
        KeyWrapType = (Own.KeyWrapType)payload.KeyWrapType.GetValueOrDefault(),
        KeyCompressionType = (uint)payload.KeyCompressionType.GetValueOrDefault(),
        KeyWrappingSpecification = payload.KeyWrappingSpecification is { } specification ? call.KeyBlocks.ToCore(specification) : null,
        KeyValueEncoding = call.KeyBlocks,
    };

    private static Wire.GetResponse Got(GetResponse response, KmipCall call)
    {
        using (response)
        {
            return new()
            {
                ObjectType = (ObjectType)response.Value.ObjectType,
                UniqueIdentifier = Identifiers.ToWire(response.Id),
                Object = Objects.ToWire(response.Value, call.KeyBlocks),
            };
        }
    }
}

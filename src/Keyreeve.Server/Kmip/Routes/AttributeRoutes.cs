using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations on the attributes of objects.</summary>
internal static class AttributeRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.GetAttributesRequest, GetAttributesRequest, GetAttributesResponse, Wire.GetAttributesResponse>(
            Operation.GetAttributes, ProtocolVersion.Kmip10, new GetAttributesOperation(), GetAttributes, GotAttributes),
        new KmipRoute<Wire.GetAttributeListRequest, GetAttributeListRequest, GetAttributeListResponse, Wire.GetAttributeListResponse>(
            Operation.GetAttributeList, ProtocolVersion.Kmip10, new GetAttributeListOperation(), GetAttributeList, GotAttributeList),
        new KmipRoute<Wire.AddAttributeRequest, AddAttributeRequest, AddAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.AddAttribute, ProtocolVersion.Kmip10, new AddAttributeOperation(), Add, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.ModifyAttributeRequest, ModifyAttributeRequest, ModifyAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.ModifyAttribute, ProtocolVersion.Kmip10, new ModifyAttributeOperation(), Modify, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.DeleteAttributeRequest, DeleteAttributeRequest, DeleteAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.DeleteAttribute, ProtocolVersion.Kmip10, new DeleteAttributeOperation(), Delete, (r, call) => Changed(r.Id, r.Instance, call)),
        new KmipRoute<Wire.SetAttributeRequest, SetAttributeRequest, SetAttributeResponse, Wire.AttributeChangeResponse>(
            Operation.SetAttribute, ProtocolVersion.Kmip20, new SetAttributeOperation(), Set, (r, _) => new() { UniqueIdentifier = Identifiers.ToWire(r.Id) }),
    ];

    private static GetAttributesRequest GetAttributes(Wire.GetAttributesRequest payload, KmipCall call)
    {
        var names = payload.AttributeReferences.Select(AttributeTranslator.ToKey).ToImmutableArray();
        // spec: KMIP 1.4 §4.12 "…it is an error to specify the same attribute more than once"
        if (names.Distinct().Count() != names.Length) throw new KeyreeveException(KeyreeveError.InvalidMessage, "An attribute is named more than once.");
        return new() { Id = Identifiers.Resolve(payload.UniqueIdentifier, call), Names = names.IsEmpty ? null : names };
    }

    private static Wire.GetAttributesResponse GotAttributes(GetAttributesResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        Attributes = AttributeTranslator.ToWire(response.Attributes.Instances, call.Version),
    };

    private static GetAttributeListRequest GetAttributeList(Wire.GetAttributeListRequest payload, KmipCall call) =>
        new(Identifiers.Resolve(payload.UniqueIdentifier, call));

    private static Wire.GetAttributeListResponse GotAttributeList(GetAttributeListResponse response, KmipCall call) => new()
    {
        UniqueIdentifier = Identifiers.ToWire(response.Id),
        AttributeReferences =
        [
            .. response.Names.Select(AttributeTranslator.ToReference).OfType<AttributeReference>().Where(r => AttributeTable.IsDefined(r, call.Version)),
        ],
    };

    private static AddAttributeRequest Add(Wire.AddAttributeRequest payload, KmipCall call) =>
        new(Identifiers.Resolve(payload.UniqueIdentifier, call), AttributeTranslator.ToKey(payload.NewAttribute.Reference), AttributeTranslator.ToCore(payload.NewAttribute.Value));

    private static ModifyAttributeRequest Modify(Wire.ModifyAttributeRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        Key = AttributeTranslator.ToKey(payload.NewAttribute.Reference),
        Value = AttributeTranslator.ToCore(payload.NewAttribute.Value),
        Index = call.Version.Major < 2 ? payload.NewAttribute.Index ?? 0 : null,
        CurrentValue = payload.CurrentAttribute is { } current ? AttributeTranslator.ToCore(current.Value) : null,
    };

    private static DeleteAttributeRequest Delete(Wire.DeleteAttributeRequest payload, KmipCall call)
    {
        var reference = payload.CurrentAttribute?.Reference ?? payload.AttributeReference
            ?? throw new KeyreeveException(KeyreeveError.MissingField, "Name the attribute to delete by Current Attribute or Attribute Reference.");
        return new()
        {
            Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
            Key = AttributeTranslator.ToKey(reference),
            Index = call.Version.Major < 2 ? payload.AttributeIndex ?? 0 : null,
            CurrentValue = payload.CurrentAttribute is { } current ? AttributeTranslator.ToCore(current.Value) : null,
        };
    }

    private static SetAttributeRequest Set(Wire.SetAttributeRequest payload, KmipCall call) =>
        new(Identifiers.Resolve(payload.UniqueIdentifier, call), AttributeTranslator.ToKey(payload.NewAttribute.Reference), AttributeTranslator.ToCore(payload.NewAttribute.Value));

    private static Wire.AttributeChangeResponse Changed(Own.UniqueIdentifier id, Own.AttributeInstance instance, KmipCall call)
    {
        var attributes = AttributeTranslator.ToWire([instance], call.Version);
        return new() { UniqueIdentifier = Identifiers.ToWire(id), Attribute = attributes.Count == 0 ? null : attributes[0] };
    }
}

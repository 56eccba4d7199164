using Keyreeve.Core;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Translation;
using Own = Keyreeve.Core.Objects;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that move objects between servers.</summary>
internal static class TransferRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.ExportRequest, GetRequest, ExportResponse, Wire.ExportResponse>(
            Operation.Export, ProtocolVersion.Kmip14, new ExportOperation(), Export, Exported),
        new KmipRoute<Wire.ImportRequest, ImportRequest, ImportResponse, Wire.IdentifierResponse>(
            Operation.Import, ProtocolVersion.Kmip14, new ImportOperation(), Import, Imported),
    ];

    private static GetRequest Export(Wire.ExportRequest payload, KmipCall call) => new()
    {
        Id = Identifiers.Resolve(payload.UniqueIdentifier, call),
        KeyFormatType = (Own.KeyFormatType)payload.KeyFormatType.GetValueOrDefault(),
        KeyWrapType = (Own.KeyWrapType)payload.KeyWrapType.GetValueOrDefault(),
        KeyCompressionType = (uint)payload.KeyCompressionType.GetValueOrDefault(),
        KeyWrappingSpecification = payload.KeyWrappingSpecification is { } specification ? call.KeyBlocks.ToCore(specification) : null,
        KeyValueEncoding = call.KeyBlocks,
    };

    private static Wire.ExportResponse Exported(ExportResponse response, KmipCall call)
    {
        using (response)
        {
            return new()
            {
                ObjectType = (ObjectType)response.ObjectType,
                UniqueIdentifier = Identifiers.ToWire(response.Id),
                Attributes = AttributeTranslator.ToWire(AttributeOrder.OfExported(response.Attributes), call.Version),
                Object = response.Value is { } value ? Objects.ToWire(value, call.KeyBlocks) : null,
            };
        }
    }

    private static ImportRequest Import(Wire.ImportRequest payload, KmipCall call)
    {
        // spec: KMIP 2.1 §6.1.25 Attributes: required
        var attributes = payload.Attributes ?? throw new KeyreeveException(KeyreeveError.MissingField, "The attributes of the object are missing.");
        var value = Objects.ToCore(payload.Object, call.KeyBlocks);
        if (value is not null) call.Message.Owns(value);
        return new()
        {
            // An identity that is none of ours is answered with the one that the object is given.
            Id = Own.UniqueIdentifier.TryParse(payload.UniqueIdentifier.ToString(), out var id) ? id : null,
            ObjectType = (Own.ObjectType)(payload.ObjectType ?? payload.Object.ObjectType),
            ReplaceExisting = payload.ReplaceExisting.GetValueOrDefault(),
            KeyWrapType = (Own.KeyWrapType)payload.KeyWrapType.GetValueOrDefault(),
            Attributes = AttributeTranslator.ToSet(attributes),
            Value = value,
            KeyValueEncoding = call.KeyBlocks,
        };
    }

    private static Wire.IdentifierResponse Imported(ImportResponse response, KmipCall call)
    {
        call.Results.Made(UniqueIdentifierEnumeration.Import, response.Id);
        return new() { UniqueIdentifier = Identifiers.ToWire(response.Id) };
    }
}

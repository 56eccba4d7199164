using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip;

/// <summary>Attributes that the version of a request has no longer, such as Operation Policy Name in KMIP 2.x: they are stated by
/// nobody. Which version has which stands in <see cref="AttributeTable"/>.</summary>
internal static class WithdrawnAttributes
{
    /// <summary>Refuses a payload that states one.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttribute"/>: it does.</exception>
    /// <exception cref="TtlvException">It is no payload.</exception>
    public static void Refuse(EncodedPayload payload, ProtocolVersion version)
    {
        // In KMIP 1.x attributes go by name, and none was withdrawn.
        if (version.Major < 2) return;
        var fields = new TtlvReader(payload.Content.Span, payload.Offset);
        while (!fields.IsEmpty)
        {
            if (!HoldsAttributes(fields.PeekTag()) || fields.PeekType() != TtlvType.Structure)
            {
                fields.Skip();
                continue;
            }

            var attributes = fields.ReadStructure(fields.PeekTag());
            for (; !attributes.IsEmpty; attributes.Skip())
            {
                if (AttributeTable.Find(attributes.PeekTag()) is { Last: { } last } row && version > last)
                    throw new KeyreeveException(KeyreeveError.InvalidAttribute, $"KMIP {version} has no attribute {row.Name}: {last} was the last version that had it.");
            }
        }
    }

    private static bool HoldsAttributes(Tag tag) => tag
        is Tag.Attributes or Tag.CommonAttributes or Tag.PrivateKeyAttributes or Tag.PublicKeyAttributes or Tag.NewAttribute or Tag.CurrentAttribute;
}

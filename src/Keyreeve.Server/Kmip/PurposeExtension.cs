using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// Why a batch item asks: a Message Extension of the vendor <c>Keyreeve</c>, whose structure holds an Attribute Name <c>purpose</c> and
/// the code as its Attribute Value. Only tags of the standard, so that every KMIP library and encoding can write it.
/// </summary>
// spec: KMIP 2.1 §9.13 "Message Extension … Vendor Identification … Criticality Indicator … Vendor Extension"
internal static class PurposeExtension
{
    public const string Vendor = "Keyreeve";
    public const string Name = "purpose";

    /// <summary>Whether the extension is this one, so that it may be critical.</summary>
    public static bool Is(in MessageExtension extension) => string.Equals(extension.VendorIdentification, Vendor, StringComparison.Ordinal);

    /// <summary>The call with the purpose that the item states, if it states one.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: what it states is no purpose.</exception>
    public static KmipCall Apply(RequestBatchItem item, KmipCall call)
    {
        if (item.MessageExtensions.IsDefaultOrEmpty) return call;
        string? purpose = null;
        foreach (var extension in item.MessageExtensions)
        {
            if (!Is(extension)) continue;
            if (purpose is not null) throw Refused();
            purpose = Read(extension.VendorExtension);
        }

        return purpose is null ? call : call with { Call = call.Call with { Purpose = purpose } };
    }

    private static string Read(KmipValue structure)
    {
        if (structure.Type != TtlvType.Structure) throw Refused();
        var name = structure[Tag.AttributeName];
        var value = structure[Tag.AttributeValue];
        var isPurpose = name is { Type: TtlvType.TextString } stated && string.Equals(stated.AsText(), Name, StringComparison.Ordinal);
        return isPurpose && value is { Type: TtlvType.TextString } code && PurposeRules.IsWellFormed(code.AsText()) ? code.AsText() : throw Refused();
    }

    private static KeyreeveException Refused() => new(
        KeyreeveError.InvalidField, $"The extension of {Vendor} holds one Attribute Name '{Name}' and one Attribute Value: a code of 1 to {PurposeRules.LongestCode} letters, digits, '.', '_', ':', '/' and '-'.");
}

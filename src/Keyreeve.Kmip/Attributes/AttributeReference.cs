using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Attributes;

/// <summary>
/// Which attribute: one of the standard's, by its tag, or another by vendor and name. KMIP 1.x names the first by their text
/// ("Cryptographic Algorithm") and the others by <c>x-…</c> (the client's) and <c>y-…</c> (the server's), which are the vendors
/// <c>x</c> and <c>y</c> here and in KMIP 2.x. A name in KMIP 1.x that is neither has the vendor <c>""</c>.
/// </summary>
/// <param name="Tag">The attribute's tag, or <c>default</c>.</param>
/// <param name="VendorIdentification">Whose attribute it is, when it has no tag.</param>
/// <param name="AttributeName">What it is called there, when it has no tag.</param>
public readonly record struct AttributeReference(Tag Tag, string? VendorIdentification = null, string? AttributeName = null)
{
    /// <summary>One of the standard's attributes.</summary>
    public static implicit operator AttributeReference(Tag tag) => new(tag);

    /// <summary>A vendor's attribute.</summary>
    public static AttributeReference Vendor(string vendorIdentification, string attributeName) => new(default, vendorIdentification, attributeName);

    /// <summary>Whether it is a vendor's attribute and has no tag.</summary>
    public bool IsVendors => Tag == default;

    /// <summary>Whether it names nothing: an attribute in a message of KMIP 1.x that lacks its name.</summary>
    public bool IsNone => Tag == default && VendorIdentification is null;

    /// <summary>The attribute that KMIP 1.x calls so.</summary>
    public static AttributeReference FromName(string name)
    {
        if (AttributeTable.Find(name) is { } row) return row.Tag;
        return name.Length >= 2 && name[1] == '-' && name[0] is 'x' or 'y' ? Vendor(name[..1], name[2..]) : Vendor(string.Empty, name);
    }

    /// <summary>What KMIP 1.x calls the attribute.</summary>
    public string ToName()
    {
        if (!IsVendors) return AttributeTable.Find(Tag)?.Name ?? NameTables.Tags.Find((uint)Tag)?.Text ?? NameTables.DisplayName(Tag);
        return VendorIdentification switch
        {
            "" => AttributeName!,
            null => string.Empty,
            "x" or "y" => $"{VendorIdentification}-{AttributeName}",
            _ => $"x-{VendorIdentification}-{AttributeName}",
        };
    }

    /// <inheritdoc/>
    public override string ToString() => ToName();
}

/// <summary>Vendor and name, as KMIP 2.x writes a reference to an attribute without a tag.</summary>
internal readonly struct VendorReference : IWireStructure<VendorReference>
{
    public AttributeReference Reference { get; init; }

    public static VendorReference Exchange<TCodec>(ref TCodec codec, in VendorReference value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var vendor = codec.Text(Tag.VendorIdentification, value.Reference.VendorIdentification!);
        var name = codec.Text(Tag.AttributeName, value.Reference.AttributeName!);
        return new() { Reference = AttributeReference.Vendor(vendor, name) };
    }
}

using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Messages;

/// <summary>What a vendor adds to a batch item. KMIP 2.1 §9.13.</summary>
public readonly struct MessageExtension : IWireStructure<MessageExtension>
{
    /// <summary>Whose extension.</summary>
    public string VendorIdentification { get; init; }

    /// <summary>Whether a receiver that does not know the extension must reject the message.</summary>
    public bool CriticalityIndicator { get; init; }

    /// <summary>The vendor's structure.</summary>
    public KmipValue VendorExtension { get; init; }

    /// <inheritdoc/>
    public static MessageExtension Exchange<TCodec>(ref TCodec codec, in MessageExtension value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            VendorIdentification = codec.Text(Tag.VendorIdentification, value.VendorIdentification),
            CriticalityIndicator = codec.Boolean(Tag.CriticalityIndicator, value.CriticalityIndicator),
            VendorExtension = codec.Value(Tag.VendorExtension, value.VendorExtension),
        };
}

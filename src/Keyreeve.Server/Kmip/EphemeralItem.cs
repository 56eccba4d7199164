using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip;

/// <summary>Items whose Data is for later items of the batch alone, and does not leave the server.</summary>
// spec: KMIP 2.1 §8.3 Ephemeral "Indicates that the Data output of the operation should not be returned to the client."
internal static class EphemeralItem
{
    /// <summary>The call with what the item says of its data.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.FeatureNotSupported"/>: it names something else than its data.</exception>
    public static KmipCall Apply(RequestBatchItem item, KmipCall call)
    {
        if (item.Ephemeral is not { } ephemeral) return call;
        if (ephemeral.Type == TtlvType.Boolean) return ephemeral.AsBoolean() ? call with { WithholdsData = true } : call;
        return ephemeral.AsEnumeration<EphemeralEnumeration>() == EphemeralEnumeration.Data
            ? call with { WithholdsData = true }
            : throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Of what an item gives, its Data alone can be ephemeral.");
    }
}

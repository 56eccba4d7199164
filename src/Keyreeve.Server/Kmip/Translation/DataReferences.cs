using System.Runtime.InteropServices;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Data of requests: bytes, or what an earlier item of the batch gave.</summary>
internal static class DataReferences
{
    /// <summary>The bytes; null if there are none.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: no earlier item gave what is meant.</exception>
    // spec: KMIP 2.1 §11.13 "Data Enumeration"
    public static ReadOnlyMemory<byte>? Resolve(DataReference? data, KmipCall call)
    {
        if (data is not { } stated) return null;
        if (stated.Bytes is { } bytes) return bytes;
        return call.Results.Data(stated.Placeholder!.Value)
            ?? throw new KeyreeveException(KeyreeveError.InvalidField, $"No earlier item of the batch has given data by {stated.Placeholder}.");
    }

    /// <summary>The bytes of a message, or of a part of one, which may be without.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.MissingField"/>: a whole message has none.</exception>
    // spec: KMIP 2.1 §6.1.17 Data "Yes for single-part. No for multi-part."
    public static ReadOnlyMemory<byte> OfPart(DataReference? data, StreamPart part, KmipCall call) => Resolve(data, call)
        ?? (part.IsWhole ? throw Missing() : default(ReadOnlyMemory<byte>));

    /// <summary>The bytes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.MissingField"/>: there are none.</exception>
    public static ReadOnlyMemory<byte> Require(DataReference? data, KmipCall call) => Resolve(data, call) ?? throw Missing();

    /// <summary>What an item gave, for later ones and for the client, unless it is for later ones alone.</summary>
    public static ReadOnlyMemory<byte>? Given(DataEnumeration operation, ReadOnlyMemory<byte>? data, KmipCall call)
    {
        if (data is not { } bytes) return data;
        call.Results.Gave(operation, bytes);
        if (!call.WithholdsData) return data;
        call.Message.Keeps(bytes.Length);
        return default;
    }

    /// <summary>What an item gave, which is wiped once the response is written.</summary>
    public static ReadOnlyMemory<byte>? GivenSecret(DataEnumeration operation, ReadOnlyMemory<byte>? data, KmipCall call)
    {
        if (data is { } bytes && MemoryMarshal.TryGetArray(bytes, out var array)) call.Message.Wiped(array.Array!);
        return Given(operation, data, call);
    }

    /// <summary>Which part of a message it is.</summary>
    public static StreamPart PartOf(ReadOnlyMemory<byte>? correlationValue, bool? initIndicator, bool? finalIndicator) =>
        new() { CorrelationValue = correlationValue, IsFirst = initIndicator is true, IsLast = finalIndicator is true };

    private static KeyreeveException Missing() => new(KeyreeveError.MissingField, "The Data is missing.");
}

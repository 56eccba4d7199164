using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Payloads;

/// <summary>PKCS#11. From KMIP 2.0. KMIP 2.1 §6.1.37. Holds views of the message.</summary>
public readonly struct PKCS11Request : IRequestPayload<PKCS11Request, PKCS11Response>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.PKCS_11;

    /// <summary>The name of the interface; absent: that of PKCS#11 3.0.</summary>
    public string? Interface { get; init; }

    /// <summary>The function: an Enumeration, or an Integer for a vendor's.</summary>
    public KmipValue Function { get; init; }

    /// <summary>What the server gave with an earlier answer.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>The function's input, as the PKCS#11 profile encodes it.</summary>
    public ReadOnlyMemory<byte>? InputParameters { get; init; }

    /// <inheritdoc/>
    public static PKCS11Request Exchange<TCodec>(ref TCodec codec, in PKCS11Request value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Interface = codec.OptionalText(Tag.PKCS_11Interface, value.Interface),
            Function = Pkcs11Function.Exchange(ref codec, value.Function),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            InputParameters = codec.OptionalBytes(Tag.PKCS_11InputParameters, value.InputParameters),
        };
}

/// <summary>What a function of PKCS#11 gave. Holds views of the message.</summary>
public readonly struct PKCS11Response : IWireStructure<PKCS11Response>
{
    /// <summary>The name of the interface, if it was stated.</summary>
    public string? Interface { get; init; }

    /// <summary>The function that was called.</summary>
    public KmipValue Function { get; init; }

    /// <summary>To be given back with the next call.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>The function's output, as the PKCS#11 profile encodes it.</summary>
    public ReadOnlyMemory<byte>? OutputParameters { get; init; }

    /// <summary>The CK_RV that it returned.</summary>
    public uint ReturnCode { get; init; }

    /// <inheritdoc/>
    public static PKCS11Response Exchange<TCodec>(ref TCodec codec, in PKCS11Response value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Interface = codec.OptionalText(Tag.PKCS_11Interface, value.Interface),
            Function = Pkcs11Function.Exchange(ref codec, value.Function),
            CorrelationValue = codec.OptionalBytes(Tag.CorrelationValue, value.CorrelationValue),
            OutputParameters = codec.OptionalBytes(Tag.PKCS_11OutputParameters, value.OutputParameters),
            ReturnCode = ReturnCodeOf(ref codec, value.ReturnCode),
        };

    private static uint ReturnCodeOf<TCodec>(ref TCodec codec, uint value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.Value(Tag.PKCS_11ReturnCode, KmipValue.Enumeration(value));
        return read.Type == TtlvType.Enumeration ? read.AsEnumeration() : throw codec.Invalid("the return code is not an Enumeration");
    }
}

/// <summary>spec: KMIP 2.1 §6.1.37 "An Enumeration for PKCS#11 defined functions or an Integer for vendor defined function."</summary>
internal static class Pkcs11Function
{
    public static KmipValue Exchange<TCodec>(ref TCodec codec, KmipValue value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.Value(Tag.PKCS_11Function, value);
        return read.Type is TtlvType.Enumeration or TtlvType.Integer ? read : throw codec.Invalid("the function is neither an Enumeration nor an Integer");
    }
}

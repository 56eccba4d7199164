using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Pkcs11;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Pkcs11;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>PKCS#11: functions of a library in the server.</summary>
internal sealed class Pkcs11Route(KmipServices services) : KmipRoute(Operation.PKCS_11, ProtocolVersion.Kmip20)
{
    /// <summary>How many functions CK_FUNCTION_LIST_3_0 has.</summary>
    private const uint FunctionCount = 92;

    private static readonly Pkcs11Operation Asking = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.PKCS11;

    /// <inheritdoc/>
    public override async ValueTask<PendingItem> RunAsync(OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        KeyreeveException refusal;
        try
        {
            var payload = item.RequestPayload.Decode<Wire.PKCS11Request>(call.Version);
            var held = await CallAsync(pipeline, FunctionOf(payload), payload, call, cancellationToken);
            return new SucceededItem<Wire.PKCS11Response>(item, held.Map(call.Message.Measured), givesOut: true);
        }
        catch (TtlvException e)
        {
            refusal = MessageFaults.OfPayload(e, item.RequestPayload);
        }
        catch (KeyreeveException e) when (e.Error is KeyreeveError.Pkcs11CodecError or KeyreeveError.Pkcs11InvalidFunction or KeyreeveError.Pkcs11InvalidInterface)
        {
            refusal = e;
        }

        await pipeline.RefuseAsync(Name, call.Call, refusal, cancellationToken);
        throw refusal;
    }

    private async ValueTask<Held<Wire.PKCS11Response>> CallAsync(
        OperationPipeline pipeline, Pkcs11Function function, Wire.PKCS11Request payload, KmipCall call, CancellationToken cancellationToken)
    {
        var input = payload.InputParameters.GetValueOrDefault();
        if (function == Pkcs11Function.Initialize) RequireVersion(input.Span);
        var name = NameTables.EnumerationOf(Tag.PKCS_11Function)!.Find((uint)function)!.Name;
        var asked = await pipeline.RunAsync(Asking, call.Call, new Pkcs11Request(name), cancellationToken);
        if (function == Pkcs11Function.Initialize)
        {
            var begun = payload.CorrelationValue is null ? services.Pkcs11.Begin(call.Call) : null;
            var code = begun is null ? Pkcs11Return.CryptokiAlreadyInitialized : Pkcs11Return.Ok;
            return asked.Map(_ => Called(payload, begun, new Pkcs11Result(code), call));
        }

        if (payload.CorrelationValue is not { } value || services.Pkcs11.Find(call.Call, value.Span) is not { } library)
            return asked.Map(_ => Called(payload, null, new Pkcs11Result(Pkcs11Return.CryptokiNotInitialized), call));
        var held = await Pkcs11Functions.CallAsync(new Pkcs11Call(services, call, library, asked), function, input, cancellationToken);
        if (function == Pkcs11Function.Finalize) services.Pkcs11.End(library);
        return held.Map(result => Called(payload, library, result, call));
    }

    // spec: KMIP 2.1 §6.1.37 "An Enumeration for PKCS#11 defined functions or an Integer for vendor defined function." There are
    // none of ours.
    private static Pkcs11Function FunctionOf(in Wire.PKCS11Request payload)
    {
        if (payload.Interface is not (null or "PKCS 11"))
            throw new KeyreeveException(KeyreeveError.Pkcs11InvalidInterface, $"The interface '{payload.Interface}' is not offered; 'PKCS 11' is.");
        var function = payload.Function.Type == TtlvType.Enumeration ? payload.Function.AsEnumeration() : 0;
        return function is > 0 and <= FunctionCount
            ? (Pkcs11Function)function
            : throw new KeyreeveException(KeyreeveError.Pkcs11InvalidFunction, $"PKCS#11 has no function {function}.");
    }

    // spec: KMIP Profiles 2.1 §5.18.1: C_Initialize has no pInitArgs, and states the version of this encoding in one byte, which is 1.
    private static void RequireVersion(ReadOnlySpan<byte> input)
    {
        if (input.Length > 1 || (input.Length == 1 && input[0] > 1)) throw Pkcs11Reader.Malformed();
    }

    private static Wire.PKCS11Response Called(in Wire.PKCS11Request payload, Pkcs11Library? library, Pkcs11Result result, KmipCall call) => new()
    {
        Interface = payload.Interface,
        Function = payload.Function,
        CorrelationValue = library is not null && (call.Version.Has(VersionTrait.RepeatsCorrelationValue) || payload.CorrelationValue is null) ? library.CorrelationValue : default(ReadOnlyMemory<byte>?),
        OutputParameters = result.Output is null ? default(ReadOnlyMemory<byte>?) : result.Output,
        ReturnCode = result.ReturnCode,
    };
}

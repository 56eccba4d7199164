using System.Buffers.Binary;
using System.Text;
using Keyreeve.Core.Operations.Cryptography;

namespace Keyreeve.Core.Operations.Pkcs11;

/// <summary>Calls a function of PKCS#11 in the server.</summary>
public sealed record Pkcs11Request
{
    /// <summary>The function: its place in CK_FUNCTION_LIST_3_0, from 1.</summary>
    public required uint Function { get; init; }

    /// <summary>The name of the interface; null for that of PKCS#11 3.0.</summary>
    public string? Interface { get; init; }

    /// <summary>What C_Initialize gave; null with C_Initialize.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>The function's input.</summary>
    public ReadOnlyMemory<byte> InputParameters { get; init; }
}

/// <summary>What the function gave.</summary>
public sealed record Pkcs11Response
{
    /// <summary>The function that was called.</summary>
    public uint Function { get; init; }

    /// <summary>The interface, if it was named.</summary>
    public string? Interface { get; init; }

    /// <summary>The CK_RV.</summary>
    public required uint ReturnCode { get; init; }

    /// <summary>Which library it was called in.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>The function's output; null if it has none.</summary>
    public ReadOnlyMemory<byte>? OutputParameters { get; init; }
}

/// <summary>
/// A PKCS#11 library in the server that has no slots: it says what it is, and that there is nothing in it. Keys are used through
/// the operations of KMIP. A library is what C_Initialize began, and belongs to the principal that did.
/// </summary>
public sealed class Pkcs11Operation : Operation<Pkcs11Request, Pkcs11Response>
{
    /// <summary>How many functions CK_FUNCTION_LIST_3_0 has.</summary>
    public const uint FunctionCount = 92;

    private const int TextSizeInBytes = 32;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.PKCS11;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, Pkcs11Request request, CancellationToken cancellationToken) => default;

    /// <inheritdoc/>
    protected internal override ValueTask<Pkcs11Response> ExecuteAsync(
        OperationScope scope, OperationTarget target, Pkcs11Request request, CancellationToken cancellationToken)
    {
        if (request.Interface is not (null or "PKCS 11"))
            throw new KeyreeveException(KeyreeveError.Pkcs11InvalidInterface, $"The interface '{request.Interface}' is not offered; 'PKCS 11' is.");
        if (request.Function is 0 or > FunctionCount)
            throw new KeyreeveException(KeyreeveError.Pkcs11InvalidFunction, $"PKCS#11 has no function {request.Function}.");
        return new(Run(scope, request) with { Function = request.Function, Interface = request.Interface });
    }

    private Pkcs11Response Run(OperationScope scope, Pkcs11Request request)
    {
        var streams = scope.Engine.Streams;
        var owner = StreamOwner.Of(scope, Name, null);
        if ((Pkcs11Function)request.Function == Pkcs11Function.Initialize)
        {
            if (request.CorrelationValue is not null) return new Pkcs11Response { ReturnCode = Pkcs11Return.CryptokiAlreadyInitialized };
            RequireInitializeArguments(request.InputParameters.Span);
            using var begun = streams.Begin(owner, new Library(), request);
            return begun.Complete(scope, request, new Pkcs11Response { ReturnCode = Pkcs11Return.Ok, CorrelationValue = begun.CorrelationValue }, isLast: false);
        }

        if (request.CorrelationValue is not { } library) return new Pkcs11Response { ReturnCode = Pkcs11Return.CryptokiNotInitialized };
        StreamTurn turn;
        try
        {
            turn = streams.Continue(owner, library.Span, request);
        }
        catch (KeyreeveException unknown) when (unknown.Error == KeyreeveError.InvalidCorrelationValue)
        {
            return new Pkcs11Response { ReturnCode = Pkcs11Return.CryptokiNotInitialized };
        }

        using (turn)
        {
            var response = Call((Pkcs11Function)request.Function, request.InputParameters.Span) with { CorrelationValue = turn.CorrelationValue };
            return turn.Complete(scope, request, response, (Pkcs11Function)request.Function == Pkcs11Function.Finalize && response.ReturnCode == Pkcs11Return.Ok);
        }
    }

    private static Pkcs11Response Call(Pkcs11Function function, ReadOnlySpan<byte> input) => function switch
    {
        Pkcs11Function.Finalize => Ok(),
        Pkcs11Function.GetInfo => Ok(Describe()),
        Pkcs11Function.GetSlotList => Ok(ListSlots(input)),
        Pkcs11Function.GetSlotInfo or Pkcs11Function.GetTokenInfo or Pkcs11Function.GetMechanismList or Pkcs11Function.GetMechanismInfo
            or Pkcs11Function.InitToken or Pkcs11Function.OpenSession or Pkcs11Function.CloseAllSessions =>
            new Pkcs11Response { ReturnCode = Pkcs11Return.SlotIdInvalid },
        Pkcs11Function.CloseSession or Pkcs11Function.GetSessionInfo =>
            new Pkcs11Response { ReturnCode = Pkcs11Return.SessionHandleInvalid },
        _ => new Pkcs11Response { ReturnCode = Pkcs11Return.FunctionNotSupported },
    };

    // CK_INFO: cryptokiVersion(1 ‖ 1) ‖ manufacturerID(32) ‖ flags(8) ‖ libraryDescription(32) ‖ libraryVersion(1 ‖ 1); texts are
    // padded with blanks and CK_ULONG has 8 bytes, big-endian. The version is that of the standard whose functions are named.
    private static byte[] Describe()
    {
        var info = new byte[2 + TextSizeInBytes + 8 + TextSizeInBytes + 2];
        var version = typeof(Pkcs11Operation).Assembly.GetName().Version!;
        (info[0], info[1]) = (2, 40);
        WriteText(info.AsSpan(2, TextSizeInBytes), "Keyreeve");
        WriteText(info.AsSpan(2 + TextSizeInBytes + 8, TextSizeInBytes), "Keyreeve KMIP");
        (info[^2], info[^1]) = ((byte)Math.Clamp(version.Major, 0, 255), (byte)Math.Clamp(version.Minor, 0, 255));
        return info;
    }

    // In: tokenPresent(1), and perhaps what room the caller has. Out: the count of slots (4), and the slots.
    private static byte[] ListSlots(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty || input[0] > 1) throw Malformed();
        var count = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(count, 0);
        return count;
    }

    // pInitArgs is a NULL_PTR or not, which is told by one byte; the callbacks within make no sense across a wire.
    private static void RequireInitializeArguments(ReadOnlySpan<byte> input)
    {
        if (input.Length > 1 || (input.Length == 1 && input[0] > 1)) throw Malformed();
    }

    private static Pkcs11Response Ok(byte[]? output = null) =>
        new() { ReturnCode = Pkcs11Return.Ok, OutputParameters = output is null ? default(ReadOnlyMemory<byte>?) : output };

    private static void WriteText(Span<byte> room, string text)
    {
        room.Fill((byte)' ');
        Encoding.UTF8.GetBytes(text, room);
    }

    private static KeyreeveException Malformed() => new(KeyreeveError.Pkcs11CodecError, "The PKCS#11 Input Parameters are not those of the function.");

    private sealed class Library : DataStream
    {
        public override void Dispose()
        {
            // Nothing is kept: there are no sessions.
        }
    }
}

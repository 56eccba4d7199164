using System.Globalization;
using System.Reflection;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>
/// The functions of the library but C_Initialize: one slot, and in it a token that is the caller's tenant. The token is not written to:
/// keys are made and changed by KMIP's own operations.
/// </summary>
internal static class Pkcs11Functions
{
    private const string Maker = "Keyreeve";
    private const int TextSize = 32;
    private const int LongTextSize = 64;
    private const int ShortTextSize = 16;

    // CKF_…
    private const ulong TokenPresent = 0x1;
    private const ulong TokenFlags = 0x1 | 0x2 | 0x40 | 0x400; // RNG, write protected, clock on token, initialized
    private const ulong ReadWriteSession = 0x2;
    private const ulong SerialSession = 0x4;

    private const ulong Unavailable = ulong.MaxValue;

    /// <summary>The token's slot.</summary>
    private const ulong Slot = 1;

    /// <summary>Calls a function.</summary>
    public static ValueTask<Held<Pkcs11Result>> CallAsync(Pkcs11Call call, Pkcs11Function function, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        var reader = new Pkcs11Reader(input);
        switch (function)
        {
            case Pkcs11Function.Finalize or Pkcs11Function.GetInfo:
                return new(call.Answer(function == Pkcs11Function.GetInfo ? Pkcs11Result.Of(Info()) : default));
            case Pkcs11Function.GetSlotList:
                // Whether a token has to be present: one always is.
                _ = reader.Flag();
                return new(call.Answer(Ended(reader, Pkcs11Writer.Numbers([Slot], reader.Room()))));
            case Pkcs11Function.GetSlotInfo or Pkcs11Function.GetTokenInfo or Pkcs11Function.GetMechanismList or Pkcs11Function.GetMechanismInfo
                or Pkcs11Function.OpenSession or Pkcs11Function.CloseAllSessions:
                return new(call.Answer(reader.Number() == Slot ? OfSlot(call, function, reader) : new(Pkcs11Return.SlotIdInvalid)));
        }

        if (!Enum.IsDefined(function)) return new(call.Answer(Pkcs11Return.FunctionNotSupported));
        var handle = reader.Number();
        if (call.Library.Session(handle) is not { } session) return new(call.Answer(Pkcs11Return.SessionHandleInvalid));
        return function switch
        {
            Pkcs11Function.CloseSession => new(call.Answer(Ended(reader, new(call.Library.CloseSession(handle) ? Pkcs11Return.Ok : Pkcs11Return.SessionHandleInvalid)))),
            // CK_SESSION_INFO: slotID, state (CKS_RO_PUBLIC_SESSION), flags, ulDeviceError
            Pkcs11Function.GetSessionInfo => new(call.Answer(Ended(reader, Pkcs11Result.Of(new Pkcs11Writer().Number(Slot).Number(0).Number(SerialSession).Number(0).ToArray())))),
            // Who calls is known by certificate; there is no PIN.
            Pkcs11Function.Login => new(call.Answer(Pkcs11Return.UserPinNotInitialized)),
            Pkcs11Function.Logout => new(call.Answer(Pkcs11Return.UserNotLoggedIn)),
            Pkcs11Function.FindObjectsInit or Pkcs11Function.FindObjects or Pkcs11Function.FindObjectsFinal or Pkcs11Function.GetAttributeValue =>
                Pkcs11Objects.CallAsync(call, session, function, reader, cancellationToken),
            _ => Pkcs11Cryptography.CallAsync(call, session, function, reader, cancellationToken),
        };
    }

    private static Pkcs11Result OfSlot(Pkcs11Call call, Pkcs11Function function, Pkcs11Reader reader) => function switch
    {
        Pkcs11Function.GetSlotInfo => Ended(reader, Pkcs11Result.Of(SlotInfo())),
        Pkcs11Function.GetTokenInfo => Ended(reader, Pkcs11Result.Of(TokenInfo(call))),
        Pkcs11Function.GetMechanismList => Ended(reader, Pkcs11Writer.Numbers([.. Pkcs11Mechanism.All.Keys.Order()], reader.Room())),
        Pkcs11Function.GetMechanismInfo => Mechanism(reader),
        Pkcs11Function.OpenSession => Open(call, reader.Number()),
        _ => CloseAll(call, reader),
    };

    private static Pkcs11Result Mechanism(Pkcs11Reader reader)
    {
        if (!Pkcs11Mechanism.All.TryGetValue(reader.Number(), out var mechanism)) return new(Pkcs11Return.MechanismInvalid);
        return Ended(reader, Pkcs11Result.Of(new Pkcs11Writer().Number(mechanism.KeySize.Shortest).Number(mechanism.KeySize.Longest).Number((ulong)mechanism.Does).ToArray()));
    }

    // What follows the flags, pApplication and Notify, makes no sense across a wire.
    private static Pkcs11Result Open(Pkcs11Call call, ulong flags)
    {
        if ((flags & SerialSession) == 0) return new(Pkcs11Return.SessionParallelNotSupported);
        if ((flags & ReadWriteSession) != 0) return new(Pkcs11Return.TokenWriteProtected);
        return call.Library.OpenSession() is { } handle
            ? Pkcs11Result.Of(new Pkcs11Writer().Number(handle).ToArray())
            : new(Pkcs11Return.SessionCount);
    }

    private static Pkcs11Result CloseAll(Pkcs11Call call, Pkcs11Reader reader)
    {
        reader.End();
        call.Library.CloseSessions();
        return default;
    }

    // CK_INFO: cryptokiVersion, manufacturerID, flags, libraryDescription, libraryVersion. The version is that of the standard whose
    // functions are named.
    private static byte[] Info() => Versioned(new Pkcs11Writer().Version(2, 40).Text(Maker, TextSize).Number(0).Text("Keyreeve KMIP", TextSize)).ToArray();

    // CK_SLOT_INFO: slotDescription, manufacturerID, flags, hardwareVersion, firmwareVersion
    private static byte[] SlotInfo() =>
        Versioned(new Pkcs11Writer().Text("Keyreeve", LongTextSize).Text(Maker, TextSize).Number(TokenPresent).Version(0, 0)).ToArray();

    // CK_TOKEN_INFO: label, manufacturerID, model, serialNumber, flags, ulMaxSessionCount, ulSessionCount, ulMaxRwSessionCount,
    // ulRwSessionCount, ulMaxPinLen, ulMinPinLen, four sizes of memory, hardwareVersion, firmwareVersion, utcTime
    private static byte[] TokenInfo(Pkcs11Call call)
    {
        var writer = new Pkcs11Writer().Text(call.TenantName, TextSize).Text(Maker, TextSize).Text("KMIP", ShortTextSize).Text(call.Caller.Principal.Tenant.ToString(), ShortTextSize)
            .Number(TokenFlags).Number(Pkcs11Library.MostSessions).Number((ulong)call.Library.SessionCount).Number(0).Number(0).Number(0).Number(0)
            .Number(Unavailable).Number(Unavailable).Number(Unavailable).Number(Unavailable).Version(0, 0);
        return Versioned(writer).Text(call.Caller.Time.UtcDateTime.ToString("yyyyMMddHHmmss00", CultureInfo.InvariantCulture), ShortTextSize).ToArray();
    }

    private static Pkcs11Writer Versioned(Pkcs11Writer writer)
    {
        var version = Assembly.GetExecutingAssembly().GetName().Version!;
        return writer.Version(version.Major, version.Minor);
    }

    private static Pkcs11Result Ended(Pkcs11Reader reader, Pkcs11Result result)
    {
        reader.End();
        return result;
    }
}

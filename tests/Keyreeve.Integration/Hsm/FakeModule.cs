using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Integration.Hsm;

/// <summary>A PKCS#11 module that does harm: hangs, loses sessions, refuses PINs. One at a time, since C functions have no object.</summary>
internal static unsafe class FakeModule
{
    private static readonly CryptokiFunctions* Functions = Fill();

    private static int _sessions;

    public static ManualResetEventSlim Answers { get; } = new(initialState: true);

    /// <summary>Whether sessions can be closed; else that hangs.</summary>
    public static ManualResetEventSlim Closes { get; } = new(initialState: true);

    public static string[] Labels { get; set; } = [];

    public static nuint Flags { get; set; }

    public static ReturnValue LoginReturns { get; set; }

    /// <summary>What the next calls for random bytes return, one by one; then they succeed.</summary>
    public static Queue<ReturnValue> RandomReturns { get; } = new();

    public static int Logins { get; private set; }

    public static CryptokiModule Module => new("fake", 0, Functions);

    public static void Reset()
    {
        Answers.Set();
        Closes.Set();
        Labels = ["keys"];
        Flags = Cryptoki.TokenInitialized | Cryptoki.TokenLoginRequired | Cryptoki.TokenPinInitialized;
        LoginReturns = ReturnValue.Ok;
        RandomReturns.Clear();
        Logins = 0;
    }

    private static CryptokiFunctions* Fill()
    {
        var functions = (CryptokiFunctions*)NativeMemory.AllocZeroed((nuint)sizeof(CryptokiFunctions));
        functions->Version = new CkVersion { Major = 2, Minor = 40 };
        functions->Initialize = &Initialize;
        functions->Finalize = &FinalizeModule;
        functions->GetSlotList = &GetSlotList;
        functions->GetTokenInfo = &GetTokenInfo;
        functions->OpenSession = &OpenSession;
        functions->CloseSession = &Nothing;
        functions->CloseAllSessions = &CloseAllSessions;
        functions->Login = &Login;
        functions->GetSessionInfo = &GetSessionInfo;
        functions->GenerateRandom = &GenerateRandom;
        return functions;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Initialize(CkInitializeArguments* arguments) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint FinalizeModule(void* reserved) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Nothing(nuint handle) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint CloseAllSessions(nuint slot)
    {
        Closes.Wait();
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint GetSlotList(byte present, nuint* slots, nuint* count)
    {
        for (var i = 0; slots is not null && i < Labels.Length; i++) slots[i] = (nuint)i;
        *count = (nuint)Labels.Length;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint GetTokenInfo(nuint slot, CkTokenInfo* info)
    {
        *info = default;
        Encoding.UTF8.GetBytes(Labels[(int)slot].PadRight(32), info->Label);
        Encoding.UTF8.GetBytes($"serial-{slot}".PadRight(16), info->Serial);
        info->Flags = Flags;
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint OpenSession(nuint slot, nuint flags, void* application, void* notify, nuint* session)
    {
        *session = (nuint)Interlocked.Increment(ref _sessions);
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint GetSessionInfo(nuint session, CkSessionInfo* info)
    {
        *info = new CkSessionInfo { State = Cryptoki.StateReadWriteUser };
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Login(nuint session, nuint user, byte* pin, nuint length)
    {
        Logins++;
        return (nuint)LoginReturns;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint GenerateRandom(nuint session, byte* destination, nuint length)
    {
        Answers.Wait();
        lock (RandomReturns) return RandomReturns.TryDequeue(out var value) ? (nuint)value : 0;
    }
}

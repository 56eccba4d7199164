using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Integration.Hsm;

/// <summary>SoftHSM, whose C_Encrypt and C_Sign answer only when a test lets them. One at a time, since C functions have no object.</summary>
internal sealed unsafe class HangingModule : IDisposable
{
    private static delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> _encrypt;
    private static delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint*, nuint> _sign;

    private readonly CryptokiModule _inner = CryptokiModule.Acquire(SoftHsm.ModulePath);
    private readonly CryptokiFunctions* _functions = (CryptokiFunctions*)NativeMemory.Alloc((nuint)sizeof(CryptokiFunctions));

    public HangingModule()
    {
        Answers.Set();
        *_functions = *_inner.Functions;
        _encrypt = _functions->Encrypt;
        _sign = _functions->Sign;
        _functions->Encrypt = &Encrypt;
        _functions->Sign = &Sign;
        // It is others' as well.
        _functions->Initialize = &Initialize;
        _functions->Finalize = &FinalizeModule;
        Module = new CryptokiModule("hanging", 0, _functions);
    }

    public static ManualResetEventSlim Answers { get; } = new(initialState: true);

    public CryptokiModule Module { get; }

    public void Dispose()
    {
        Answers.Set();
        _inner.Dispose();
        NativeMemory.Free(_functions);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Initialize(CkInitializeArguments* arguments) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint FinalizeModule(void* reserved) => 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Encrypt(nuint session, byte* data, nuint dataLength, byte* encrypted, nuint* encryptedLength)
    {
        Answers.Wait();
        return _encrypt(session, data, dataLength, encrypted, encryptedLength);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nuint Sign(nuint session, byte* data, nuint dataLength, byte* signature, nuint* signatureLength)
    {
        Answers.Wait();
        return _sign(session, data, dataLength, signature, signatureLength);
    }
}

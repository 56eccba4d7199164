using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Keyreeve.Pkcs11.Interop;

/// <summary>
/// A loaded PKCS#11 module. The standard allows one <c>C_Initialize</c> per process, so everybody who names the same file
/// shares one of these. Its functions may be called from several threads (CKF_OS_LOCKING_OK).
/// </summary>
internal sealed unsafe class CryptokiModule : IDisposable
{
    private static readonly Dictionary<string, CryptokiModule> Loaded = new(StringComparer.Ordinal);
    private static readonly Lock Loading = new();

    // Calls hold it shared; who finalises the module holds it alone. A call that hangs keeps others from finalising, not
    // from calling.
    private readonly ReaderWriterLockSlim _calls = new(LockRecursionPolicy.SupportsRecursion);
    private readonly string _path;
    private readonly nint _library;
    private readonly CryptokiFunctions* _functions;
    private int _users;

    /// <summary>A module over functions that are there already.</summary>
    /// <param name="path">What it is called in messages.</param>
    /// <param name="library">The library's handle; 0 if nothing was loaded.</param>
    /// <param name="functions">Its functions; valid as long as this.</param>
    internal CryptokiModule(string path, nint library, CryptokiFunctions* functions)
    {
        _path = path;
        _library = library;
        _functions = functions;
    }

    /// <summary>Counts how often the module was initialised; sessions of an earlier count are gone.</summary>
    public int Generation { get; private set; }

    public CryptokiFunctions* Functions => _functions;

    /// <summary>Loads and initialises the module, or joins those who did.</summary>
    /// <exception cref="HsmException">It cannot be loaded.</exception>
    /// <exception cref="Pkcs11Exception">It does not initialise.</exception>
    public static CryptokiModule Acquire(string path)
    {
        lock (Loading)
        {
            if (!Loaded.TryGetValue(path, out var module))
            {
                module = Load(path);
                Loaded.Add(path, module);
            }

            if (module._users == 0) module.Initialize();
            module._users++;
            return module;
        }
    }

    /// <summary>Leaves the module; the last to leave finalises it. The library stays loaded: few survive being unloaded.</summary>
    public void Dispose()
    {
        lock (Loading)
        {
            if (--_users > 0) return;
            if (!_calls.TryEnterWriteLock(TimeSpan.FromSeconds(1))) return; // a call hangs inside; there is nothing to be saved
            try
            {
                _functions->Finalize(null);
            }
            finally
            {
                _calls.ExitWriteLock();
            }
        }
    }

    /// <summary>Ends and begins the module anew, so that it looks for its tokens again; false if a call hangs in it.</summary>
    /// <param name="knownGeneration">The generation that was found to be broken: if another is there, nothing is done.</param>
    /// <param name="patience">How long calls that are under way may take to end.</param>
    public bool TryRestart(int knownGeneration, TimeSpan patience)
    {
        if (!_calls.TryEnterWriteLock(patience)) return false;
        try
        {
            if (Generation != knownGeneration) return true;
            _functions->Finalize(null);
            Initialize();
            return true;
        }
        finally
        {
            _calls.ExitWriteLock();
        }
    }

    /// <summary>Holds the module for a call or several; dispose it when they have returned.</summary>
    public CallScope Enter()
    {
        _calls.EnterReadLock();
        return new CallScope(this);
    }

    /// <exception cref="Pkcs11Exception">The function failed.</exception>
    public static void Check(nuint returned, string function)
    {
        if (returned != 0) throw new Pkcs11Exception(function, (ReturnValue)(uint)returned);
    }

    /// <summary>What the module says of itself.</summary>
    public ModuleDescription Describe()
    {
        CkInfo info;
        Check(_functions->GetInfo(&info), "C_GetInfo");
        return new ModuleDescription(
            _path, Text(info.LibraryDescription), Text(info.Manufacturer),
            $"{info.LibraryVersion.Major}.{info.LibraryVersion.Minor}", $"{info.CryptokiVersion.Major}.{info.CryptokiVersion.Minor}");
    }

    /// <summary>The slots that hold a token.</summary>
    public nuint[] ListSlots()
    {
        nuint count = 0;
        // spec: PKCS#11 2.40 §5.5 "C_GetSlotList … the set of slots is not fixed until it is called with NULL"
        Check(_functions->GetSlotList(1, null, &count), "C_GetSlotList");
        while (true)
        {
            var slots = new nuint[count + 4];
            count = (nuint)slots.Length;
            fixed (nuint* pointer = slots)
            {
                var returned = _functions->GetSlotList(1, pointer, &count);
                if ((ReturnValue)(uint)returned == ReturnValue.BufferTooSmall) continue;
                Check(returned, "C_GetSlotList");
                return slots[..(int)count];
            }
        }
    }

    public TokenDescription DescribeToken(nuint slot)
    {
        CkTokenInfo info;
        Check(_functions->GetTokenInfo(slot, &info), "C_GetTokenInfo");
        return new TokenDescription(Text(info.Label), Text(info.Serial), Text(info.Model), Text(info.Manufacturer)) { Slot = slot, Flags = info.Flags };
    }

    public MechanismType[] ListMechanisms(nuint slot)
    {
        nuint count = 0;
        Check(_functions->GetMechanismList(slot, null, &count), "C_GetMechanismList");
        var mechanisms = new nuint[count];
        fixed (nuint* pointer = mechanisms) Check(_functions->GetMechanismList(slot, pointer, &count), "C_GetMechanismList");
        return [.. mechanisms.Take((int)count).Where(static m => m <= uint.MaxValue).Select(static m => (MechanismType)(uint)m)];
    }

    public CkMechanismInfo DescribeMechanism(nuint slot, MechanismType mechanism)
    {
        CkMechanismInfo info;
        Check(_functions->GetMechanismInfo(slot, (nuint)mechanism, &info), "C_GetMechanismInfo");
        return info;
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "It lives in the table of loaded modules.")]
    private static CryptokiModule Load(string path)
    {
        CheckFile(path);
        nint library;
        try
        {
            library = NativeLibrary.Load(path);
        }
        catch (Exception unloadable) when (unloadable is DllNotFoundException or BadImageFormatException)
        {
            throw new HsmException(HsmState.NoModule, $"The PKCS#11 module '{path}' cannot be loaded: {unloadable.Message}", unloadable);
        }

        if (!NativeLibrary.TryGetExport(library, "C_GetFunctionList", out var export))
            throw new HsmException(HsmState.NoModule, $"'{path}' is a library, but not a PKCS#11 module: it has no C_GetFunctionList.");
        CryptokiFunctions* functions;
        Check(((delegate* unmanaged[Cdecl]<CryptokiFunctions**, nuint>)export)(&functions), "C_GetFunctionList");
        if (functions->Version.Major < 2)
            throw new HsmException(HsmState.NoModule, $"'{path}' speaks PKCS#11 {functions->Version.Major}; 2.40 or later is needed.");
        return new CryptokiModule(path, library, functions);
    }

    // What is loaded runs with every key at hand.
    private static void CheckFile(string path)
    {
        if (!Path.IsPathFullyQualified(path)) throw new HsmException(HsmState.NoModule, $"The PKCS#11 module '{path}' is not named by its full path.");
        if (!File.Exists(path)) throw new HsmException(HsmState.NoModule, $"There is no PKCS#11 module at '{path}'.");
        const UnixFileMode WritableByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & WritableByOthers) == UnixFileMode.None) return;
        throw new HsmException(HsmState.NoModule, $"Others may replace the PKCS#11 module '{file}'. Mend it with: chmod go-w '{file}'");
    }

    private void Initialize()
    {
        var arguments = new CkInitializeArguments { Flags = Cryptoki.InitializeOsLockingOk };
        Check(_functions->Initialize(&arguments), "C_Initialize");
        Generation = unchecked(Generation + 1);
    }

    private static string Text(ReadOnlySpan<byte> padded) => Encoding.UTF8.GetString(padded).TrimEnd(' ', '\0');

    /// <summary>The time of a call.</summary>
    public readonly ref struct CallScope(CryptokiModule module)
    {
        public void Dispose() => module._calls.ExitReadLock();
    }
}

using System.Buffers.Binary;
using System.Globalization;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Sealing.Tpm;

/// <summary>
/// A TPM 2.0 for as long as one slot is sealed or opened: its storage key, made anew each time from the TPM's own seed, and a session
/// salted by it that enciphers what goes over the bus. One thread.
/// </summary>
internal sealed class TpmSession : IDisposable
{
    private const ushort Sha256 = 0x000B;
    private const byte HmacSession = 0x00;
    private const byte Continue = 0x01;
    private const byte EncipheredCommand = 0x20;
    private const byte EncipheredResponse = 0x40;
    private const int LargestAreaInBytes = 2048;

    // spec: TPM 2.0 Part 2 §12.2.4 TPMT_PUBLIC: type ‖ name algorithm ‖ attributes ‖ policy ‖ parameters ‖ unique; big-endian.
    // An ECC storage key on P-256 with AES-128 in CFB mode: fixed to TPM and parent, made there, restricted, for decryption alone.
    private const string StorageKeyTemplate = "0023000B000304720000" + "000600800043" + "0010" + "0003" + "0010" + "00000000";

    // A sealed secret: fixed to TPM and parent, given by us, used without a password by whoever has this TPM.
    private const string SealedTemplate = "0008000B000004520000" + "0010" + "0000";

    private static readonly ushort[] Aes128Cfb = [0x0006, 128, 0x0043];

    private readonly List<uint> _handles = [];
    private nint _connection;
    private nint _context;
    private readonly uint _parent;
    private readonly uint _session;

    /// <summary>Connects.</summary>
    /// <param name="device">How, as the stack names it: <c>device:/dev/tpmrm0</c>.</param>
    /// <exception cref="TpmException">It is not there, or refuses.</exception>
    public TpmSession(string device)
    {
        try
        {
            Check(Tss.Connect(device, out _connection), "connecting to it");
            Check(Tss.Begin(out _context, _connection, 0), "beginning");
            (_parent, StorageKey) = CreateStorageKey();
            Check(Tss.StartSession(_context, _parent, Tss.None, Tss.None, Tss.None, Tss.None, 0, HmacSession, Aes128Cfb, Sha256, out _session), "TPM2_StartAuthSession");
            _handles.Add(_session);
        }
        catch (DllNotFoundException missing)
        {
            Dispose();
            throw new TpmException($"The TPM 2.0 software stack is not installed (libtss2-esys, libtss2-mu, libtss2-tctildr): {missing.Message}", missing);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The storage key's public area, by which this TPM is told from another.</summary>
    public byte[] StorageKey { get; }

    /// <summary>Has a secret sealed by the storage key.</summary>
    /// <returns>The private and the public area of the sealed object.</returns>
    public (byte[] Private, byte[] Public) Seal(SecretBytes secret)
    {
        Check(Tss.SetAttributes(_context, _session, Continue | EncipheredCommand | EncipheredResponse, 0xFF), "preparing");
        using var sensitive = SensitiveOf(secret);
        using var template = PublicOf(SizedArea(SealedTemplate));
        using var nothing = new NativeStructure();
        using var registers = new NativeStructure();
        Check(
            Tss.Create(
                _context, _parent, Tss.Password, _session, Tss.None, sensitive.Address, template.Address, nothing.Address, registers.Address,
                out var privateArea, out var publicArea, out var creation, out var hash, out var ticket),
            "TPM2_Create");
        try
        {
            return (Write(privateArea, Tss.WritePrivate), Write(publicArea, Tss.WritePublic));
        }
        finally
        {
            foreach (var part in (ReadOnlySpan<nint>)[privateArea, publicArea, creation, hash, ticket]) Tss.Free(part);
        }
    }

    /// <summary>Has a secret given back.</summary>
    public SecretBytes Unseal(byte[] privateArea, byte[] publicArea)
    {
        using var inner = new NativeStructure();
        using var outer = PublicOf(publicArea);
        nuint offset = 0;
        Check(Tss.ReadPrivate(privateArea, (nuint)privateArea.Length, ref offset, inner.Address), "reading what is sealed");
        Check(Tss.Load(_context, _parent, Tss.Password, Tss.None, Tss.None, inner.Address, outer.Address, out var item), "TPM2_Load");
        _handles.Add(item);
        Check(Tss.SetAttributes(_context, _session, Continue | EncipheredResponse, 0xFF), "preparing");
        Check(Tss.Unseal(_context, item, Tss.Password, _session, Tss.None, out var data), "TPM2_Unseal");
        var secret = NativeStructure.Sized(data);
        try
        {
            return SecretBytes.CopyFrom(secret);
        }
        finally
        {
            NativeStructure.Wipe(data, sizeof(ushort) + secret.Length);
            Tss.Free(data);
        }
    }

    public void Dispose()
    {
        // A TPM has room for three objects or so; without a resource manager nobody else would clear it.
        for (var i = _handles.Count - 1; i >= 0; i--) _ = Tss.Flush(_context, _handles[i]);
        _handles.Clear();
        if (_context != 0) Tss.End(ref _context);
        if (_connection != 0) Tss.Disconnect(ref _connection);
    }

    private (uint Handle, byte[] Public) CreateStorageKey()
    {
        using var sensitive = SensitiveOf(null);
        using var template = PublicOf(SizedArea(StorageKeyTemplate));
        using var nothing = new NativeStructure();
        using var registers = new NativeStructure();
        Check(
            Tss.CreatePrimary(
                _context, Tss.OwnerHierarchy, Tss.Password, Tss.None, Tss.None, sensitive.Address, template.Address, nothing.Address, registers.Address,
                out var handle, out var publicArea, out var creation, out var hash, out var ticket),
            "TPM2_CreatePrimary");
        _handles.Add(handle);
        try
        {
            return (handle, Write(publicArea, Tss.WritePublic));
        }
        finally
        {
            foreach (var part in (ReadOnlySpan<nint>)[publicArea, creation, hash, ticket]) Tss.Free(part);
        }
    }

    // spec: TPM 2.0 Part 2 §11.1.16 TPM2B_SENSITIVE_CREATE: size ‖ authorization, sized ‖ data, sized
    private static NativeStructure SensitiveOf(SecretBytes? secret)
    {
        var length = secret?.LengthInBytes ?? 0;
        using var bytes = SecretBytes.Create(3 * sizeof(ushort) + length, secret, static (area, from) =>
        {
            BinaryPrimitives.WriteUInt16BigEndian(area, checked((ushort)(area.Length - sizeof(ushort))));
            BinaryPrimitives.WriteUInt16BigEndian(area[(2 * sizeof(ushort))..], checked((ushort)(area.Length - (3 * sizeof(ushort)))));
            if (from is null) return;
            using var lease = from.Reveal();
            lease.Span.CopyTo(area[(3 * sizeof(ushort))..]);
        });
        using var whole = bytes.Reveal();
        var structure = new NativeStructure();
        nuint offset = 0;
        Check(Tss.ReadSensitive(whole.Span, (nuint)whole.Span.Length, ref offset, structure.Address), "preparing");
        return structure;
    }

    private static NativeStructure PublicOf(byte[] area)
    {
        var structure = new NativeStructure();
        nuint offset = 0;
        var code = Tss.ReadPublic(area, (nuint)area.Length, ref offset, structure.Address);
        if (code == 0) return structure;
        structure.Dispose();
        throw Refused(code, "reading what is sealed");
    }

    private delegate uint Writing(nint source, Span<byte> bytes, nuint length, ref nuint offset);

    private static byte[] Write(nint structure, Writing write)
    {
        Span<byte> bytes = stackalloc byte[LargestAreaInBytes];
        nuint offset = 0;
        Check(write(structure, bytes, (nuint)bytes.Length, ref offset), "writing down what is sealed");
        return bytes[..(int)offset].ToArray();
    }

    private static byte[] SizedArea(string hex)
    {
        var area = Convert.FromHexString(hex);
        var bytes = new byte[sizeof(ushort) + area.Length];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, checked((ushort)area.Length));
        area.CopyTo(bytes, sizeof(ushort));
        return bytes;
    }

    private static void Check(uint code, string what)
    {
        if (code != 0) throw Refused(code, what);
    }

    private static TpmException Refused(uint code, string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{what} failed with 0x{code:X8} (tpm2_rc_decode says what that is)."));
}

/// <summary>The TPM cannot be used, or refuses.</summary>
internal sealed class TpmException : Exception
{
    public TpmException(string message)
        : base(message)
    {
    }

    public TpmException(string message, Exception cause)
        : base(message, cause)
    {
    }
}

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
    private const byte PolicySession = 0x01;
    private const byte TrialSession = 0x03;
    private const byte Continue = 0x01;
    private const byte EncipheredCommand = 0x20;
    private const byte EncipheredResponse = 0x40;
    private const int LargestAreaInBytes = 2048;

    // spec: TPM 2.0 Part 2 §12.2.4 TPMT_PUBLIC: type ‖ name algorithm ‖ attributes ‖ policy ‖ parameters ‖ unique; big-endian.
    // An ECC storage key on P-256 with AES-128 in CFB mode: fixed to TPM and parent, made there, restricted, for decryption alone.
    private const string StorageKeyTemplate = "0023000B000304720000" + "000600800043" + "0010" + "0003" + "0010" + "00000000";

    // A sealed secret: fixed to TPM and parent, given by us; used without a password by whoever has this TPM, or, without the attribute
    // userWithAuth, by whoever meets its policy.
    private const string SealedHead = "0008000B00000452" + "0000";
    private const string SealedByPolicyHead = "0008000B00000412" + "0020";
    private const string SealedTail = "0010" + "0000";

    // spec: TPM 2.0 Part 2 §6.6.3: a response code of format one has bit 7; TPM_RC_POLICY_FAIL is its error 0x1D, of whichever session.
    private const uint FormatOneError = 0xBF;
    private const uint PolicyFailed = 0x9D;

    private static readonly ushort[] Aes128Cfb = [0x0006, 128, 0x0043];

    private readonly List<uint> _handles = [];
    private nint _connection;
    private nint _context;
    private readonly uint _parent;

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
    /// <param name="secret">The secret.</param>
    /// <param name="pcrs">The platform configuration registers (bank SHA-256) whose values of now it is bound to; none: to none.</param>
    /// <returns>The private and the public area of the sealed object.</returns>
    public (byte[] Private, byte[] Public) Seal(SecretBytes secret, ReadOnlySpan<int> pcrs)
    {
        var session = StartSession(HmacSession);
        Check(Tss.SetAttributes(_context, session, Continue | EncipheredCommand | EncipheredResponse, 0xFF), "preparing");
        using var sensitive = SensitiveOf(secret);
        using var template = PublicOf(SizedArea((pcrs.IsEmpty ? SealedHead : SealedByPolicyHead + PolicyOf(pcrs)) + SealedTail));
        using var nothing = new NativeStructure();
        using var registers = new NativeStructure();
        Check(
            Tss.Create(
                _context, _parent, Tss.Password, session, Tss.None, sensitive.Address, template.Address, nothing.Address, registers.Address,
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
    /// <param name="privateArea">As <see cref="Seal"/> gave it.</param>
    /// <param name="publicArea">Likewise.</param>
    /// <param name="pcrs">The registers that it was bound to.</param>
    public SecretBytes Unseal(byte[] privateArea, byte[] publicArea, ReadOnlySpan<int> pcrs)
    {
        using var inner = new NativeStructure();
        using var outer = PublicOf(publicArea);
        nuint offset = 0;
        Check(Tss.ReadPrivate(privateArea, (nuint)privateArea.Length, ref offset, inner.Address), "reading what is sealed");
        Check(Tss.Load(_context, _parent, Tss.Password, Tss.None, Tss.None, inner.Address, outer.Address, out var item), "TPM2_Load");
        _handles.Add(item);
        var session = StartSession(pcrs.IsEmpty ? HmacSession : PolicySession);
        if (!pcrs.IsEmpty) Bind(session, pcrs);
        Check(Tss.SetAttributes(_context, session, Continue | EncipheredResponse, 0xFF), "preparing");
        var (first, second) = pcrs.IsEmpty ? (Tss.Password, session) : (session, Tss.None);
        var code = Tss.Unseal(_context, item, first, second, Tss.None, out var data);
        if (!pcrs.IsEmpty && (code & FormatOneError) == PolicyFailed) throw OtherState(pcrs);
        Check(code, "TPM2_Unseal");
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

    private uint StartSession(byte type)
    {
        Check(Tss.StartSession(_context, _parent, Tss.None, Tss.None, Tss.None, Tss.None, 0, type, Aes128Cfb, Sha256, out var session), "TPM2_StartAuthSession");
        _handles.Add(session);
        return session;
    }

    // What the registers are now, as the policy of a sealed object: a trial session says it.
    private string PolicyOf(ReadOnlySpan<int> pcrs)
    {
        var trial = StartSession(TrialSession);
        Bind(trial, pcrs);
        Check(Tss.PolicyDigest(_context, trial, Tss.None, Tss.None, Tss.None, out var digest), "TPM2_PolicyGetDigest");
        try
        {
            return Convert.ToHexString(NativeStructure.Sized(digest));
        }
        finally
        {
            Tss.Free(digest);
        }
    }

    // spec: TPM 2.0 Part 3 §23.7 TPM2_PolicyPCR: without a digest, the values that the registers have.
    private void Bind(uint session, ReadOnlySpan<int> pcrs)
    {
        // spec: TPM 2.0 Part 2 §10.9.7 TPML_PCR_SELECTION: one bank, SHA-256, three bytes of bits.
        byte[] selection = [0, 0, 0, 1, 0, (byte)Sha256, 3, 0, 0, 0];
        foreach (var pcr in pcrs) selection[7 + (pcr / 8)] |= (byte)(1 << (pcr % 8));
        using var digest = new NativeStructure();
        using var registers = new NativeStructure();
        nuint offset = 0;
        Check(Tss.ReadSelection(selection, (nuint)selection.Length, ref offset, registers.Address), "preparing");
        Check(Tss.PolicyPcr(_context, session, Tss.None, Tss.None, Tss.None, digest.Address, registers.Address), "TPM2_PolicyPCR");
    }

    private static TpmException OtherState(ReadOnlySpan<int> pcrs) => new(
        $"the PCRs {string.Join(", ", pcrs.ToArray())} have other values than when the slot was made, so that firmware, boot loader or their settings are others. "
        + "If that was meant, open another slot, then remove this one and add it again.");

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

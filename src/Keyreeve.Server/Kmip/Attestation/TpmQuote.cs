using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Keyreeve.Server.Kmip.Attestation;

/// <summary>
/// What TPM2_Quote returns, its response parameters as they stand: TPM2B_ATTEST ‖ TPMT_SIGNATURE.
/// spec: TPM 2.0 Library Part 2 §10.12.8 TPMS_ATTEST, §10.12.1 TPMS_QUOTE_INFO, §11.3.4 TPMT_SIGNATURE. All numbers are big-endian.
/// </summary>
internal sealed class TpmQuote
{
    private const uint Magic = 0xFF544347;
    private const ushort AttestQuote = 0x8018;
    private const ushort RsaSsa = 0x0014;
    private const ushort Ecdsa = 0x0018;
    private const int MostBanks = 16;

    // clock(8) resetCount(4) restartCount(4) safe(1) firmwareVersion(8)
    private const int ClockAndFirmwareSizeInBytes = 25;

    private byte[] _attest = [];
    private byte[] _signature = [];
    private HashAlgorithmName _hash;
    private bool _isEcdsa;

    private TpmQuote()
    {
    }

    /// <summary>What the quote was asked to contain: the server's nonce.</summary>
    public ReadOnlyMemory<byte> ExtraData { get; private set; }

    /// <summary>Which registers were quoted, by bank.</summary>
    public ImmutableArray<(HashAlgorithmName Bank, ImmutableArray<int> Registers)> Selection { get; private set; } = [];

    /// <summary>The hash over their values, in this order, by the hash of the signature.</summary>
    public ReadOnlyMemory<byte> RegisterDigest { get; private set; }

    /// <summary>Reads a quote; null if it is none, or has bytes to spare.</summary>
    public static TpmQuote? Read(ReadOnlySpan<byte> measurement)
    {
        var quote = new TpmQuote();
        var reader = new Reader(measurement);
        var attest = reader.Sized();
        quote._attest = attest.ToArray();
        quote.ReadSignature(ref reader);
        var inner = new Reader(attest);
        quote.ReadAttest(ref inner);
        return reader.IsAtEnd && inner.IsAtEnd ? quote : null;
    }

    /// <summary>The hash over these registers as this quote has it.</summary>
    public byte[] DigestOf(IEnumerable<ImmutableArray<byte>> values)
    {
        using var hash = IncrementalHash.CreateHash(_hash);
        foreach (var value in values) hash.AppendData(value.AsSpan());
        return hash.GetHashAndReset();
    }

    /// <summary>Whether this key has signed it.</summary>
    public bool IsSignedBy(AsymmetricAlgorithm key) => key switch
    {
        RSA rsa => !_isEcdsa && rsa.VerifyData(_attest, _signature, _hash, RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => _isEcdsa && ecdsa.VerifyData(_attest, Padded(_signature, ecdsa.KeySize), _hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        _ => false,
    };

    private void ReadAttest(ref Reader reader)
    {
        reader.Require(reader.UInt32() == Magic);
        reader.Require(reader.UInt16() == AttestQuote);
        reader.Sized();
        ExtraData = reader.Sized().ToArray();
        reader.Take(ClockAndFirmwareSizeInBytes);
        var count = reader.UInt32();
        reader.Require(count <= MostBanks);
        var selection = ImmutableArray.CreateBuilder<(HashAlgorithmName, ImmutableArray<int>)>();
        for (var i = 0; i < count && !reader.HasFailed; i++)
        {
            var bank = HashOf(reader.UInt16());
            var bits = reader.Take(reader.Byte());
            var registers = ImmutableArray.CreateBuilder<int>();
            for (var bit = 0; bit < bits.Length * 8; bit++)
                if ((bits[bit / 8] >> (bit % 8) & 1) != 0) registers.Add(bit);
            if (registers.Count > 0) selection.Add((bank, registers.ToImmutable()));
        }

        Selection = selection.ToImmutable();
        RegisterDigest = reader.Sized().ToArray();
    }

    private void ReadSignature(ref Reader reader)
    {
        var scheme = reader.UInt16();
        reader.Require(scheme is RsaSsa or Ecdsa);
        _hash = HashOf(reader.UInt16());
        reader.Require(_hash.Name is not null);
        _isEcdsa = scheme == Ecdsa;
        var first = reader.Sized();
        if (!_isEcdsa)
        {
            _signature = first.ToArray();
            return;
        }

        // r and s, each with its length, since leading zeros may be missing.
        var second = reader.Sized();
        _signature = new byte[4 + first.Length + second.Length];
        BinaryPrimitives.WriteUInt16BigEndian(_signature, (ushort)first.Length);
        first.CopyTo(_signature.AsSpan(2));
        BinaryPrimitives.WriteUInt16BigEndian(_signature.AsSpan(2 + first.Length), (ushort)second.Length);
        second.CopyTo(_signature.AsSpan(4 + first.Length));
    }

    private static byte[] Padded(byte[] rAndS, int keySizeInBits)
    {
        var size = (keySizeInBits + 7) / 8;
        var reader = new Reader(rAndS);
        var r = reader.Sized();
        var s = reader.Sized();
        if (r.Length > size || s.Length > size) return [];
        var padded = new byte[2 * size];
        r.CopyTo(padded.AsSpan(size - r.Length));
        s.CopyTo(padded.AsSpan((2 * size) - s.Length));
        return padded;
    }

    // SHA-1 is none that anything is trusted for.
    private static HashAlgorithmName HashOf(ushort algorithm) => algorithm switch
    {
        0x000B => HashAlgorithmName.SHA256,
        0x000C => HashAlgorithmName.SHA384,
        0x000D => HashAlgorithmName.SHA512,
        _ => default,
    };

    /// <summary>A cursor that never leaves its bytes: after the first fault it gives nothing but zeros and is not at the end.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public bool HasFailed { get; private set; }

        public readonly bool IsAtEnd => !HasFailed && _rest.IsEmpty;

        public void Require(bool condition) => HasFailed |= !condition;

        public ReadOnlySpan<byte> Take(int count)
        {
            Require(count <= _rest.Length);
            if (HasFailed) return [];
            var taken = _rest[..count];
            _rest = _rest[count..];
            return taken;
        }

        public byte Byte() => Take(1) is [var value] ? value : (byte)0;

        public ushort UInt16() => Take(2) is { Length: 2 } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

        public uint UInt32() => Take(4) is { Length: 4 } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

        public ReadOnlySpan<byte> Sized() => Take(UInt16());
    }
}

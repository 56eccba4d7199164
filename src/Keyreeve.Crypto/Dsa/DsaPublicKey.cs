using System.Formats.Asn1;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>A public key for <see cref="InsecureDsa"/>. Valid once built; thread safe.</summary>
public sealed class DsaPublicKey : IDisposable
{
    internal const string Identifier = "1.2.840.10040.4.1";
    private readonly byte[] _y;

    private DsaPublicKey(DsaParameters parameters, byte[] y)
    {
        Parameters = parameters;
        _y = y;
        using var list = parameters.ToList().AddUnsigned("pub"u8, y);
        Handle = NativeKey.TryFromParameters("DSA", isPrivate: false, list, out var handle) ? handle : throw new InvalidKeyException("The key is none of DSA.");
    }

    /// <summary>p, q and g.</summary>
    public DsaParameters Parameters { get; }

    /// <summary>y = g^x mod p, big-endian.</summary>
    public ReadOnlySpan<byte> Y => _y;

    internal KeyHandle Handle { get; }

    /// <summary>Reads a SubjectPublicKeyInfo (RFC 5280, RFC 3279) in DER.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    public static DsaPublicKey ImportSubjectPublicKeyInfo(ReadOnlySpan<byte> der)
    {
        try
        {
            var envelope = KeyEnvelope.ReadSubjectPublicKeyInfo(der);
            if (!envelope.Algorithm.Equals(Identifier, StringComparison.Ordinal)) throw new InvalidKeyException("The public key is not a DSA key.");
            var outer = new DerReader(envelope.Key);
            var y = outer.ReadUnsigned();
            outer.RequireEnd();
            return Import(DsaParameters.Read(envelope.Parameters), y);
        }
        catch (AsnContentException malformed)
        {
            throw new InvalidKeyException("The public key is not a SubjectPublicKeyInfo in DER.", malformed);
        }
    }

    /// <summary>Makes a key of its numbers.</summary>
    /// <exception cref="InvalidKeyException">Refused; the message says why.</exception>
    // spec: SP 800-89 §5.3.1 "2 ≤ y ≤ p – 2 … y^q mod p = 1"
    public static DsaPublicKey Import(DsaParameters parameters, ReadOnlySpan<byte> y)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        using var number = BigNumber.From(y);
        using var prime = BigNumber.From(parameters.P);
        using var divisor = BigNumber.From(parameters.Q);
        using var context = NumberContextHandle.New();
        if (number.Bits < 2 || !number.IsBelow(prime)) throw new InvalidKeyException("The public number is out of range.");
        using var power = context.Power(number, divisor, prime);
        return power.IsOne ? new DsaPublicKey(parameters, number.ToPublicBytes()) : throw new InvalidKeyException("The public number is not one of the group.");
    }

    /// <summary>The key as SubjectPublicKeyInfo, DER.</summary>
    public byte[] ExportSubjectPublicKeyInfo() => NativeKey.ToSubjectPublicKeyInfo(Handle);

    /// <summary>Releases the key.</summary>
    public void Dispose() => Handle.Dispose();
}

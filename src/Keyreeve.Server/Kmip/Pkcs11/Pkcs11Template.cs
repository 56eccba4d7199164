using System.Text;
using Keyreeve.Core.Objects;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>What an attribute of PKCS#11 holds, which says how it is encoded.</summary>
internal enum Pkcs11Kind
{
    None = 0,
    Boolean,
    Number,
    Date,
    Bytes,
}

/// <summary>One CK_ATTRIBUTE of a request.</summary>
/// <param name="Type">Which.</param>
/// <param name="Value">Its value, encoded; null if none is stated.</param>
/// <param name="HasLength">Whether the caller has a place for a value.</param>
/// <param name="Room">How long that place is, for what has no fixed length.</param>
internal readonly record struct Pkcs11Stated(ulong Type, ReadOnlyMemory<byte>? Value, bool HasLength, int Room)
{
    /// <summary>The attribute, as this library knows it.</summary>
    public Pkcs11Attribute Attribute => (Pkcs11Attribute)Type;
}

/// <summary>Templates: arrays of CK_ATTRIBUTE.</summary>
// spec: KMIP Profiles 2.1 §5.18.1: the count of the attributes; for each its type, whether a value and whether a length is there, the
// count of elements of what has no fixed length, and the value.
internal static class Pkcs11Template
{
    /// <summary>The most attributes in one.</summary>
    public const int MostAttributes = 256;

    private const int DateSizeInBytes = 8;

    /// <summary>Reads one.</summary>
    public static IReadOnlyList<Pkcs11Stated> Read(Pkcs11Reader reader)
    {
        var count = reader.Count();
        if (count > MostAttributes) throw Pkcs11Reader.Malformed();
        var stated = new List<Pkcs11Stated>(count);
        for (var i = 0; i < count; i++)
        {
            var type = reader.Number();
            var (hasValue, hasLength) = (reader.Flag(), reader.Flag());
            var size = KindOf(type) switch
            {
                Pkcs11Kind.Boolean => 1,
                Pkcs11Kind.Number => sizeof(ulong),
                Pkcs11Kind.Date => DateSizeInBytes,
                _ => hasLength ? reader.Count() : 0,
            };
            stated.Add(new(type, hasValue ? reader.Take(size) : default(ReadOnlyMemory<byte>?), hasLength, size));
        }

        return stated;
    }

    /// <summary>Writes an attribute's value, or how long it is, or that there is none.</summary>
    public static void Write(Pkcs11Writer writer, Pkcs11Stated asked, byte[]? value, bool isWanted)
    {
        writer.Number(asked.Type).Flag(value is not null && isWanted).Flag(value is not null);
        if (value is null) return;
        if (KindOf(asked.Type) == Pkcs11Kind.Bytes) writer.Count(value.Length);
        if (isWanted) writer.Raw(value);
    }

    /// <summary>What an attribute holds. What this library does not know has no fixed length.</summary>
    public static Pkcs11Kind KindOf(ulong type) => (Pkcs11Attribute)type switch
    {
        Pkcs11Attribute.Token or Pkcs11Attribute.Private or Pkcs11Attribute.Trusted or Pkcs11Attribute.Sensitive or Pkcs11Attribute.Encrypt
            or Pkcs11Attribute.Decrypt or Pkcs11Attribute.Wrap or Pkcs11Attribute.Unwrap or Pkcs11Attribute.Sign or Pkcs11Attribute.SignRecover
            or Pkcs11Attribute.Verify or Pkcs11Attribute.VerifyRecover or Pkcs11Attribute.Derive or Pkcs11Attribute.Extractable or Pkcs11Attribute.Local
            or Pkcs11Attribute.NeverExtractable or Pkcs11Attribute.AlwaysSensitive or Pkcs11Attribute.Modifiable or Pkcs11Attribute.Copyable
            or Pkcs11Attribute.Destroyable or Pkcs11Attribute.AlwaysAuthenticate or Pkcs11Attribute.WrapWithTrusted => Pkcs11Kind.Boolean,
        Pkcs11Attribute.Class or Pkcs11Attribute.CertificateType or Pkcs11Attribute.CertificateCategory or Pkcs11Attribute.KeyType
            or Pkcs11Attribute.ModulusBits or Pkcs11Attribute.PrimeBits or Pkcs11Attribute.SubPrimeBits or Pkcs11Attribute.ValueBits
            or Pkcs11Attribute.ValueLength or Pkcs11Attribute.KeyGenMechanism => Pkcs11Kind.Number,
        Pkcs11Attribute.StartDate or Pkcs11Attribute.EndDate => Pkcs11Kind.Date,
        _ => Pkcs11Kind.Bytes,
    };

    /// <summary>The Cryptographic Usage Mask of an attribute that says what a key is for; not set with others.</summary>
    public static CryptographicUsageMask UsageOf(Pkcs11Attribute attribute) => attribute switch
    {
        Pkcs11Attribute.Encrypt => CryptographicUsageMask.Encrypt,
        Pkcs11Attribute.Decrypt => CryptographicUsageMask.Decrypt,
        Pkcs11Attribute.Wrap => CryptographicUsageMask.WrapKey,
        Pkcs11Attribute.Unwrap => CryptographicUsageMask.UnwrapKey,
        Pkcs11Attribute.Derive => CryptographicUsageMask.DeriveKey,
        _ => CryptographicUsageMask.NotSet,
    };

    /// <summary>A text's bytes.</summary>
    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);
}

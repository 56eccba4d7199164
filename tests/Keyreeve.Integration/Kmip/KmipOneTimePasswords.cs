using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Objects;

namespace Keyreeve.Integration.Kmip;

/// <summary>One-time passwords, worked out without the server (RFC 4226).</summary>
internal static class KmipOneTimePasswords
{
    /// <summary>The credential of whoever has a token with that seed.</summary>
    public static ManagedObject Token(byte[] seed, OTPAlgorithm algorithm) => ManagedObject.FromFields(ObjectType.OneTimePasswordCredential, KmipValue.Structure(
        new KmipField(Tag.OTPAlgorithm, KmipValue.Enumeration(algorithm)),
        new KmipField(Tag.OTPSerial, KmipValue.Text("4711")),
        new KmipField(Tag.OTPSeed, KmipValue.Bytes(seed))));

    /// <summary>The password of that count.</summary>
    public static string Hotp(byte[] seed, long counter)
    {
        var moving = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(moving, counter);
        var mac = CryptographicOperations.HmacData(HashAlgorithmName.SHA1, seed, moving);
        var number = BinaryPrimitives.ReadUInt32BigEndian(mac.AsSpan(mac[^1] & 0xF)) & 0x7FFFFFFF;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}

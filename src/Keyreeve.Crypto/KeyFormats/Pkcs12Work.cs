using System.Formats.Asn1;
using System.Security.Cryptography;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

/// <summary>
/// How much work the password of a PKCS#12 container makes. Whoever sends a container states its iteration counts, and the time that
/// they cost is the reader's. Contents that are encrypted as a whole may hold keys that are encrypted once more: those are counted once
/// the outside is known to be bearable and has been decrypted.
/// </summary>
internal sealed class Pkcs12Work
{
    private const long MostIterations = 5_000_000;
    private const int Deepest = 32;

    private long _iterations;

    private Pkcs12Work()
    {
    }

    /// <summary>Whether a container may be opened, as far as can be seen from outside.</summary>
    public static bool IsBearable(ReadOnlySpan<byte> encoded) => Count(encoded) is <= MostIterations;

    /// <summary>How many iterations it takes to open a container, as far as can be seen from outside; null if it is none.</summary>
    public static long? Count(ReadOnlySpan<byte> encoded)
    {
        var work = new Pkcs12Work();
        return work.TryCount(encoded) ? work._iterations : null;
    }

    /// <summary>Whether a container may be opened whose outside is bearable: what its encrypted contents cost in addition.</summary>
    /// <param name="container">The container.</param>
    /// <param name="password">The password, which ends in NUL.</param>
    /// <param name="passwordLength">Its length without the NUL.</param>
    public static unsafe bool IsBearableWithin(Pkcs12Handle container, byte* password, int passwordLength)
    {
        var work = new Pkcs12Work();
        using var contents = LibCrypto.Pkcs12SafeContents(container);
        if (contents.IsInvalid) return false;
        foreach (var item in contents.Items)
        {
            // Not encrypted, or not with this password; of an empty one there are two forms.
            using var bags = LibCrypto.Pkcs12DecryptSafeContents(item, password, passwordLength);
            using var bagsOfNone = passwordLength == 0 && bags.IsInvalid ? LibCrypto.Pkcs12DecryptSafeContents(item, null, 0) : new SafeBagStackHandle();
            LibCrypto.ClearErrors();
            foreach (var bag in (bags.IsInvalid ? bagsOfNone : bags).Encode())
            {
                using (bag)
                using (var lease = bag.Reveal())
                    if (!work.TryCount(lease.Span) || work._iterations > MostIterations) return false;
            }
        }

        return true;
    }

    private bool TryCount(ReadOnlySpan<byte> encoded)
    {
        var copy = encoded.ToArray();
        try
        {
            CountIn(new AsnReader(copy, AsnEncodingRules.BER), depth: 0, isMac: false);
            return true;
        }
        catch (AsnContentException)
        {
            // What is no ASN.1 is no container.
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    // spec: RFC 7292 §4: PFX ::= SEQUENCE { version, authSafe, macData OPTIONAL }, MacData ::= SEQUENCE { mac, macSalt, iterations }:
    // of the integers that are not within an algorithm, those of the third element are counts.
    private void CountIn(AsnReader reader, int depth, bool isMac)
    {
        if (depth > Deepest) throw new AsnContentException("A container is not nested so deep.");
        var isByPassword = false;
        for (var i = 0; reader.HasData; i++)
        {
            var tag = reader.PeekTag();
            if (tag == Asn1Tag.ObjectIdentifier)
            {
                var identifier = reader.ReadObjectIdentifier();
                isByPassword = i == 0 && IsByPassword(identifier);
            }
            else if (tag.HasSameClassAndValue(Asn1Tag.PrimitiveOctetString))
            {
                CountWithin(reader.ReadOctetString(), depth);
            }
            else if (tag.IsConstructed)
            {
                CountIn(new AsnReader(reader.PeekContentBytes(), AsnEncodingRules.BER), depth + 1, isByPassword || isMac || (depth == 1 && i == 2));
                reader.ReadEncodedValue();
            }
            else if (isMac && tag == Asn1Tag.Integer)
            {
                Add(reader);
            }
            else
            {
                reader.ReadEncodedValue();
            }
        }
    }

    private void CountWithin(byte[] content, int depth)
    {
        try
        {
            if (content is [0x30, ..]) CountIn(new AsnReader(content, AsnEncodingRules.BER), depth + 1, isMac: false);
        }
        catch (AsnContentException)
        {
            // A salt or a ciphertext, which is not ASN.1 but happens to begin like it.
            return;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private void Add(AsnReader reader)
    {
        if (!reader.TryReadInt64(out var count))
        {
            reader.ReadEncodedValue();
            count = long.MaxValue / 2;
        }

        _iterations = _iterations > MostIterations ? _iterations : _iterations + Math.Min(Math.Max(count, 0), MostIterations + 1);
    }

    // PBES1 and PBKDF2, the algorithms of PKCS#12 itself, scrypt.
    private static bool IsByPassword(string identifier) => identifier.StartsWith("1.2.840.113549.1.5.", StringComparison.Ordinal)
        || identifier.StartsWith("1.2.840.113549.1.12.1.", StringComparison.Ordinal)
        || string.Equals(identifier, "1.3.6.1.4.1.11591.4.11", StringComparison.Ordinal);
}

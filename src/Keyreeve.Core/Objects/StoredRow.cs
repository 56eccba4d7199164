using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Objects;

/// <summary>
/// A managed object as the bytes of its row, and back: what is secret among the attributes encrypted, the whole row
/// authenticated, so that a row altered, swapped or mixed with another is found out when it is read.
/// </summary>
/// <remarks>
/// <code>
/// Attributes = length of clear(4) ‖ clear ‖ secret         AttributeSetCodec each; secret under the KEK, empty if none
/// Material   = version(1) ‖ KEK version(4) ‖ key format(4) ‖ body
/// Seal       = version(1) ‖ KEK version(4) ‖ HMAC-SHA-256 of the canonical row(32)
/// row        = "keyreeve/row/" ‖ version in decimal ‖ 0 ‖ seal's KEK version(4) ‖ tenant(4) ‖ id(16) ‖ row version(8) ‖ object type(4)
///              ‖ key identifier(16) ‖ key version(4) ‖ length(4) ‖ Attributes ‖ length(4) ‖ Material
/// </code>
/// All numbers big-endian. In version 1 of the Seal the row said version 1 whatever the Seal's first byte was, which was the same as long
/// as there was one; rows of version 1 are read, and brought to this one like rows under an older key. The KEK version of the Seal is also that of the secret attributes.
/// </remarks>
internal static class StoredRow
{
    /// <summary>The version of rows that are written.</summary>
    public const byte Version = 2;

    /// <summary>The oldest version that is read.</summary>
    public const byte FirstVersion = 1;

    private const byte MaterialVersion = 1;
    private const int MacSizeInBytes = 32;
    private const int SealSizeInBytes = 1 + 4 + MacSizeInBytes;
    private const int MaterialHeaderSizeInBytes = 1 + 4 + 4;

    private static readonly byte[][] RowLabels = [[], Encoding.ASCII.GetBytes("keyreeve/row/1\0"), Encoding.ASCII.GetBytes("keyreeve/row/2\0")];
    private static readonly byte[] SecretAttributesLabel = Encoding.ASCII.GetBytes("keyreeve/secret-attributes/1\0");

    /// <summary>Makes the row.</summary>
    /// <param name="managedObject">The object.</param>
    /// <param name="ring">The tenant's keys.</param>
    /// <param name="version">The version of the row: an older one is written by tests alone.</param>
    public static StoredObject Seal(ManagedObject managedObject, TenantKeyRing ring, byte version = Version)
    {
        var keys = ring.Current;
        var row = new StoredObject
        {
            Tenant = managedObject.Tenant,
            Id = managedObject.Id,
            RowVersion = managedObject.RowVersion,
            ObjectType = managedObject.ObjectType,
            KeyIdentifier = managedObject.KeyIdentifier,
            KeyVersion = managedObject.KeyVersion,
            Attributes = EncodeAttributes(managedObject, keys),
            Material = EncodeMaterial(managedObject.Material),
            Seal = ReadOnlyMemory<byte>.Empty,
            Names = IndexTerms.NamesOf(managedObject),
            Index = IndexTerms.EntriesOf(managedObject, ring.Blinding),
        };
        var seal = new byte[SealSizeInBytes];
        seal[0] = version;
        BinaryPrimitives.WriteInt32BigEndian(seal.AsSpan(1), keys.Version);
        keys.AuthenticateRow(Canonical(row, keys.Version, version), seal.AsSpan(5));
        return row with { Seal = seal };
    }

    /// <summary>Verifies a row and reads the object.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>.</exception>
    public static ManagedObject Open(StoredObject row, TenantId tenant, TenantKeyRing ring)
    {
        var keys = Verify(row, tenant, ring);
        return new ManagedObject
        {
            Tenant = row.Tenant,
            Id = row.Id,
            ObjectType = row.ObjectType,
            RowVersion = row.RowVersion,
            Attributes = DecodeAttributes(row, keys),
            Material = DecodeMaterial(row),
        };
    }

    /// <summary>Whether all of the row is under this version of the tenant's key, and of the version that is written.</summary>
    public static bool IsUnder(StoredObject row, int kekVersion)
    {
        if (row.Seal.Length != SealSizeInBytes || row.Seal.Span[0] != Version || BinaryPrimitives.ReadInt32BigEndian(row.Seal.Span[1..]) != kekVersion) return false;
        return row.Material.IsEmpty || DecodeMaterial(row)!.KekVersion == kekVersion;
    }

    private static TenantKeys Verify(StoredObject row, TenantId tenant, TenantKeyRing ring)
    {
        var seal = row.Seal.Span;
        if (row.Tenant != tenant || seal.Length != SealSizeInBytes || seal[0] is < FirstVersion or > Version) throw Altered(row);
        if (ring.Find(BinaryPrimitives.ReadInt32BigEndian(seal[1..])) is not { } keys) throw Altered(row);
        Span<byte> mac = stackalloc byte[MacSizeInBytes];
        keys.AuthenticateRow(Canonical(row, keys.Version, seal[0]), mac);
        return CryptographicOperations.FixedTimeEquals(mac, seal[5..]) ? keys : throw Altered(row);
    }

    private static byte[] Canonical(StoredObject row, int kekVersion, byte version)
    {
        var label = RowLabels[version];
        var bytes = new byte[label.Length + 4 + 4 + 16 + 8 + 4 + 16 + 4 + 4 + row.Attributes.Length + 4 + row.Material.Length];
        var rest = bytes.AsSpan();
        Append(ref rest, label);
        AppendInt32(ref rest, kekVersion);
        AppendInt32(ref rest, row.Tenant.Value);
        AppendId(ref rest, row.Id);
        BinaryPrimitives.WriteInt64BigEndian(rest, row.RowVersion);
        rest = rest[8..];
        AppendInt32(ref rest, unchecked((int)row.ObjectType));
        AppendId(ref rest, row.KeyIdentifier);
        AppendInt32(ref rest, row.KeyVersion);
        AppendInt32(ref rest, row.Attributes.Length);
        Append(ref rest, row.Attributes.Span);
        AppendInt32(ref rest, row.Material.Length);
        Append(ref rest, row.Material.Span);
        return bytes;
    }

    private static byte[] EncodeAttributes(ManagedObject managedObject, TenantKeys keys)
    {
        var (clear, secret) = managedObject.Attributes.Split(static key => IndexTerms.IsSecret(key.Name));
        var clearBytes = AttributeSetCodec.Encode(clear);
        if (clearBytes.Length > AttributeValueRules.LargestSetInBytes)
            throw new KeyreeveException(KeyreeveError.RequestTooLarge, $"An object's attributes take at most {AttributeValueRules.LargestSetInBytes} bytes.");
        var secretBytes = secret.Instances.IsEmpty ? [] : AttributeSetCodec.Encode(secret);
        var bytes = new byte[4 + clearBytes.Length + (secretBytes.Length == 0 ? 0 : secretBytes.Length + CommittingAead.OverheadInBytes)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, clearBytes.Length);
        clearBytes.CopyTo(bytes, 4);
        if (secretBytes.Length == 0) return bytes;
        var aad = SecretAttributesAad(managedObject.Tenant, managedObject.Id, keys.Version);
        keys.Wrapping.Seal(aad, secretBytes, bytes.AsSpan(4 + clearBytes.Length));
        CryptographicOperations.ZeroMemory(secretBytes);
        return bytes;
    }

    private static AttributeSet DecodeAttributes(StoredObject row, TenantKeys keys)
    {
        var bytes = row.Attributes.Span;
        if (bytes.Length < 4) throw Altered(row);
        var clearLength = BinaryPrimitives.ReadInt32BigEndian(bytes);
        if (clearLength < 0 || clearLength > bytes.Length - 4) throw Altered(row);
        if (!AttributeSetCodec.TryDecode(bytes.Slice(4, clearLength), out var clear)) throw Altered(row);

        var secretBody = bytes[(4 + clearLength)..];
        if (secretBody.IsEmpty) return clear;
        if (!keys.Wrapping.TryOpen(SecretAttributesAad(row.Tenant, row.Id, keys.Version), secretBody, out var opened)) throw Altered(row);
        using (opened)
        using (var lease = opened.Reveal())
            return AttributeSetCodec.TryDecode(lease.Span, out var secret) ? clear.Merge(secret) : throw Altered(row);
    }

    private static byte[] EncodeMaterial(WrappedMaterial? material)
    {
        if (material is null) return [];
        var bytes = new byte[MaterialHeaderSizeInBytes + material.Body.Length];
        bytes[0] = MaterialVersion;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), material.KekVersion);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(5), (uint)material.KeyFormatType);
        material.Body.CopyTo(bytes.AsMemory(MaterialHeaderSizeInBytes));
        return bytes;
    }

    private static WrappedMaterial? DecodeMaterial(StoredObject row)
    {
        var bytes = row.Material.Span;
        if (bytes.IsEmpty) return null;
        if (bytes.Length < MaterialHeaderSizeInBytes || bytes[0] != MaterialVersion) throw Altered(row);
        return new WrappedMaterial(
            BinaryPrimitives.ReadInt32BigEndian(bytes[1..]),
            (KeyFormatType)BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]),
            row.Material[MaterialHeaderSizeInBytes..]);
    }

    private static byte[] SecretAttributesAad(TenantId tenant, UniqueIdentifier id, int kekVersion)
    {
        var aad = new byte[SecretAttributesLabel.Length + 4 + 16 + 4];
        var rest = aad.AsSpan();
        Append(ref rest, SecretAttributesLabel);
        AppendInt32(ref rest, tenant.Value);
        AppendId(ref rest, id);
        AppendInt32(ref rest, kekVersion);
        return aad;
    }

    private static void Append(ref Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        rest = rest[bytes.Length..];
    }

    private static void AppendInt32(ref Span<byte> rest, int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(rest, value);
        rest = rest[4..];
    }

    private static void AppendId(ref Span<byte> rest, UniqueIdentifier id)
    {
        id.CopyTo(rest[..UniqueIdentifier.SizeInBytes]);
        rest = rest[UniqueIdentifier.SizeInBytes..];
    }

    private static KeyreeveException Altered(StoredObject row) =>
        new(KeyreeveError.IntegrityFailure, $"The stored object {row.Id} fails its authentication: it was altered outside the server.");
}

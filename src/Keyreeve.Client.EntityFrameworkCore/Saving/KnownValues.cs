using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Keyreeve.Client.EntityFrameworkCore.Modelling;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>
/// What the database has of the protected properties of objects, so that a change is seen: as digests under a key of this process, which
/// keep no copy of a value.
/// </summary>
internal sealed class KnownValues
{
    private static readonly byte[] Null = [];

    private readonly byte[] _digestKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConditionalWeakTable<object, Dictionary<string, byte[]>> _known = [];

    /// <summary>Whether an object's property is what the database has; null where nothing is known of it.</summary>
    public bool? IsSame(object entity, EncryptedColumn column, object? value)
    {
        if (!_known.TryGetValue(entity, out var digests))
            return null;
        lock (digests)
            return digests.TryGetValue(column.Property.Name, out var digest) ? digest.AsSpan().SequenceEqual(DigestOf(column, value)) : null;
    }

    public void Remember(object entity, EncryptedColumn column, object? value)
    {
        var digests = _known.GetOrCreateValue(entity);
        lock (digests)
            digests[column.Property.Name] = DigestOf(column, value);
    }

    private byte[] DigestOf(EncryptedColumn column, object? value)
    {
        if (value is null)
            return Null;
        var bytes = FieldCodec.Encode(column.Type, value);
        try
        {
            return HMACSHA256.HashData(_digestKey, bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

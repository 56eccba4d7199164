using System.Buffers.Binary;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>What the tests of the contract share: a way to make rows, and a way to compare them.</summary>
public abstract class StoreContract
{
    private static readonly DateTimeOffset Origin = new(2029, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static long _created;

    protected static TenantId Tenant => TenantId.Default;

    protected static TenantId OtherTenant { get; } = new(2);

    protected static CancellationToken None => CancellationToken.None;

    /// <summary>An identity newer than all before it.</summary>
    protected static UniqueIdentifier NewId() => UniqueIdentifier.New(Origin.AddMilliseconds(Interlocked.Increment(ref _created)));

    protected static StoredObject NewRow(string? name = null, params IndexEntry[] index)
    {
        var id = NewId();
        return new StoredObject
        {
            Tenant = Tenant,
            Id = id,
            RowVersion = 1,
            ObjectType = ObjectType.SymmetricKey,
            KeyIdentifier = id,
            KeyVersion = 1,
            Attributes = Bytes($"attributes of {id}"),
            Material = Bytes($"material of {id}"),
            Seal = Bytes($"seal of {id}"),
            Names = name is null ? [] : [name],
            Index = index,
        };
    }

    protected static StoredObject Next(StoredObject row) => row with { RowVersion = row.RowVersion + 1 };

    protected static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    protected static ReadOnlyMemory<byte> Number(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    protected static IndexEntry Entry(string term, string value) => new(term, Bytes(value));

    protected static IndexEntry Entry(string term, int value) => new(term, Number(value));

    protected static IndexCondition Equal(string term, string value) => IndexCondition.Equal(term, Bytes(value));

    protected static IndexCondition Equal(string term, int value) => IndexCondition.Equal(term, Number(value));

    protected static IndexCondition Between(string term, int from, int to) => new(term, [new IndexRange(Number(from), Number(to))]);

    protected static StoreChanges Insert(params StoredObject[] rows) => new() { Inserts = rows };

    protected static StoreChanges Update(params StoredObject[] rows) => new() { Updates = rows };

    protected static ObjectQuery Query(params IndexCondition[] conditions) => new() { Tenant = Tenant, Conditions = conditions, Limit = 100 };

    protected static PendingAudit NewAudit(string record = "{}") => new(NewId(), Bytes(record));

    protected static async Task<KeyreeveError> RefusalOf(ValueTask commit)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await commit);
        Assert.False(string.IsNullOrWhiteSpace(refusal.Message));
        return refusal.Error;
    }

    protected static void AssertSame(StoredObject expected, StoredObject? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(
            (expected.Tenant, expected.Id, expected.RowVersion, expected.ObjectType, expected.KeyIdentifier, expected.KeyVersion),
            (actual.Tenant, actual.Id, actual.RowVersion, actual.ObjectType, actual.KeyIdentifier, actual.KeyVersion));
        Assert.Equal(expected.Attributes.ToArray(), actual.Attributes.ToArray());
        Assert.Equal(expected.Material.ToArray(), actual.Material.ToArray());
        Assert.Equal(expected.Seal.ToArray(), actual.Seal.ToArray());
    }

    protected static async Task<IReadOnlyList<UniqueIdentifier>> Located(IObjectStore store, ObjectQuery query) =>
        (await store.LocateAsync(query, None)).Ids;
}

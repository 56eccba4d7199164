using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Benchmarks;

/// <summary>Rows as the server makes them for an AES-256 key of an application: sizes and entries, not contents.</summary>
internal static class StoreRows
{
    /// <summary>How many key groups the rows are spread over.</summary>
    public const int Groups = 1000;

    /// <summary>How many values the custom attribute "site" has.</summary>
    public const int Sites = 50_000;

    private const int AttributesSizeInBytes = 420;
    private const int MaterialSizeInBytes = 140;
    private const int SealSizeInBytes = 37;
    private const int AuditSizeInBytes = 520;

    /// <summary>The row of object number <paramref name="number"/>, made at that second.</summary>
    public static StoredObject New(int number)
    {
        var second = DateTimeOffset.UnixEpoch.AddSeconds(1_900_000_000 + (number / 100));
        var id = UniqueIdentifier.New(second.AddMilliseconds(number % 1000));
        return new StoredObject
        {
            Tenant = TenantId.Default,
            Id = id,
            RowVersion = 1,
            ObjectType = ObjectType.SymmetricKey,
            KeyIdentifier = id,
            KeyVersion = 1,
            Attributes = new byte[AttributesSizeInBytes],
            Material = new byte[MaterialSizeInBytes],
            Seal = new byte[SealSizeInBytes],
            Names = [NameOf(number)],
            Index = Entries(number, id, second),
        };
    }

    /// <summary>A record of the size that a creation's audit record has.</summary>
    public static PendingAudit NewAudit(StoredObject row) => new(row.Id, new byte[AuditSizeInBytes]);

    public static IndexCondition ByName(int number) => IndexCondition.Equal("Name", Text(NameOf(number)));

    public static IndexCondition ByGroup(int group) => IndexCondition.Equal("KeyGroup", Text(GroupOf(group)));

    /// <summary>Of 100 objects 97 are Active, 2 Deactivated and 1 Pre-Active.</summary>
    public static IndexCondition ByState(State state) => IndexCondition.Equal("State", Number((uint)state));

    public static IndexCondition BySite(int site) => IndexCondition.Equal("Custom/1/x/site", Text(SiteOf(site)));

    /// <summary>Objects made in those seconds; 100 are made in each.</summary>
    public static IndexCondition ByInitialDate(int fromSecond, int toSecond) =>
        new("InitialDate", [new IndexRange(Date(1_900_000_000 + fromSecond), Date(1_900_000_000 + toSecond))]);

    private static IndexEntry[] Entries(int number, UniqueIdentifier id, DateTimeOffset second)
    {
        var date = Date(second.ToUnixTimeSeconds());
        return
        [
            new("ObjectType", Number((uint)ObjectType.SymmetricKey)),
            new("KeyGroup", Text(GroupOf(number))),
            new("State", Number((uint)((number % 100) switch { 0 => State.PreActive, 1 or 2 => State.Deactivated, _ => State.Active }))),
            new("Name", Text(NameOf(number))),
            new("CryptographicAlgorithm", Number((uint)CryptographicAlgorithm.AES)),
            new("CryptographicLength", Number(256)),
            new("CryptographicUsageMask/2", Number(1)),
            new("CryptographicUsageMask/3", Number(1)),
            new("Digest/5", Number(6)),
            new("Digest/6", RandomNumberGenerator.GetBytes(16)),
            new("Digest/7", Number(1)),
            new("InitialDate", date),
            new("ActivationDate", date),
            new("LastChangeDate", date),
            new("OriginalCreationDate", date),
            new("KeyIdentifier", id.ToByteArray()),
            new("KeyVersion", Number(1)),
            new("CurrentVersion", Number(1)),
            new("Owner", Text($"application {number % 200}")),
            new("Custom/1/x/site", Text(SiteOf(number))),
        ];
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"payments/record-{Scatter(number):x8}");

    private static string GroupOf(int number) => string.Create(CultureInfo.InvariantCulture, $"payments/team-{number % Groups}");

    private static string SiteOf(int number) => string.Create(CultureInfo.InvariantCulture, $"site-{Scatter(number) % Sites}");

    // Names do not come in their own order.
    private static uint Scatter(int number) => unchecked((uint)number * 2_654_435_761);

    private static ReadOnlyMemory<byte> Text(string text) => Encoding.UTF8.GetBytes(text);

    private static ReadOnlyMemory<byte> Number(uint value)
    {
        var bytes = new byte[5];
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), value);
        return bytes;
    }

    private static ReadOnlyMemory<byte> Date(long unixSeconds)
    {
        var bytes = new byte[9];
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), unixSeconds);
        return bytes;
    }
}

using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

public sealed class StoredRowTests : IDisposable
{
    private static readonly Dictionary<string, Func<StoredObject, StoredObject, StoredObject>> ByName = new(StringComparer.Ordinal)
    {
        ["identity of another"] = static (mine, other) => other with { Id = mine.Id },
        ["another's identity"] = static (mine, other) => mine with { Id = other.Id },
        ["attributes of another"] = static (mine, other) => mine with { Attributes = other.Attributes },
        ["material of another"] = static (mine, other) => mine with { Material = other.Material },
        ["seal of another"] = static (mine, other) => mine with { Seal = other.Seal },
        ["key of another"] = static (mine, other) => mine with { KeyIdentifier = other.Id },
        ["key version"] = static (mine, _) => mine with { KeyVersion = 9 },
        ["row version"] = static (mine, _) => mine with { RowVersion = 9 },
        ["type"] = static (mine, _) => mine with { ObjectType = ObjectType.OpaqueObject },
        ["tenant"] = static (mine, _) => mine with { Tenant = new TenantId(9) },
        ["no material"] = static (mine, _) => mine with { Material = ReadOnlyMemory<byte>.Empty },
        // What moves between the two lengths makes the same bytes only if lengths are not covered.
        ["bytes moved between fields"] = static (mine, _) => mine with { Attributes = mine.Attributes[..^1], Material = (byte[])[mine.Attributes.Span[^1], .. mine.Material.Span] },
    };

    public static TheoryData<string> Alterations { get; } = [.. ByName.Keys];

    private readonly TenantKeyRing _ring = new();

    public StoredRowTests()
    {
        using var kek = SecretBytes.Random(32);
        _ring.Add(new TenantKeys(1, kek));
    }

    public void Dispose() => _ring.Dispose();

    [Fact]
    public void Open_WhatWasSealed_IsTheSame()
    {
        var made = Make();

        var opened = StoredRow.Open(StoredRow.Seal(made, _ring), made.Tenant, _ring);

        Assert.Equal(made.Attributes.Instances.AsEnumerable(), opened.Attributes.Instances);
        Assert.Equal((made.Id, made.RowVersion, made.ObjectType, made.KeyVersion), (opened.Id, opened.RowVersion, opened.ObjectType, opened.KeyVersion));
        Assert.Equal(made.Material!.Body.ToArray(), opened.Material!.Body.ToArray());
        Assert.Equal((made.Material.KekVersion, made.Material.KeyFormatType), (opened.Material.KekVersion, opened.Material.KeyFormatType));
    }

    [Theory]
    [Trait("Attack", "46")]
    [MemberData(nameof(Alterations))]
    public void Open_FieldsAltered_IsRefused(string alteration)
    {
        var mine = StoredRow.Seal(Make(), _ring);
        var other = StoredRow.Seal(Make(), _ring);

        Assert.Equal(KeyreeveError.IntegrityFailure, Assert.Throws<KeyreeveException>(() => StoredRow.Open(ByName[alteration](mine, other), mine.Tenant, _ring)).Error);
    }

    [Fact]
    public void Open_AfterTheKeyRotated_StillOpens()
    {
        var row = StoredRow.Seal(Make(), _ring);
        using var kek = SecretBytes.Random(32);
        _ring.Add(new TenantKeys(2, kek));

        StoredRow.Open(row, row.Tenant, _ring);
        Assert.NotEqual(row.Seal.ToArray(), StoredRow.Seal(Make(), _ring).Seal.ToArray());
    }

    [Fact]
    public void Open_KeysOfAnotherTenant_IsRefused()
    {
        var row = StoredRow.Seal(Make(), _ring);
        using var others = new TenantKeyRing();
        using var kek = SecretBytes.Random(32);
        others.Add(new TenantKeys(1, kek));

        Assert.Throws<KeyreeveException>(() => StoredRow.Open(row, row.Tenant, others));
    }

    [Fact]
    public void Seal_NamesOfADestroyedObject_AreFree()
    {
        var made = Make();
        var destroyed = made with { Attributes = made.Attributes.With(AttributeName.State, AttributeValue.Of(State.Destroyed)) };

        Assert.Equal(["a"], StoredRow.Seal(made, _ring).Names);
        Assert.Empty(StoredRow.Seal(destroyed, _ring).Names);
    }

    private static ManagedObject Make() => new()
    {
        Tenant = TenantId.Default,
        Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch),
        ObjectType = ObjectType.SymmetricKey,
        RowVersion = 3,
        Attributes = AttributeSetCodecTests.Everything.With(AttributeName.Digest, AttributeValue.Of(
            new StructureField(AttributeField.HashingAlgorithm, AttributeValue.Of(HashingAlgorithm.SHA256)),
            new StructureField(AttributeField.DigestValue, AttributeValue.Of([1, 2, 3])))).With(AttributeName.Name, AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of("a")))),
        Material = new WrappedMaterial(1, KeyFormatType.Raw, System.Security.Cryptography.RandomNumberGenerator.GetBytes(8)),
    };
}

using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>The store in somebody else's hands: whatever is altered in it is found out.</summary>
public sealed class VaultTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    public static TheoryData<string> Alterations { get; } = [.. AlterationsByName.Keys];

    private static Dictionary<string, Func<StoredObject, StoredObject, StoredObject>> AlterationsByName => new(StringComparer.Ordinal)
    {
        ["rows swapped, identity kept"] = (mine, other) => other with { Id = mine.Id },
        ["rows swapped whole"] = (_, other) => other,
        ["material of another row"] = (mine, other) => mine with { Material = other.Material },
        ["attributes of another row"] = (mine, other) => mine with { Attributes = other.Attributes },
        ["material and seal of another row"] = (mine, other) => mine with { Material = other.Material, Seal = other.Seal },
        ["seal of another row"] = (mine, other) => mine with { Seal = other.Seal },
        ["material removed"] = (mine, _) => mine with { Material = ReadOnlyMemory<byte>.Empty },
        ["version raised"] = (mine, _) => mine with { RowVersion = mine.RowVersion + 1 },
        ["another type"] = (mine, _) => mine with { ObjectType = ObjectType.SecretData },
        ["another key"] = (mine, other) => mine with { KeyIdentifier = other.Id },
        ["another version of the key"] = (mine, _) => mine with { KeyVersion = 2 },
        ["another tenant's"] = (mine, _) => mine with { Tenant = new TenantId(2) },
        ["a byte of the attributes"] = (mine, _) => mine with { Attributes = Flipped(mine.Attributes) },
        ["a byte of the material"] = (mine, _) => mine with { Material = Flipped(mine.Material) },
        ["a byte of the seal"] = (mine, _) => mine with { Seal = Flipped(mine.Seal) },
        ["no seal"] = (mine, _) => mine with { Seal = ReadOnlyMemory<byte>.Empty },
    };

    [Theory]
    [Trait("Attack", "46")]
    [MemberData(nameof(Alterations))]
    public async Task Find_RowAlteredInTheStore_IsFoundOut(string alteration)
    {
        var mine = await engine.CreateAesAsync();
        var other = (await engine.Store.FindAsync(engine.Owner.Tenant, await engine.CreateAesAsync(), CancellationToken.None))!;
        await engine.RestartAsync();
        engine.Store.Alter = row => row.Id == mine ? AlterationsByName[alteration](row, other) : row;
        try
        {
            Assert.Equal(KeyreeveError.IntegrityFailure, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = mine }));
            Assert.Equal(KeyreeveError.IntegrityFailure, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = mine }));
        }
        finally
        {
            engine.Store.Alter = null;
        }

        using var unharmed = await engine.RunAsync(new GetOperation(), new GetRequest { Id = mine });
        Assert.NotNull(unharmed.Value.KeyBlock!.Material);
    }

    [Fact]
    public async Task Find_OlderRowOfTheSameObject_IsNotTakenForTheNewOne()
    {
        var id = await engine.CreateAesAsync(active: false);
        var older = (await engine.Store.FindAsync(engine.Owner.Tenant, id, CancellationToken.None))!;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        await engine.RestartAsync();

        // A whole older row is authentic in itself: what finds a rolled back store is its signed head. But it cannot be passed
        // off as the newer one, and nothing is written over it.
        engine.Store.Alter = row => row.Id == id ? older with { RowVersion = row.RowVersion } : row;
        try
        {
            Assert.Equal(KeyreeveError.IntegrityFailure, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id }));
        }
        finally
        {
            engine.Store.Alter = null;
        }
    }

    [Fact]
    public async Task Rotate_TenantKey_OlderObjectsStillOpenAndNewOnesAreWrappedAnew()
    {
        var before = await engine.CreateAesAsync();
        var encrypted = await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = before, Data = new byte[16] });
        var version = await engine.Hierarchy.RotateTenantAsync(TenantId.Default, CancellationToken.None);
        var after = await engine.CreateAesAsync();
        await engine.RestartAsync();

        var request = new DecryptRequest
        {
            Id = before, Data = encrypted.Data, IVCounterNonce = encrypted.IVCounterNonce, AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
        };
        await engine.RunAsync(new DecryptOperation(), request);
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = after, Data = new byte[16] });
        Assert.Equal(version, (await engine.Engine.Objects.FindAsync(TenantId.Default, after, CancellationToken.None))!.Material!.KekVersion);
        Assert.NotEqual(version, (await engine.Engine.Objects.FindAsync(TenantId.Default, before, CancellationToken.None))!.Material!.KekVersion);
    }

    [Fact]
    public async Task Open_AnotherRootKey_IsRefused()
    {
        using var another = SecretBytes.Random(32);

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await KeyHierarchy.OpenAsync(engine.Store, another, CancellationToken.None));

        Assert.Equal(KeyreeveError.IntegrityFailure, refusal.Error);
    }

    [Fact]
    public void WrapForServer_AnotherLabel_DoesNotOpen()
    {
        using var secret = SecretBytes.Random(32);
        var wrapped = engine.Hierarchy.WrapForServer("ca-key", secret);

        using var opened = engine.Hierarchy.UnwrapForServer("ca-key", wrapped);

        Assert.Equal(secret, opened);
        Assert.Equal(KeyreeveError.IntegrityFailure, Assert.Throws<KeyreeveException>(() => engine.Hierarchy.UnwrapForServer("audit", wrapped)).Error);
        Assert.Equal(KeyreeveError.IntegrityFailure, Assert.Throws<KeyreeveException>(() => engine.Hierarchy.UnwrapForServer("ca-key", [])).Error);
    }

    [Fact]
    public void Derive_SameLabel_SameKeyAfterARestartToo()
    {
        using var first = engine.Hierarchy.Derive("audit", 32);
        using var second = engine.Hierarchy.Derive("audit", 32);
        using var other = engine.Hierarchy.Derive("audit2", 32);

        Assert.Equal(first, second);
        Assert.NotEqual(first, other);
    }

    [Fact]
    public async Task Store_Digest_IsNotInTheClear()
    {
        var id = await engine.CreateAesAsync();
        var digest = (BytesValue)((StructureValue)(await engine.AttributesOfAsync(id)).Find(AttributeName.Digest)!)[AttributeField.DigestValue]!;
        var row = (await engine.Store.FindAsync(engine.Owner.Tenant, id, CancellationToken.None))!;

        Assert.Equal(-1, row.Attributes.Span.IndexOf(digest.Value.AsSpan()));

        // Yet it is found by it.
        var wanted = AttributeValue.Of(new StructureField(AttributeField.DigestValue, digest));
        Assert.Equal([id], (await engine.RunAsync(new LocateOperation(), new LocateRequest { Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.Digest, wanted)] })).Ids);
    }

    private static byte[] Flipped(ReadOnlyMemory<byte> bytes)
    {
        var flipped = bytes.ToArray();
        flipped[flipped.Length / 2] ^= 1;
        return flipped;
    }
}

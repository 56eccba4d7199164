using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Who may do what with which key, asked over KMIP.</summary>
public sealed class KmipPolicyTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly CryptographicParameters Gcm = new() { BlockCipherMode = BlockCipherMode.GCM };

    [Fact]
    [Trait("Attack", "36")]
    public async Task Encrypt_CallerChosenGcmNonceInAStrictGroup_IsRefused()
    {
        using var certificate = door.Enrol("nonce-strict");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(client, id, new byte[12]));
        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
        Assert.Contains("strict", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Encrypt_CallerChosenGcmNonceInAnInteropGroup_IsUsed()
    {
        using var certificate = door.Enrol("nonce-interop", KmipDoor.InteropGroup);
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        using var encrypted = await EncryptAsync(client, id, new byte[12]);
        Assert.Null(encrypted.Payload.IVCounterNonce);
        Assert.Equal(16, encrypted.Payload.AuthenticatedEncryptionTag!.Value.Length);
    }

    [Fact]
    public async Task Decrypt_WhatTheServerEncrypted_IsTheSame()
    {
        using var certificate = door.Enrol("gcm");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        using var encrypted = await EncryptAsync(client, id, null);
        using var decrypted = await client.DecryptAsync(Decryption(id, encrypted.Payload));
        Assert.Equal("attack at dawn"u8.ToArray(), decrypted.Payload.Data!.Value.ToArray());
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Decrypt_AnythingAltered_FailsTheSameWay()
    {
        using var certificate = door.Enrol("altered");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        using var encrypted = await EncryptAsync(client, id, null);
        var good = Decryption(id, encrypted.Payload);
        byte[] Flipped(ReadOnlyMemory<byte>? bytes)
        {
            var altered = bytes!.Value.ToArray();
            altered[0] ^= 1;
            return altered;
        }

        var messages = new List<string>();
        foreach (var bad in new[]
        {
            good.With(data: Flipped(good.Data!.Value.Bytes)), good.With(nonce: Flipped(good.IVCounterNonce)),
            good.With(tag: Flipped(good.AuthenticatedEncryptionTag)), good.With(tag: []), good.With(nonce: [1]),
        })
        {
            var refusal = await Assert.ThrowsAsync<KmipException>(() => client.DecryptAsync(bad));
            Assert.Equal(ResultReason.CryptographicFailure, refusal.ResultReason);
            messages.Add(refusal.Message);
        }

        Assert.Single(messages.Distinct());
    }

    [Theory]
    [InlineData(BlockCipherMode.CTR)]
    [InlineData(BlockCipherMode.ECB)]
    public async Task Decrypt_InAModeThatLaysTheCipherBare_IsRefusedInAStrictGroup(BlockCipherMode mode)
    {
        using var certificate = door.Enrol($"oracle-{mode}");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.DecryptAsync(new DecryptRequest
        {
            UniqueIdentifier = id,
            CryptographicParameters = new() { BlockCipherMode = mode },
            Data = DataReference.From(new byte[16]),
            IVCounterNonce = new byte[16],
        }));
        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Encrypt_UsageMaskThatForbidsIt_IsRefused()
    {
        using var certificate = door.Enrol("mask");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client, CryptographicUsageMask.WrapKey);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(client, id, null));
        Assert.Equal(ResultReason.IncompatibleCryptographicUsageMask, refusal.ResultReason);
    }

    [Fact]
    [Trait("Attack", "40")]
    public async Task Encrypt_KeyThatIsNotActive_IsRefused()
    {
        using var certificate = door.Enrol("state");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client, activate: false);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(client, id, null));
        Assert.Equal(ResultReason.WrongKeyLifecycleState, refusal.ResultReason);
    }

    [Fact]
    public async Task Create_WeakAlgorithmInAStrictGroup_IsRefused()
    {
        using var certificate = door.Enrol("weak");
        await using var client = door.Client(certificate);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.CreateAsync(ObjectType.SymmetricKey, Attributes(CryptographicAlgorithm.DES3, 168)));
        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Object_OfAnotherTenant_IsAsIfItWereAbsent()
    {
        using var certificate = door.Enrol("tenant-1");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);

        using var stranger = await door.EnrolElsewhereAsync("tenant-2");
        await using var elsewhere = door.Client(stranger);
        await CreateAsync(elsewhere);
        var absent = UniqueIdentifier.From(Guid.CreateVersion7().ToString());
        foreach (var ask in new Func<UniqueIdentifier, Task>[]
        {
            i => elsewhere.GetAttributesAsync(i, [Tag.State]), i => elsewhere.DestroyAsync(i), i => EncryptAsync(elsewhere, i, null),
        })
        {
            var existing = await Assert.ThrowsAsync<KmipException>(() => ask(id));
            var missing = await Assert.ThrowsAsync<KmipException>(() => ask(absent));
            Assert.Equal((missing.ResultReason, missing.Message), (existing.ResultReason, existing.Message));
        }
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task Locate_WithoutConditions_ShowsOnlyTheCallersGroups()
    {
        using var certificate = door.Enrol("mine", "group-a");
        using var other = door.Enrol("theirs", "group-b");
        await using var client = door.Client(certificate);
        await using var stranger = door.Client(other);
        var mine = await CreateAsync(client);
        var theirs = await CreateAsync(stranger);
        Assert.Equal([mine], await client.LocateAsync(AttributeList.Empty));
        Assert.Equal([theirs], await stranger.LocateAsync(AttributeList.Empty));
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.GetAttributesAsync(theirs, [Tag.State]));
        Assert.Equal(ResultReason.ObjectNotFound, refusal.ResultReason);
    }

    [Fact]
    public async Task Administrator_UsingAKey_IsRefused()
    {
        using var administrator = door.Enrol("administrator", "duties", Role.KeyAdministrator);
        await using var client = door.Client(administrator);
        var id = await CreateAsync(client);
        var refusal = await Assert.ThrowsAsync<KmipException>(() => EncryptAsync(client, id, null));
        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);

        using var user = door.Enrol("user", "duties", Role.KeyUser);
        await using var uses = door.Client(user);
        (await EncryptAsync(uses, id, null)).Dispose();
        refusal = await Assert.ThrowsAsync<KmipException>(() => uses.DestroyAsync(id));
        Assert.Equal(ResultReason.PermissionDenied, refusal.ResultReason);
    }

    [Fact]
    [Trait("Attack", "60")]
    public async Task Attribute_WithSqlInIt_IsData()
    {
        using var certificate = door.Enrol("sql");
        await using var client = door.Client(certificate);
        var id = await CreateAsync(client);
        const string Hostile = "'; DROP TABLE objects; --";
        var custom = new KmipAttribute(AttributeReference.Vendor("x", "note"), KmipValue.Text(Hostile));
        await client.AddAttributeAsync(id, custom);
        Assert.Equal([id], await client.LocateAsync(new AttributeList(custom)));
        Assert.Empty(await client.LocateAsync(new AttributeList(new KmipAttribute(custom.Reference, KmipValue.Text("' OR '1'='1")))));
    }

    private static async Task<UniqueIdentifier> CreateAsync(
        KmipClient client, CryptographicUsageMask usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt, bool activate = true)
    {
        var id = await client.CreateAsync(ObjectType.SymmetricKey, Attributes(CryptographicAlgorithm.AES, 256, usage));
        if (activate) await client.ActivateAsync(id);
        return id;
    }

    private static AttributeList Attributes(
        CryptographicAlgorithm algorithm, int length, CryptographicUsageMask usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt) => new(
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(algorithm)),
            new(Tag.CryptographicLength, KmipValue.Integer(length)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)usage)));

    private static Task<KmipResponse<EncryptResponse>> EncryptAsync(KmipClient client, UniqueIdentifier id, byte[]? nonce) => client.EncryptAsync(new EncryptRequest
    {
        UniqueIdentifier = id,
        CryptographicParameters = Gcm,
        Data = DataReference.From("attack at dawn"u8.ToArray()),
        IVCounterNonce = nonce is null ? default(ReadOnlyMemory<byte>?) : nonce,
    });

    private static DecryptRequest Decryption(UniqueIdentifier id, EncryptResponse encrypted) => new()
    {
        UniqueIdentifier = id,
        CryptographicParameters = Gcm,
        Data = DataReference.From(encrypted.Data!.Value),
        IVCounterNonce = encrypted.IVCounterNonce,
        AuthenticatedEncryptionTag = encrypted.AuthenticatedEncryptionTag,
    };
}

internal static class DecryptRequestExtensions
{
    /// <summary>The same request with something else in it.</summary>
    public static DecryptRequest With(this DecryptRequest request, byte[]? data = null, byte[]? nonce = null, byte[]? tag = null) => new()
    {
        UniqueIdentifier = request.UniqueIdentifier,
        CryptographicParameters = request.CryptographicParameters,
        Data = data is null ? request.Data : DataReference.From(data),
        IVCounterNonce = nonce is null ? request.IVCounterNonce : nonce,
        AuthenticatedEncryptionTag = tag is null ? request.AuthenticatedEncryptionTag : tag,
    };
}

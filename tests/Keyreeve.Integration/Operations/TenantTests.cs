using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Two tenants on one engine: what one has does not exist for the other.</summary>
public sealed class TenantTests : IAsyncLifetime
{
    private static readonly TenantId Other = new(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-tenants-").FullName;
    private readonly SecretBytes _root = SecretBytes.Random(32);
    private SqliteObjectStore? _store;
    private KeyHierarchy? _hierarchy;
    private AuditChain? _audit;
    private Engine? _engine;

    private OperationPipeline Pipeline => new(_engine!);

    public async ValueTask InitializeAsync()
    {
        var data = Path.Combine(_folder, "data");
        _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = data });
        _hierarchy = await KeyHierarchy.OpenAsync(_store, _root, default);
        await _hierarchy.EnsureTenantAsync(Other, default);
        using var seed = SecretBytes.Random(32);
        var options = new AuditChainOptions { DataDirectory = data, Time = TimeProvider.System, Alarm = static _ => { }, SegmentSizeInBytes = 1 << 20 };
        _audit = await AuditChain.OpenAsync(options, seed, _store, default);
        _engine = await Engine.OpenAsync(new EngineParts { Store = _store, Hierarchy = _hierarchy, Audit = _audit }, default);
    }

    public async ValueTask DisposeAsync()
    {
        _engine!.Dispose();
        await _audit!.DisposeAsync();
        _hierarchy!.Dispose();
        await _store!.DisposeAsync();
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task Key_OfAnotherTenant_IsRefusedAsOneThatIsNot()
    {
        var key = await RunAsync(TenantId.Default, new CreateKeyOperation(), new CreateKeyRequest { Name = "orders" });
        var absent = KeySelector.Of(UniqueIdentifier.New(DateTimeOffset.UnixEpoch));
        foreach (var selector in new[] { KeySelector.Of(key.Id), KeySelector.Parse("orders"), absent })
        {
            Assert.Equal(await RefusalAsync(new GetKeyOperation(), new GetKeyRequest(absent)), await RefusalAsync(new GetKeyOperation(), new GetKeyRequest(selector)));
            Assert.Equal(await RefusalAsync(new RotateKeyOperation(), new RotateKeyRequest(absent)), await RefusalAsync(new RotateKeyOperation(), new RotateKeyRequest(selector)));
            Assert.Equal(
                await RefusalAsync(new DestroyKeyOperation(), new DestroyKeyRequest(absent, "orders")),
                await RefusalAsync(new DestroyKeyOperation(), new DestroyKeyRequest(selector, "orders")));
        }

        Assert.Empty((await RunAsync(Other, new ListKeysOperation(), new ListKeysRequest())).Keys);
        // The name is free there, and what has it is another key.
        Assert.NotEqual(key.Id, (await RunAsync(Other, new CreateKeyOperation(), new CreateKeyRequest { Name = "orders" })).Id);
    }

    [Fact]
    [Trait("Attack", "28")]
    [Trait("Attack", "39")]
    public async Task Ciphertext_OfAnotherTenant_IsRefusedAsOneOfNoKey()
    {
        await RunAsync(TenantId.Default, new CreateKeyOperation(), new CreateKeyRequest { Name = "orders" });
        await RunAsync(Other, new CreateKeyOperation(), new CreateKeyRequest { Name = "orders" });
        using var plaintext = SecretBytes.CopyFrom("secret"u8);
        var sealedEnvelope = await RunAsync(
            TenantId.Default, new EncryptEnvelopeOperation(), new EncryptEnvelopeRequest(KeySelector.Parse("orders"), plaintext, EncryptionContext.Empty));
        var ofNoKey = sealedEnvelope.Envelope.ToArray();
        ofNoKey[12] ^= 1;

        var decrypt = new DecryptEnvelopeOperation();
        var expected = await RefusalAsync(decrypt, new DecryptEnvelopeRequest(ofNoKey, EncryptionContext.Empty));
        Assert.Equal(KeyreeveError.CryptographicFailure, expected.Error);
        Assert.Equal(expected, await RefusalAsync(decrypt, new DecryptEnvelopeRequest(sealedEnvelope.Envelope, EncryptionContext.Empty)));
        Assert.Equal(expected, await RefusalAsync(decrypt, new DecryptEnvelopeRequest(sealedEnvelope.Envelope, EncryptionContext.Empty, KeySelector.Parse("orders"))));
    }

    private async Task<(KeyreeveError Error, string Message)> RefusalAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request)
        where TRequest : class
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(() => RunAsync(Other, operation, request));
        return (refusal.Error, refusal.Message);
    }

    private async Task<TResponse> RunAsync<TRequest, TResponse>(TenantId tenant, Operation<TRequest, TResponse> operation, TRequest request)
        where TRequest : class
    {
        var call = new Call
        {
            Principal = new Principal
            {
                Tenant = tenant,
                Name = "everything",
                Fingerprint = "",
                HomeGroup = GroupName.Default,
                Bindings = [new RoleBinding(Role.KeyAdministrator, null), new RoleBinding(Role.KeyUser, null)],
            },
            Protocol = Protocol.Rest,
            SourceAddress = "",
            SourcePort = 0,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Time = DateTimeOffset.UtcNow,
        };
        var held = await Pipeline.RunAsync(operation, call, request, default);
        return await held.ReleaseAsync(default);
    }
}

using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Storage.Sqlite;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>
/// Keys that were registered wrapped: what is here is their ciphertext, which others have as well, so nothing may be
/// protected by it; and keys whose destruction is due, seen by who destroys them.
/// </summary>
public sealed class WrappedKeyTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-wrapped-").FullName;
    private readonly SecretBytes _root = SecretBytes.Random(32);
    private readonly SecretBytes _auditSeed = SecretBytes.Random(32);
    private readonly JumpingTime _time = new();
    private SqliteObjectStore _store = null!;
    private KeyHierarchy _hierarchy = null!;
    private AuditChain _audit = null!;
    private Engine _engine = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = _folder });
        _hierarchy = await KeyHierarchy.OpenAsync(_store, _root, default);
        var options = new AuditChainOptions { DataDirectory = _folder, Time = TimeProvider.System, Alarm = static _ => { }, SegmentSizeInBytes = 1 << 20 };
        _audit = await AuditChain.OpenAsync(options, _auditSeed, _store, default);
        _engine = await Engine.OpenAsync(new EngineParts { Store = _store, Hierarchy = _hierarchy, Audit = _audit, Time = _time }, default);
    }

    public async ValueTask DisposeAsync()
    {
        _engine.Dispose();
        await _audit.DisposeAsync();
        _hierarchy.Dispose();
        await _store.DisposeAsync();
        _root.Dispose();
        _auditSeed.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Get_WrappedUnderAKeyThatIsHereOnlyAsCiphertext_IsRefused()
    {
        var secret = await CreateAsync("sensitive");
        await RunAsync(new SetAttributeOperation(), new SetAttributeRequest(secret, AttributeName.Sensitive, AttributeValue.Of(true)));
        // 128 bits wrapped are 24 bytes: a good AES key of 192 bits, known to whoever carried it here.
        var kek = await RegisterWrappedAsync("kek", new byte[24], 128, CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey);
        var request = new GetRequest
        {
            Id = secret,
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKey = new WrappingKeyInformation(kek.ToString(), null),
                EncodingOption = EncodingOption.NoEncoding,
            },
        };
        Assert.Equal(KeyreeveError.InvalidObjectType, await RefusalOfAsync(new GetOperation(), request));
    }

    [Fact]
    public async Task EncryptEnvelope_UnderAKeyThatIsHereOnlyAsCiphertext_IsRefused()
    {
        await RegisterWrappedAsync("carried", new byte[32], 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);
        var request = new DataKeyRequest(KeySelector.Parse("carried"), EncryptionContext.Empty, 32);
        Assert.Equal(KeyreeveError.InvalidObjectType, await RefusalOfAsync(new GenerateDataKeyOperation(), request));
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Rotate_KeyThatWasRegisteredWrapped_IsRefusedSoThatNoVersionIsMarkedWrappedThatIsNot()
    {
        await RegisterWrappedAsync("carried", new byte[40], 256, CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt);
        Assert.Equal(KeyreeveError.InvalidObjectType, await RefusalOfAsync(new RotateKeyOperation(), new RotateKeyRequest(KeySelector.Parse("carried"))));
    }

    [Fact]
    public async Task DestroyScheduled_AfterTheDateWasTakenBack_DestroysNothing()
    {
        await CreateAsync("spared");
        var key = KeySelector.Parse("spared");
        await RunAsync(new ScheduleDestructionOperation(), new ScheduleDestructionRequest(key, TimeSpan.FromHours(1)));
        _time.Jump(TimeSpan.FromHours(2));
        await RunAsync(new CancelDestructionOperation(), new CancelDestructionRequest(key));
        var late = new DestroyKeyRequest(key, "spared", OnlyIfScheduled: true);
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await RefusalOfAsync(new DestroyKeyOperation(), late));
        Assert.Equal(State.Active, (await RunAsync(new GetKeyOperation(), new GetKeyRequest(key))).State);
    }

    [Fact]
    public async Task DestroyScheduled_KeyWhoseCurrentVersionWasDestroyedBefore_IsDueOnlyOnce()
    {
        var id = await CreateAsync("early");
        await RunAsync(new ScheduleDestructionOperation(), new ScheduleDestructionRequest(KeySelector.Of(id), TimeSpan.FromHours(1)));
        await RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.CessationOfOperation });
        await RunAsync(new DestroyOperation(), new DestroyRequest(id));
        _time.Jump(TimeSpan.FromHours(2));
        var due = new DestroyKeyRequest(KeySelector.Of(id), "early", OnlyIfScheduled: true);
        Assert.NotNull((await RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Of(id)))).DestructionDate);
        await RunAsync(new DestroyKeyOperation(), due);
        Assert.Null((await RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Of(id)))).DestructionDate);
    }

    private async ValueTask<UniqueIdentifier> CreateAsync(string name)
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.Name, NameOf(name))
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(256))
            .With(AttributeName.ActivationDate, AttributeValue.Of(_time.GetUtcNow()));
        return (await RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes })).Id;
    }

    private async ValueTask<UniqueIdentifier> RegisterWrappedAsync(string name, byte[] ciphertext, int lengthInBits, CryptographicUsageMask usage)
    {
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.SymmetricKey,
            KeyBlock = new KeyBlock
            {
                KeyFormatType = KeyFormatType.Raw,
                Material = SecretBytes.CopyFrom(ciphertext),
                CryptographicAlgorithm = CryptographicAlgorithm.AES,
                CryptographicLength = lengthInBits,
                Wrapping = new KeyWrappingData
                {
                    WrappingMethod = WrappingMethod.Encrypt,
                    EncryptionKey = new WrappingKeyInformation("elsewhere", null),
                    EncodingOption = EncodingOption.NoEncoding,
                },
            },
        };
        var attributes = AttributeSet.Empty
            .With(AttributeName.Name, NameOf(name))
            .With(AttributeName.CryptographicUsageMask, AttributeValue.Of(unchecked((int)usage)))
            .With(AttributeName.ActivationDate, AttributeValue.Of(_time.GetUtcNow()));
        var request = new RegisterRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Value = value };
        return (await RunAsync(new RegisterOperation(), request)).Id;
    }

    private static AttributeValue NameOf(string name) => AttributeValue.Of(
        new StructureField(AttributeField.NameValue, AttributeValue.Of(name)),
        new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)));

    private async ValueTask<KeyreeveError> RefusalOfAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request)
        where TRequest : class =>
        (await Assert.ThrowsAsync<KeyreeveException>(async () => await RunAsync(operation, request))).Error;

    private async ValueTask<TResponse> RunAsync<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request)
        where TRequest : class
    {
        var call = new Call
        {
            Principal = new Principal
            {
                Tenant = TenantId.Default,
                Name = "somebody",
                Fingerprint = "00",
                HomeGroup = GroupName.Default,
                Bindings = [new RoleBinding(Role.KeyAdministrator, null), new RoleBinding(Role.KeyUser, null), new RoleBinding(Role.KeyExporter, null)],
            },
            Protocol = Protocol.Kmip,
            SourceAddress = "192.0.2.1",
            SourcePort = 4711,
            CorrelationId = Guid.NewGuid().ToString("N"),
            Time = _time.GetUtcNow(),
        };
        var held = await new OperationPipeline(_engine).RunAsync(operation, call, request, CancellationToken.None);
        return await held.ReleaseAsync(CancellationToken.None);
    }
}

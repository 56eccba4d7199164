using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class LifecycleTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Create_SymmetricKey_HasWhatTheStandardSets()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("life-1"), active: false);

        var attributes = await engine.AttributesOfAsync(id);

        Assert.Equal(State.PreActive, await engine.StateOfAsync(id));
        Assert.Equal(AttributeValue.Of(id.ToString()), attributes.Find(AttributeName.UniqueIdentifier));
        Assert.Equal(AttributeValue.Of(ObjectType.SymmetricKey), attributes.Find(AttributeName.ObjectType));
        // spec: KMIP 2.1 §4.38 "SHALL be the same as the Initial Date attribute"
        Assert.Equal(attributes.Find(AttributeName.InitialDate), attributes.Find(AttributeName.OriginalCreationDate));
        Assert.Equal(attributes.Find(AttributeName.InitialDate), attributes.Find(AttributeName.LastChangeDate));
        Assert.Equal(AttributeValue.Of(value: true), attributes.Find(AttributeName.Fresh));
        Assert.Equal(AttributeValue.Of(value: false), attributes.Find(AttributeName.Sensitive));
        Assert.Equal(AttributeValue.Of(value: false), attributes.Find(AttributeName.AlwaysSensitive));
        Assert.Equal(AttributeValue.Of(value: true), attributes.Find(AttributeName.Extractable));
        Assert.Equal(AttributeValue.Of(value: false), attributes.Find(AttributeName.NeverExtractable));
        Assert.Equal(AttributeValue.Of(KeyFormatType.Raw), attributes.Find(AttributeName.KeyFormatType));
        Assert.NotNull(attributes.Find(AttributeName.RandomNumberGenerator));
        Assert.NotNull(attributes.Find(AttributeName.LeaseTime));
        Assert.IsType<BytesValue>(attributes.Find(AttributeName.ShortUniqueIdentifier));
        Assert.DoesNotContain(attributes.Instances, i => AttributeRules.IsInternal(i.Key.Name));
    }

    [Fact]
    public async Task Create_Digest_IsThatOfTheMaterial()
    {
        var id = await engine.CreateAesAsync();

        var digest = (StructureValue)(await engine.AttributesOfAsync(id)).Find(AttributeName.Digest)!;
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var lease = got.Value.KeyBlock!.Material!.Reveal();

        Assert.Equal(AttributeValue.Of((ReadOnlySpan<byte>)System.Security.Cryptography.SHA256.HashData(lease.Span)), digest[AttributeField.DigestValue]);
    }

    [Fact]
    public async Task Activate_PreActive_BecomesActiveNow()
    {
        var id = await engine.CreateAesAsync(active: false);

        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(id));

        Assert.Equal(State.Active, await engine.StateOfAsync(id));
        Assert.Equal(
            AttributeValue.Of(engine.Time.GetUtcNow()), (await engine.AttributesOfAsync(id)).Find(AttributeName.ActivationDate),
            static (a, b) => Math.Abs(((DateTimeValue)a!).UnixSeconds - ((DateTimeValue)b!).UnixSeconds) <= 2);
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new ActivateOperation(), new ActivateRequest(id)));
    }

    [Fact]
    public async Task Create_ActivationDateInThePast_IsActiveAtOnce()
    {
        var past = AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddHours(-1)));

        Assert.Equal(State.Active, await engine.StateOfAsync(await engine.CreateAesAsync(past, active: false)));
    }

    [Fact]
    public async Task TimedTransitions_DatesArrive_StateFollowsWithoutAnyRequest()
    {
        var dates = AttributeSet.Empty
            .With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddHours(1)))
            .With(AttributeName.DeactivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddHours(2)));
        var id = await engine.CreateAesAsync(dates, active: false);
        Assert.Equal(State.PreActive, await engine.StateOfAsync(id));

        engine.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(State.Active, await engine.StateOfAsync(id));
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[16] });

        engine.Time.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(State.Deactivated, await engine.StateOfAsync(id));
        Assert.Equal(
            KeyreeveError.WrongKeyLifecycleState,
            await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[16] }));
    }

    [Theory]
    [InlineData(RevocationReasonCode.CessationOfOperation, State.Deactivated)]
    [InlineData(RevocationReasonCode.KeyCompromise, State.Compromised)]
    [InlineData(RevocationReasonCode.CACompromise, State.Compromised)]
    public async Task Revoke_Active_StateFollowsTheReason(RevocationReasonCode reason, State expected)
    {
        var id = await engine.CreateAesAsync();

        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = reason, RevocationMessage = "laptop stolen" });

        var attributes = await engine.AttributesOfAsync(id);
        Assert.Equal(expected, await engine.StateOfAsync(id));
        Assert.Equal(AttributeValue.Of("laptop stolen"), ((StructureValue)attributes.Find(AttributeName.RevocationReason)!)[AttributeField.RevocationMessage]);
        Assert.Equal(expected == State.Compromised, attributes.Has(AttributeName.CompromiseDate));
        // spec: KMIP 2.1 §6.1.44 "if a value is not provided … SHOULD be set to the Initial Date for the object"
        if (expected == State.Compromised)
            Assert.Equal(attributes.Find(AttributeName.InitialDate), attributes.Find(AttributeName.CompromiseOccurrenceDate));
        else
            Assert.True(attributes.Has(AttributeName.DeactivationDate));
    }

    [Fact]
    public async Task Revoke_KeyWithProtectStopDateToCome_IsDeactivated()
    {
        var later = AttributeSet.Empty.With(AttributeName.ProtectStopDate, AttributeValue.Of(engine.Time.GetUtcNow().AddDays(1)));
        var id = await engine.CreateAesAsync(later);

        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.Superseded });

        Assert.Equal(State.Deactivated, await engine.StateOfAsync(id));
    }

    [Fact]
    public async Task Revoke_PreActiveWithoutCompromise_IsRefused()
    {
        var id = await engine.CreateAesAsync(active: false);

        Assert.Equal(
            KeyreeveError.WrongKeyLifecycleState,
            await engine.RefusedAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.Unspecified }));
    }

    [Fact]
    public async Task Revoke_OccurrenceDateWithoutCompromise_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var request = new RevokeRequest
        {
            Id = id, RevocationReasonCode = RevocationReasonCode.Superseded, CompromiseOccurrenceDate = engine.Time.GetUtcNow(),
        };

        // spec: KMIP 2.1 §6.1.44 "SHALL NOT be specified for other Revocation Reason enumerations"
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new RevokeOperation(), request));
    }

    [Fact]
    public async Task Destroy_Active_IsRefused()
    {
        var id = await engine.CreateAesAsync();

        // spec: KMIP 2.1 §6.1.15 "Objects SHALL only be destroyed if they are in either Pre-Active or Deactivated state."
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new DestroyOperation(), new DestroyRequest(id)));
    }

    [Fact]
    public async Task Destroy_Compromised_MaterialIsGoneAndNameIsFree()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("life-destroy"));
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.KeyCompromise });

        await engine.RunAsync(new DestroyOperation(), new DestroyRequest(id));

        Assert.Equal(State.DestroyedCompromised, await engine.StateOfAsync(id));
        Assert.Equal(KeyreeveError.ObjectDestroyed, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
        Assert.Equal(KeyreeveError.ObjectDestroyed, await engine.RefusedAsync(new DestroyOperation(), new DestroyRequest(id)));
        Assert.True((await engine.AttributesOfAsync(id)).Has(AttributeName.DestroyDate));
        Assert.True((await engine.AttributesOfAsync(id)).Has(AttributeName.Name));
        await engine.CreateAesAsync(Attributes.Named("life-destroy"));
        Assert.Equal(0, (await engine.Store.FindAsync(engine.Owner.Tenant, id, CancellationToken.None))!.Material.Length);
    }

    [Fact]
    public async Task Create_NameThatIsTaken_IsRefusedAndNothingIsMade()
    {
        await engine.CreateAesAsync(Attributes.Named("life-unique"));

        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes().Merge(Attributes.Named("life-unique")) };

        Assert.Equal(KeyreeveError.NonUniqueName, await engine.RefusedAsync(new CreateOperation(), request));
    }

    [Theory]
    [Trait("Attack", "42")]
    [InlineData(CryptographicAlgorithm.DES, 56)]
    [InlineData(CryptographicAlgorithm.TripleDES, 168)]
    [InlineData(CryptographicAlgorithm.RC4, 128)]
    [InlineData(CryptographicAlgorithm.HMACSHA256, 64)]
    public async Task Create_WeakInAStrictGroup_IsRefusedAndInAnInteropGroupMade(CryptographicAlgorithm algorithm, int lengthInBits)
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits));
        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes };

        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new CreateOperation(), request));
        await engine.RunAsync(new CreateOperation(), request with { Group = EngineFixture.InteropGroup });
    }

    [Theory]
    [InlineData(CryptographicAlgorithm.AES, 100)]
    [InlineData(CryptographicAlgorithm.AES, 1 << 30)]
    [InlineData(CryptographicAlgorithm.RSA, 2048)]
    public async Task Create_NoSuchKey_IsRefused(CryptographicAlgorithm algorithm, int lengthInBits)
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits));

        Assert.Equal(
            KeyreeveError.InvalidAttributeValue,
            await engine.RefusedAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Group = EngineFixture.InteropGroup }));
    }

    [Fact]
    public async Task Create_AttributeOfTheServers_IsRefused()
    {
        foreach (var (key, value) in new (AttributeKey, AttributeValue)[]
        {
            (AttributeName.State, AttributeValue.Of(State.Active)),
            (AttributeName.InitialDate, AttributeValue.Of(DateTimeOffset.UnixEpoch)),
            (AttributeName.KeyGroup, AttributeValue.Of("payments")),
            (AttributeName.Owner, AttributeValue.Of("somebody")),
            (AttributeName.CurrentVersion, AttributeValue.Of(value: true)),
            (AttributeKey.Custom("y", "server"), AttributeValue.Of("mine")),
        })
        {
            var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes().With(key, value) };
            Assert.Equal(KeyreeveError.AttributeReadOnly, await engine.RefusedAsync(new CreateOperation(), request));
        }
    }

    [Fact]
    public async Task Create_FromATemplate_TakesWhatTheRequestDoesNotState()
    {
        await engine.RunAsync(new RegisterOperation(), new RegisterRequest
        {
            ObjectType = ObjectType.Template,
            Attributes = Attributes.Aes(128).Merge(Attributes.Named("life-template")).With(AttributeName.ContactInformation, AttributeValue.Of("ops@example.com")),
            Value = null,
        });

        var made = await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = AttributeSet.Empty.With(AttributeName.ContactInformation, AttributeValue.Of("me@example.com")),
            Templates = ["life-template"],
        });

        var attributes = await engine.AttributesOfAsync(made.Id);
        Assert.Equal(AttributeValue.Of(128), attributes.Find(AttributeName.CryptographicLength));
        Assert.Equal(AttributeValue.Of("me@example.com"), attributes.Find(AttributeName.ContactInformation));
        Assert.False(attributes.Has(AttributeName.Name));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task AnyOperation_ObjectOfAnotherTenant_DoesNotExist()
    {
        var theirs = await engine.CreateAesAsync(Attributes.Named("life-theirs"), principal: engine.Stranger);
        var absent = UniqueIdentifier.New(engine.Time.GetUtcNow());

        foreach (var id in new[] { theirs, absent })
        {
            Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
            Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id }));
            Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new DestroyOperation(), new DestroyRequest(id)));
            Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id }));
        }

        // Names are unique in a tenant, not beyond it.
        await engine.CreateAesAsync(Attributes.Named("life-theirs"));
    }

    [Fact]
    [Trait("Attack", "28")]
    public async Task AnyOperation_GroupTheCallerHasNothingToDoWith_DoesNotExist()
    {
        var id = await engine.CreateAesAsync(group: GroupName.Parse("payments"));
        var other = EngineFixture.PrincipalOf("other", TenantId.Default, GroupName.Parse("payments-2"), Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);

        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }, other));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new ActivateOperation(), new ActivateRequest(id), other));
    }

    [Fact]
    public async Task Administrator_OwnKey_CannotBeUsedNorTaken()
    {
        var administrator = EngineFixture.PrincipalOf("administrator", TenantId.Default, null, Role.KeyAdministrator);
        var id = await engine.CreateAesAsync(principal: administrator);

        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id }, administrator));
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }, administrator));
    }

    [Fact]
    public async Task Change_AuditCannotBeWritten_IsRefused()
    {
        engine.Audit.IsAvailable = false;
        try
        {
            var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes() };
            Assert.Equal(KeyreeveError.AuditUnavailable, await engine.RefusedAsync(new CreateOperation(), request));
        }
        finally
        {
            engine.Audit.IsAvailable = true;
        }
    }

    [Fact]
    public async Task Change_RacesWithAnother_BothHappen()
    {
        var id = await engine.CreateAesAsync();

        var additions = Enumerable.Range(0, 16).Select(async n => await engine.RunAsync(
            new AddAttributeOperation(), new AddAttributeRequest(id, AttributeKey.Custom("x", "race"), AttributeValue.Of(n))));
        await Task.WhenAll(additions);

        Assert.Equal(16, (await engine.AttributesOfAsync(id)).All(AttributeKey.Custom("x", "race")).Length);
    }
}

using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Operations.Users;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class AttributeOperationsTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly AttributeKey Custom = AttributeKey.Custom("x", "shelf");

    [Fact]
    [Trait("Attack", "31")]
    public async Task AddAttribute_OwnCredentialToAnothersUser_IsRefused()
    {
        var officer = EngineFixture.PrincipalOf("officer-of-users", TenantId.Default, null, Role.SecurityOfficer);
        var administrator = EngineFixture.PrincipalOf("administrator-of-keys", TenantId.Default, null, Role.KeyAdministrator);
        var credential = (await engine.RunAsync(new CreateCredentialOperation(), new CreateCredentialRequest { Attributes = AttributeSet.Empty }, officer)).Id;
        var user = (await engine.RunAsync(new CreateUserOperation(isGroup: false), new CreateUserRequest(Attributes.Named("somebody")), officer)).Id;
        var request = new AddAttributeRequest(user, AttributeName.Link, AttributeValue.Of(
            new StructureField(AttributeField.LinkType, AttributeValue.Of(LinkType.CredentialLink)),
            new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of(credential.ToString()))));

        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new AddAttributeOperation(), request, administrator));
    }

    [Fact]
    public async Task AddAttribute_MultiInstance_GetsTheNextIndex()
    {
        var id = await engine.CreateAesAsync();

        var first = await AddAsync(id, Custom, AttributeValue.Of("a"));
        var second = await AddAsync(id, Custom, AttributeValue.Of("b"));

        Assert.Equal(0, first.Instance.Index);
        Assert.Equal(1, second.Instance.Index);
    }

    [Fact]
    public async Task AddAttribute_SingleInstanceTwice_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, AttributeName.Description, AttributeValue.Of("a"));

        Assert.Equal(
            KeyreeveError.AttributeSingleValued,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, AttributeName.Description, AttributeValue.Of("b"))));
    }

    [Fact]
    public async Task AddAttribute_NameTheObjectHas_IsRefused()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("attr-1"));

        Assert.Equal(
            KeyreeveError.NonUniqueName,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, AttributeName.Name, Attributes.Name("attr-1"))));
    }

    [Fact]
    public async Task AddAttribute_ReadOnly_IsRefused()
    {
        var id = await engine.CreateAesAsync();

        // spec: KMIP 2.1 §6.1.2 "Read-Only attributes SHALL NOT be added using the Add Attribute operation."
        foreach (var (key, value) in new (AttributeKey, AttributeValue)[]
        {
            (AttributeName.State, AttributeValue.Of(State.Compromised)), (AttributeName.Digest, AttributeValue.Of(default(ReadOnlySpan<StructureField>))),
            (AttributeName.LeaseTime, new IntervalValue(1)), (AttributeName.KeyGroup, AttributeValue.Of("g")), (AttributeName.Disabled, AttributeValue.Of(value: true)),
        })
            Assert.Equal(KeyreeveError.AttributeReadOnly, await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, key, value)));
    }

    [Fact]
    public async Task ModifyAttribute_ByIndex_ChangesThatInstance()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, Custom, AttributeValue.Of("a"));
        await AddAsync(id, Custom, AttributeValue.Of("b"));

        await engine.RunAsync(new ModifyAttributeOperation(), new ModifyAttributeRequest { Id = id, Key = Custom, Index = 1, Value = AttributeValue.Of("c") });

        Assert.Equal(["a", "c"], (await engine.AttributesOfAsync(id)).All(Custom).ToArray().Select(i => ((TextValue)i.Value).Value));
    }

    [Fact]
    public async Task ModifyAttribute_SeveralInstancesAndNoneMeant_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, Custom, AttributeValue.Of("a"));
        await AddAsync(id, Custom, AttributeValue.Of("b"));
        var request = new ModifyAttributeRequest { Id = id, Key = Custom, Value = AttributeValue.Of("c") };

        // spec: KMIP 2.1 §6.1.34 "if there are multiple instances of the Attribute an error SHALL be returned"
        Assert.Equal(KeyreeveError.AttributeMultiValued, await engine.RefusedAsync(new ModifyAttributeOperation(), request));
        await engine.RunAsync(new ModifyAttributeOperation(), request with { CurrentValue = AttributeValue.Of("b") });
        Assert.Equal(
            KeyreeveError.AttributeNotFound,
            await engine.RefusedAsync(new ModifyAttributeOperation(), request with { CurrentValue = AttributeValue.Of("b") }));
    }

    [Fact]
    public async Task ModifyAttribute_ActivationDateOfAnActiveKey_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var request = new ModifyAttributeRequest { Id = id, Key = AttributeName.ActivationDate, Value = AttributeValue.Of(engine.Time.GetUtcNow()) };

        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new ModifyAttributeOperation(), request));
    }

    [Fact]
    public async Task ModifyAttribute_ActivationDateToThePast_Activates()
    {
        var id = await engine.CreateAesAsync(
            AttributeSet.Empty.With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddDays(1))), active: false);

        await engine.RunAsync(new ModifyAttributeOperation(), new ModifyAttributeRequest
        {
            Id = id, Key = AttributeName.ActivationDate, Value = AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(-1)),
        });

        Assert.Equal(State.Active, await engine.StateOfAsync(id));
    }

    [Fact]
    public async Task ModifyAttribute_DatesOutOfOrder_AreRefused()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, AttributeName.DeactivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddDays(2)));

        Assert.Equal(
            KeyreeveError.InvalidAttributeValue,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, AttributeName.ProtectStopDate, AttributeValue.Of(engine.Time.GetUtcNow().AddDays(3)))));
    }

    [Fact]
    public async Task DeleteAttribute_OneOfTwo_TheOtherKeepsItsIndex()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, Custom, AttributeValue.Of("a"));
        await AddAsync(id, Custom, AttributeValue.Of("b"));

        await engine.RunAsync(new DeleteAttributeOperation(), new DeleteAttributeRequest { Id = id, Key = Custom, Index = 0 });

        var left = (await engine.AttributesOfAsync(id)).All(Custom).ToArray();
        Assert.Equal((1, "b"), (left.Single().Index, ((TextValue)left.Single().Value).Value));
        Assert.Equal(
            KeyreeveError.AttributeNotFound,
            await engine.RefusedAsync(new DeleteAttributeOperation(), new DeleteAttributeRequest { Id = id, Key = Custom, Index = 0 }));
    }

    [Fact]
    public async Task DeleteAttribute_ByReference_DeletesAll()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, Custom, AttributeValue.Of("a"));
        await AddAsync(id, Custom, AttributeValue.Of("b"));

        await engine.RunAsync(new DeleteAttributeOperation(), new DeleteAttributeRequest { Id = id, Key = Custom });

        Assert.False((await engine.AttributesOfAsync(id)).Has(Custom));
    }

    [Fact]
    public async Task DeleteAttribute_AlwaysPresent_IsRefused()
    {
        var id = await engine.CreateAesAsync();

        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await engine.RefusedAsync(new DeleteAttributeOperation(), new DeleteAttributeRequest { Id = id, Key = AttributeName.CryptographicUsageMask }));
    }

    [Fact]
    public async Task SetAttribute_NoneOneAndTwoInstances_AddsChangesAndRefuses()
    {
        var id = await engine.CreateAesAsync();

        await engine.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(id, Custom, AttributeValue.Of("one")));
        await engine.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(id, Custom, AttributeValue.Of("two")));
        await AddAsync(id, Custom, AttributeValue.Of("three"));

        // spec: KMIP 2.1 §6.1.51 "If it has more than one instance an error is raised."
        Assert.Equal(
            KeyreeveError.AttributeMultiValued, await engine.RefusedAsync(new SetAttributeOperation(), new SetAttributeRequest(id, Custom, AttributeValue.Of("four"))));
        Assert.Equal(["two", "three"], (await engine.AttributesOfAsync(id)).All(Custom).ToArray().Select(i => ((TextValue)i.Value).Value));
    }

    [Fact]
    public async Task SetAttribute_SensitiveAndBackInInterop_AlwaysSensitiveStaysFalse()
    {
        var sensitive = AttributeSet.Empty.With(AttributeName.Sensitive, AttributeValue.Of(value: true));
        var id = await engine.CreateAesAsync(sensitive, EngineFixture.InteropGroup);
        Assert.Equal(AttributeValue.Of(value: true), (await engine.AttributesOfAsync(id)).Find(AttributeName.AlwaysSensitive));

        await engine.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(id, AttributeName.Sensitive, AttributeValue.Of(value: false)));
        await engine.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(id, AttributeName.Sensitive, AttributeValue.Of(value: true)));

        // spec: KMIP 2.1 §4.3 "The server SHALL set it to False if the Sensitive attribute has ever been set to False."
        Assert.Equal(AttributeValue.Of(value: false), (await engine.AttributesOfAsync(id)).Find(AttributeName.AlwaysSensitive));
    }

    [Theory]
    [InlineData(AttributeName.Sensitive, true)]
    [InlineData(AttributeName.Extractable, false)]
    [Trait("Attack", "35")]
    public async Task SetAttribute_ProtectionLoosenedInStrict_IsRefused(AttributeName name, bool isProtected)
    {
        var id = await engine.CreateAesAsync();
        await engine.RunAsync(new SetAttributeOperation(), new SetAttributeRequest(id, name, AttributeValue.Of(isProtected)));

        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await engine.RefusedAsync(new SetAttributeOperation(), new SetAttributeRequest(id, name, AttributeValue.Of(!isProtected))));
        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await engine.RefusedAsync(
                new AdjustAttributeOperation(), new AdjustAttributeRequest { Id = id, Key = name, AdjustmentType = AdjustmentType.Negate }));
        Assert.Equal(AttributeValue.Of(isProtected), (await engine.AttributesOfAsync(id)).Find(name));
    }

    [Fact]
    public async Task UsageLimits_InUse_CannotBeChangedNorDeleted()
    {
        var limits = LimitsOf(5);
        var id = await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.UsageLimits, limits));
        await engine.RunAsync(new ModifyAttributeOperation(), new ModifyAttributeRequest { Id = id, Key = AttributeName.UsageLimits, Value = LimitsOf(9) });
        await engine.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[1] });

        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await engine.RefusedAsync(new ModifyAttributeOperation(), new ModifyAttributeRequest { Id = id, Key = AttributeName.UsageLimits, Value = limits }));
        Assert.Equal(
            KeyreeveError.AttributeReadOnly,
            await engine.RefusedAsync(new DeleteAttributeOperation(), new DeleteAttributeRequest { Id = id, Key = AttributeName.UsageLimits }));
    }

    [Fact]
    public async Task GetAttributes_SameNameTwice_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        var request = new GetAttributesRequest { Id = id, Names = [AttributeName.State, AttributeName.State] };

        // spec: KMIP 2.1 §6.1.20 "The same Attribute Reference SHALL NOT be present more than once in a request."
        Assert.Equal(KeyreeveError.InvalidMessage, await engine.RefusedAsync(new GetAttributesOperation(), request));
    }

    [Fact]
    public async Task GetAttributeList_NamesEachAttributeOnce()
    {
        var id = await engine.CreateAesAsync();
        await AddAsync(id, Custom, AttributeValue.Of("a"));
        await AddAsync(id, Custom, AttributeValue.Of("b"));

        var names = (await engine.RunAsync(new GetAttributeListOperation(), new GetAttributeListRequest(id))).Names;

        Assert.Equal(names.Distinct(), names);
        Assert.Contains(Custom, names);
        Assert.Contains(AttributeName.UniqueIdentifier, names);
        Assert.DoesNotContain(AttributeName.KeyGroup, names);
    }

    [Theory]
    [Trait("Attack", "60")]
    [InlineData("'; DROP TABLE objects; --")]
    [InlineData("\" OR 1=1 --")]
    [InlineData("%_[]*?")]
    [InlineData("a\0b")]
    [InlineData("\u202Eevil\n|=]\"")]
    public async Task AnyAttribute_SqlMetacharacters_AreDataAndFound(string text)
    {
        var key = AttributeKey.Custom("x", "note-" + text);
        var id = await engine.CreateAesAsync(
            Attributes.Named("attr-" + text).With(key, AttributeValue.Of(text)).With(AttributeName.ObjectGroup, AttributeValue.Of(text)));

        var attributes = await engine.AttributesOfAsync(id);
        Assert.Equal(AttributeValue.Of(text), attributes.Find(key));
        foreach (var (wanted, value) in new (AttributeKey, AttributeValue)[]
        {
            (key, AttributeValue.Of(text)), (AttributeName.ObjectGroup, AttributeValue.Of(text)), (AttributeName.Name, Attributes.Name("attr-" + text)),
        })
        {
            var found = await engine.RunAsync(new LocateOperation(), new LocateRequest { Attributes = [KeyValuePair.Create(wanted, value)] });
            Assert.Equal([id], found.Ids);
        }
    }

    [Fact]
    public async Task AddAttribute_TooLargeOrNoUnicode_IsRefused()
    {
        var id = await engine.CreateAesAsync();

        Assert.Equal(
            KeyreeveError.InvalidAttributeValue,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, Custom, AttributeValue.Of(new string('a', 70_000)))));
        Assert.Equal(
            KeyreeveError.InvalidAttributeValue,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, Custom, AttributeValue.Of("\uD800"))));
    }

    [Fact]
    public async Task AddAttribute_OverAndOver_EndsAtALimit()
    {
        var id = await engine.CreateAesAsync();
        for (var i = 0; i < 3; i++) await AddAsync(id, Custom, AttributeValue.Of(new string('a', 60_000)));

        await AddAsync(id, Custom, AttributeValue.Of(new string('a', 60_000)));
        Assert.Equal(
            KeyreeveError.RequestTooLarge,
            await engine.RefusedAsync(new AddAttributeOperation(), new AddAttributeRequest(id, Custom, AttributeValue.Of(new string('a', 60_000)))));
    }

    private static AttributeValue LimitsOf(long total) => AttributeValue.Of(
        new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(total)),
        new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Object)));

    private async Task<AddAttributeResponse> AddAsync(UniqueIdentifier id, AttributeKey key, AttributeValue value) =>
        await engine.RunAsync(new AddAttributeOperation(), new AddAttributeRequest(id, key, value));
}

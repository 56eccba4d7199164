using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class LocateTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Locate_ByEachKindOfAttribute_FindsWhatHasIt()
    {
        var attributes = Attributes.Named("locate-1")
            .Add(AttributeName.Name, Attributes.Name("locate-1b"))
            .With(AttributeName.ObjectGroup, AttributeValue.Of("locate-group"))
            .With(AttributeKey.Custom("x", "locate-number"), AttributeValue.Of(-7))
            .With(AttributeKey.Custom("acme", "locate-text"), AttributeValue.Of("value"))
            .With(AttributeName.ContactInformation, AttributeValue.Of(new string('c', 5000)))
            .With(AttributeName.ApplicationSpecificInformation, AttributeValue.Of(
                new StructureField(AttributeField.ApplicationNamespace, AttributeValue.Of("locate-ssl")),
                new StructureField(AttributeField.ApplicationData, AttributeValue.Of("www.example.com"))))
            .With(AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5))
            .With(AttributeName.Link, AttributeValue.Of(
                new StructureField(AttributeField.LinkType, AttributeValue.Of(LinkType.ParentLink)),
                new StructureField(AttributeField.LinkedObjectIdentifier, AttributeValue.Of("locate-parent"))));
        var id = await engine.CreateAesAsync(attributes);
        await engine.CreateAesAsync(Attributes.Named("locate-other"));

        foreach (var (key, value) in new (AttributeKey, AttributeValue)[]
        {
            (AttributeName.UniqueIdentifier, AttributeValue.Of(id.ToString())),
            (AttributeName.Name, Attributes.Name("locate-1")),
            (AttributeName.Name, Attributes.Name("locate-1b")),
            (AttributeName.Name, Field(AttributeField.NameValue, AttributeValue.Of("locate-1"))),
            (AttributeName.ObjectGroup, AttributeValue.Of("locate-group")),
            (AttributeKey.Custom("x", "locate-number"), AttributeValue.Of(-7)),
            (AttributeKey.Custom("acme", "locate-text"), AttributeValue.Of("value")),
            (AttributeName.ContactInformation, AttributeValue.Of(new string('c', 5000))),
            (AttributeName.ApplicationSpecificInformation, Field(AttributeField.ApplicationNamespace, AttributeValue.Of("locate-ssl"))),
            (AttributeName.ApplicationSpecificInformation, Field(AttributeField.ApplicationData, AttributeValue.Of("www.example.com"))),
            (AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.CBC)),
            (AttributeName.CryptographicParameters, Attributes.Parameters(BlockCipherMode.CBC, PaddingMethod.PKCS5)),
            (AttributeName.Link, Field(AttributeField.LinkedObjectIdentifier, AttributeValue.Of("locate-parent"))),
            (AttributeName.Link, Field(AttributeField.LinkType, AttributeValue.Of(LinkType.ParentLink))),
            (AttributeName.ShortUniqueIdentifier, (await engine.AttributesOfAsync(id)).Find(AttributeName.ShortUniqueIdentifier)!),
            (AttributeName.Digest, (await engine.AttributesOfAsync(id)).Find(AttributeName.Digest)!),
        })
            Assert.True((await FindAsync((key, value))).SequenceEqual([id]), $"{key} = {value}");
    }

    [Fact]
    public async Task Locate_NothingHasIt_FindsNothing()
    {
        await engine.CreateAesAsync(Attributes.Named("locate-nothing"));

        Assert.Empty(await FindAsync((AttributeName.Name, Attributes.Name("locate-noth"))));
        Assert.Empty(await FindAsync((AttributeName.Name, Attributes.Name("locate-nothing2"))));
        Assert.Empty(await FindAsync((AttributeName.Name, Attributes.Name("LOCATE-NOTHING"))));
        Assert.Empty(await FindAsync((AttributeName.UniqueIdentifier, AttributeValue.Of("no identifier"))));
        Assert.Empty(await FindAsync((AttributeKey.Custom("x", "nobody"), AttributeValue.Of("has this"))));
        // A structure whose fields are found, but in two instances.
        await engine.CreateAesAsync(AttributeSet.Empty
            .Add(AttributeName.ApplicationSpecificInformation, Application("ns-a", "data-a"))
            .Add(AttributeName.ApplicationSpecificInformation, Application("ns-b", "data-b")));
        Assert.Empty(await FindAsync((AttributeName.ApplicationSpecificInformation, Application("ns-a", "data-b"))));
    }

    [Fact]
    public async Task Locate_UsageMask_AllBitsMustBeThere()
    {
        var group = AttributeValue.Of("locate-mask");
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, group);
        var both = await engine.CreateAesAsync(tagged);
        var one = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(usage: CryptographicUsageMask.Decrypt).Merge(tagged),
        })).Id;

        // spec: KMIP 2.1 §6.1.28 "a matching candidate object has all of the bits set in its mask that are set in the requested mask"
        Assert.Equal([both], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Encrypt))));
        Assert.Equal([one, both], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.CryptographicUsageMask, AttributeValue.Of((int)CryptographicUsageMask.Decrypt))));
        Assert.Equal([one, both], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.CryptographicUsageMask, AttributeValue.Of(0))));
    }

    [Fact]
    public async Task Locate_UsageLimits_AtLeastAsMuchMustBeLeft()
    {
        var group = AttributeValue.Of("locate-limits");
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, group);
        var small = await engine.CreateAesAsync(tagged.With(AttributeName.UsageLimits, Limits(10)));
        var large = await engine.CreateAesAsync(tagged.With(AttributeName.UsageLimits, Limits(1000)));

        // spec: KMIP 2.1 §6.1.28 "matching candidate objects SHALL have a Usage Limits Count and Usage Limits Total equal to or
        // larger than the values specified in the request"
        Assert.Equal([large], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.UsageLimits, Limits(11))));
        Assert.Equal([large, small], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.UsageLimits, Limits(10))));
    }

    [Fact]
    public async Task Locate_TwoDates_AreARange()
    {
        var key = AttributeKey.Custom("x", "locate-range");
        var start = DateTimeOffset.UnixEpoch.AddYears(60);
        var ids = new List<UniqueIdentifier>();
        for (var day = 0; day < 5; day++)
        {
            ids.Add(await engine.CreateAesAsync(
                AttributeSet.Empty.With(AttributeName.DeactivationDate, AttributeValue.Of(start.AddDays(day))).With(key, AttributeValue.Of(day)), active: false));
        }

        Assert.Equal([ids[3], ids[2], ids[1]], await FindAsync(
            (AttributeName.DeactivationDate, AttributeValue.Of(start.AddDays(3))), (AttributeName.DeactivationDate, AttributeValue.Of(start.AddDays(1)))));
        Assert.Equal([ids[4]], await FindAsync((AttributeName.DeactivationDate, AttributeValue.Of(start.AddDays(4)))));
        Assert.Equal(
            KeyreeveError.InvalidField,
            await engine.RefusedAsync(new LocateOperation(), RequestOf(
                (AttributeName.DeactivationDate, AttributeValue.Of(start)), (AttributeName.DeactivationDate, AttributeValue.Of(start)),
                (AttributeName.DeactivationDate, AttributeValue.Of(start)))));
    }

    [Fact]
    public async Task Locate_DateSetToItsLargestValue_FindsWhatHasNone()
    {
        var group = (new AttributeKey(AttributeName.ObjectGroup), AttributeValue.Of("locate-undefined"));
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, group.Item2);
        var now = engine.Time.GetUtcNow();
        var never = await engine.CreateAesAsync(tagged, active: false);
        await engine.CreateAesAsync(tagged.With(AttributeName.DeactivationDate, AttributeValue.Of(now.AddHours(1))), active: false);
        var later = await engine.CreateAesAsync(tagged.With(AttributeName.DeactivationDate, AttributeValue.Of(now.AddDays(100))), active: false);
        var largest = new DateTimeValue(long.MaxValue);

        // spec: KMIP 2.1 §6.1.28 "If a Date attribute is set to its largest possible value, then it is equivalent to an undefined attribute."
        Assert.Equal([never], await FindAsync(group, (AttributeName.DeactivationDate, largest)));
        Assert.Equal([later, never], await FindAsync(group, (AttributeName.DeactivationDate, AttributeValue.Of(now.AddDays(1))), (AttributeName.DeactivationDate, largest)));
        Assert.Equal([later], await FindAsync(
            group, (AttributeName.DeactivationDate, AttributeValue.Of(now.AddDays(1))), (AttributeName.DeactivationDate, new DateTimeValue(long.MaxValue - 1))));
    }

    [Fact]
    public async Task Locate_StateThatADateBroughtAbout_IsFound()
    {
        var group = AttributeValue.Of("locate-timed");
        var id = await engine.CreateAesAsync(
            AttributeSet.Empty.With(AttributeName.ObjectGroup, group).With(AttributeName.ActivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddHours(1))),
            active: false);
        Assert.Empty(await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.State, AttributeValue.Of(State.Active))));

        engine.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal([id], await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.State, AttributeValue.Of(State.Active))));
        Assert.Empty(await FindAsync((AttributeName.ObjectGroup, group), (AttributeName.State, AttributeValue.Of(State.PreActive))));
    }

    [Fact]
    public async Task Locate_Destroyed_OnlyWhenAskedFor()
    {
        var group = AttributeValue.Of("locate-storage");
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, group);
        var online = await engine.CreateAesAsync(tagged);
        var destroyed = await engine.CreateAesAsync(tagged, active: false);
        await engine.RunAsync(new DestroyOperation(), new DestroyRequest(destroyed));
        var request = RequestOf((AttributeName.ObjectGroup, group));

        Assert.Equal([online], (await engine.RunAsync(new LocateOperation(), request)).Ids);
        Assert.Equal([destroyed], (await engine.RunAsync(new LocateOperation(), request with { StorageStatusMask = StorageStatusMask.DestroyedStorage })).Ids);
        Assert.Equal(
            [destroyed, online],
            (await engine.RunAsync(new LocateOperation(), request with { StorageStatusMask = StorageStatusMask.DestroyedStorage | StorageStatusMask.OnLineStorage })).Ids);
    }

    [Fact]
    public async Task Locate_FreshMembersOfAGroup()
    {
        var group = AttributeValue.Of("locate-fresh");
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, group);
        var served = await engine.CreateAesAsync(tagged);
        var fresh = await engine.CreateAesAsync(tagged);
        (await engine.RunAsync(new GetOperation(), new GetRequest { Id = served })).Dispose();

        var request = RequestOf((AttributeName.ObjectGroup, group)) with { ObjectGroupMember = ObjectGroupMember.GroupMemberFresh };

        Assert.Equal([fresh], (await engine.RunAsync(new LocateOperation(), request)).Ids);
    }

    [Fact]
    public async Task Locate_MaximumAndOffset_PageThroughAll()
    {
        var group = AttributeValue.Of("locate-pages");
        var ids = new List<UniqueIdentifier>();
        for (var i = 0; i < 25; i++) ids.Add(await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.ObjectGroup, group)));
        ids.Reverse();

        var pages = new List<UniqueIdentifier>();
        for (var offset = 0; offset < 30; offset += 10)
        {
            var page = await engine.RunAsync(
                new LocateOperation(), RequestOf((AttributeName.ObjectGroup, group)) with { MaximumItems = 10, OffsetItems = offset, CountAll = true });
            Assert.Equal(25, page.LocatedItems);
            pages.AddRange(page.Ids);
        }

        Assert.Equal(ids, pages);
        Assert.Empty((await engine.RunAsync(new LocateOperation(), RequestOf((AttributeName.ObjectGroup, group)) with { MaximumItems = 0 })).Ids);
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task Locate_OtherGroupsAndTenants_AreNotShown()
    {
        var tag = AttributeValue.Of("locate-visible");
        var tagged = AttributeSet.Empty.With(AttributeName.ObjectGroup, tag);
        var cards = await engine.CreateAesAsync(tagged, GroupName.Parse("shop/cards"));
        var below = await engine.CreateAesAsync(tagged, GroupName.Parse("shop/cards/eu"));
        await engine.CreateAesAsync(tagged, GroupName.Parse("shop"));
        await engine.CreateAesAsync(tagged, GroupName.Parse("shop/cards-2"));
        await engine.CreateAesAsync(tagged, principal: engine.Stranger);
        var reader = EngineFixture.PrincipalOf("reader", TenantId.Default, GroupName.Parse("shop/cards"), Role.KeyUser);
        var officer = EngineFixture.PrincipalOf("officer", TenantId.Default, null, Role.SecurityOfficer);
        var request = RequestOf((AttributeName.ObjectGroup, tag)) with { CountAll = true };

        var found = await engine.RunAsync(new LocateOperation(), request, reader);
        Assert.Equal([below, cards], found.Ids);
        Assert.Equal(2, found.LocatedItems);
        Assert.Empty((await engine.RunAsync(new LocateOperation(), request, officer)).Ids);
        Assert.Empty((await engine.RunAsync(new LocateOperation(), RequestOf((AttributeName.UniqueIdentifier, AttributeValue.Of(cards.ToString()))), engine.Stranger)).Ids);
    }

    [Fact]
    [Trait("Attack", "27")]
    public async Task Locate_NamesThatLookAlike_AreOtherNames()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("locate-Admin"));

        foreach (var other in new[] { "locate-admin", "locate-ADMIN", "locate-Admin ", " locate-Admin", "locate-Аdmin", "locate-Admin\u200B", "locate-Admi\u0301n" })
            Assert.Empty(await FindAsync((AttributeName.Name, Attributes.Name(other))));
        Assert.Equal([id], await FindAsync((AttributeName.Name, Attributes.Name("locate-Admin"))));
    }

    [Fact]
    public async Task Locate_NoCriteria_FindsEverythingVisible()
    {
        var found = await engine.RunAsync(new LocateOperation(), RequestOf() with { MaximumItems = 3 });

        Assert.True(found.Ids.Length <= 3);
    }

    private static AttributeValue Field(AttributeField field, AttributeValue value) => AttributeValue.Of(new StructureField(field, value));

    private static AttributeValue Application(string @namespace, string data) => AttributeValue.Of(
        new StructureField(AttributeField.ApplicationNamespace, AttributeValue.Of(@namespace)),
        new StructureField(AttributeField.ApplicationData, AttributeValue.Of(data)));

    private static AttributeValue Limits(long total) => AttributeValue.Of(
        new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(total)),
        new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Object)));

    private static LocateRequest RequestOf(params ReadOnlySpan<(AttributeKey Key, AttributeValue Value)> criteria)
    {
        var attributes = ImmutableArray.CreateBuilder<KeyValuePair<AttributeKey, AttributeValue>>();
        foreach (var (key, value) in criteria) attributes.Add(KeyValuePair.Create(key, value));
        return new LocateRequest { Attributes = attributes.DrainToImmutable() };
    }

    private async Task<ImmutableArray<UniqueIdentifier>> FindAsync(params (AttributeKey Key, AttributeValue Value)[] criteria) =>
        (await engine.RunAsync(new LocateOperation(), RequestOf(criteria))).Ids;
}

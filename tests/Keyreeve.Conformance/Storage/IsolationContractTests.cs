using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>What a tenant must not see, and what a value must not do.</summary>
public sealed class IsolationContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores)), Trait("Attack", "28")]
    public async Task EveryRead_OfAnotherTenant_AsIfAbsent(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("shared name", Entry("term", 5));
        await store.CommitAsync(Insert(row), None);

        Assert.Null(await store.FindAsync(OtherTenant, row.Id, None));
        Assert.Empty(await store.FindVersionsAsync(OtherTenant, row.Id, None));
        Assert.Null(await store.FindByNameAsync(OtherTenant, "shared name", None));
        foreach (var query in new[] { Query(), Query(Equal("term", 5)), Query(Between("term", 0, 9)), Query(Equal("term", 5), Between("term", 0, 9)) })
        {
            var result = await store.LocateAsync(query with { Tenant = OtherTenant, CountAll = true }, None);
            Assert.Empty(result.Ids);
            Assert.Equal(0, result.Total);
        }
    }

    [Theory, MemberData(nameof(Stores)), Trait("Attack", "28")]
    public async Task EveryWrite_OfAnotherTenant_NeitherReachesNorReveals(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("shared name", Entry("term", 5));
        await store.CommitAsync(Insert(row), None);

        // An update from outside is what the update of an absent object is.
        var foreign = Next(row) with { Tenant = OtherTenant };
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Update(foreign), None)));

        // The other tenant may use the same identity, Name, key version and entries, and cannot tell that they are used.
        var twin = row with { Tenant = OtherTenant, Material = Bytes("the twin's"), Index = [Entry("term", 5), Entry("term", 6)] };
        await store.CommitAsync(Insert(twin), None);
        AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
        AssertSame(twin, await store.FindAsync(OtherTenant, row.Id, None));

        // In one commit, too.
        var pair = NewRow("pair");
        await store.CommitAsync(Insert(pair, pair with { Tenant = OtherTenant }), None);
        await store.CommitAsync(Update(Next(twin) with { Names = [], Index = [] }), None);
        Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, "shared name", None));
        Assert.Null(await store.FindByNameAsync(OtherTenant, "shared name", None));
        Assert.Equal([row.Id], await Located(store, Query(Equal("term", 5))));
        Assert.Empty(await Located(store, Query(Equal("term", 5)) with { Tenant = OtherTenant }));
    }

    [Theory, MemberData(nameof(Stores)), Trait("Attack", "60")]
    public async Task EveryValue_WithSqlMetacharacters_IsData(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var bystander = NewRow("bystander", Entry("term", "value"));
        await store.CommitAsync(Insert(bystander), None);
        string[] hostile =
        [
            "'; DROP TABLE objects; --", "' OR '1'='1", "\" OR 1=1 --", "x'); DELETE FROM names; --", "%", "_", "*", "?", "?1", ":id", "@p", "$1",
            "\\", "\\'", "`", "[term]", "a\0'; --", "\u2019 OR 1=1", "/* */", ";", "0x00", "NULL", "\r\n",
        ];
        foreach (var text in hostile)
        {
            var row = NewRow(text, new IndexEntry(text, Bytes(text))) with { Attributes = Bytes(text), Material = Bytes(text), Seal = Bytes(text) };
            await store.CommitAsync(
                new StoreChanges
                {
                    Inserts = [row],
                    Documents = [new StoredDocument(text, text, 1, Bytes(text))],
                    Answer = new StoredAnswer(Tenant, text, text, Bytes(text), Bytes(text), place.Clock.Now.AddHours(1)),
                    Audit = NewAudit(text),
                },
                None);
            AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
            Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, text, None));
            Assert.Equal([row.Id], await Located(store, Query(Equal(text, text))));
            Assert.Equal([row.Id], await Located(store, Query(new IndexCondition(text, [new IndexRange(Bytes(""), Bytes("\uFFFF"))]))));
            Assert.Equal(text, (await store.FindDocumentAsync(text, text, None))!.Key);
            Assert.Equal(text, Assert.Single(await store.ListDocumentsAsync(text, None)).Key);
            Assert.Equal(text, (await store.FindAnswerAsync(Tenant, text, text, None))!.IdempotencyKey);
        }

        Assert.Equal(hostile.Length, (await store.ListPendingAuditAsync(None)).Count);
        Assert.Equal(hostile.Length + 1, (await store.LocateAsync(Query() with { CountAll = true }, None)).Total);
        Assert.Equal(bystander.Id, await store.FindByNameAsync(Tenant, "bystander", None));
    }
}

using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Rows: written, read, replaced, refused.</summary>
public sealed class ObjectContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public async Task FindAsync_Inserted_EveryFieldAsWritten(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow() with
        {
            RowVersion = 7,
            ObjectType = ObjectType.HashedPasswordCredential,
            KeyIdentifier = NewId(),
            KeyVersion = int.MaxValue,
            Attributes = new byte[] { 0, 1, 0, 255 },
            Material = new byte[300_000],
            Seal = new byte[32],
        };
        await store.CommitAsync(Insert(row), None);
        AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task FindAsync_EmptyFields_Empty(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("") with { Attributes = default, Material = default, Seal = default };
        await store.CommitAsync(Insert(row), None);
        AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
        Assert.Equal(row.Id, await store.FindByNameAsync(Tenant, "", None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task FindAsync_ReadRow_NamesAndIndexAreEmpty(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("a name", Entry("term", "value"));
        await store.CommitAsync(Insert(row), None);
        var read = await store.FindAsync(Tenant, row.Id, None);
        Assert.Empty(read!.Names);
        Assert.Empty(read.Index);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task FindAsync_UnknownIdentity_Null(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await store.CommitAsync(Insert(NewRow()), None);
        Assert.Null(await store.FindAsync(Tenant, NewId(), None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task FindVersionsAsync_SeveralVersions_OldestFirst(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var first = NewRow();
        var second = NewRow() with { KeyIdentifier = first.Id, KeyVersion = 2 };
        var tenth = NewRow() with { KeyIdentifier = first.Id, KeyVersion = 10 };
        await store.CommitAsync(Insert(tenth, first), None);
        await store.CommitAsync(Insert(second, NewRow()), None);
        var versions = await store.FindVersionsAsync(Tenant, first.Id, None);
        Assert.Equal([first.Id, second.Id, tenth.Id], versions.Select(v => v.Id));
        AssertSame(second, versions[1]);
        Assert.Empty(await store.FindVersionsAsync(Tenant, second.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_IdentityTaken_ObjectAlreadyExistsAndUnchanged(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await store.CommitAsync(Insert(row), None);
        var intruder = row with { Attributes = Bytes("other"), KeyVersion = 9 };
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, await RefusalOf(store.CommitAsync(Insert(intruder), None)));
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, await RefusalOf(store.CommitAsync(Insert(NewRow(), intruder), None)));
        var twice = NewRow();
        Assert.Equal(KeyreeveError.ObjectAlreadyExists, await RefusalOf(store.CommitAsync(Insert(twice, twice), None)));
        AssertSame(row, await store.FindAsync(Tenant, row.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_KeyVersionTaken_Conflict(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var first = NewRow();
        var second = NewRow() with { KeyIdentifier = first.Id, KeyVersion = 2 };
        await store.CommitAsync(Insert(first, second), None);
        var late = NewRow() with { KeyIdentifier = first.Id, KeyVersion = 2 };
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Insert(late), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(
            Insert(late with { KeyVersion = 3 }, NewRow() with { KeyIdentifier = first.Id, KeyVersion = 3 }), None)));
        Assert.Equal(2, (await store.FindVersionsAsync(Tenant, first.Id, None)).Count);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_Update_ReplacesTheWholeRow(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await store.CommitAsync(Insert(row), None);
        var changed = Next(row) with
        {
            ObjectType = ObjectType.SecretData,
            Attributes = Bytes("new attributes"),
            Material = default,
            Seal = Bytes("new seal"),
            KeyVersion = 3,
        };
        await store.CommitAsync(Update(changed), None);
        AssertSame(changed, await store.FindAsync(Tenant, row.Id, None));
        AssertSame(changed, Assert.Single(await store.FindVersionsAsync(Tenant, row.Id, None)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_UpdateOfAnotherVersionThanRead_Conflict(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await store.CommitAsync(Insert(row), None);
        var second = Next(row) with { Attributes = Bytes("second") };
        await store.CommitAsync(Update(second), None);
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Update(second), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Update(Next(Next(second))), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Update(Next(NewRow())), None)));
        AssertSame(second, await store.FindAsync(Tenant, row.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_ContradictoryChanges_ArgumentException(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await Assert.ThrowsAnyAsync<ArgumentException>(async () =>
            await store.CommitAsync(new StoreChanges { Inserts = [row], Updates = [Next(row)] }, None));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CommitAsync(Insert(row with { RowVersion = 0 }), None));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CommitAsync(Update(row), None));
        Assert.Null(await store.FindAsync(Tenant, row.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_NothingToDo_Completes(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await store.CommitAsync(new StoreChanges(), None);
        Assert.Empty(await Located(store, Query()));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task CommitAsync_CancelledBeforehand_ChangesNothing(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CommitAsync(Insert(row), new CancellationToken(true)));
        Assert.Null(await store.FindAsync(Tenant, row.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OpenAsync_Again_EverythingIsThere(string name)
    {
        await using var place = StoresUnderTest.New(name);
        var row = NewRow("kept", Entry("term", "value"));
        var answer = new StoredAnswer(Tenant, "somebody", "request 1", Bytes("hash"), Bytes("answer"), place.Clock.Now.AddDays(1));
        var audit = NewAudit("a record");
        await using (var store = await place.OpenAsync())
        {
            await store.CommitAsync(
                new StoreChanges { Inserts = [row], Documents = [new StoredDocument("kind", "key", 1, Bytes("body"))], Answer = answer, Audit = audit },
                None);
        }

        await using var again = await place.OpenAsync();
        AssertSame(row, await again.FindAsync(Tenant, row.Id, None));
        Assert.Equal(row.Id, await again.FindByNameAsync(Tenant, "kept", None));
        Assert.Equal([row.Id], await Located(again, Query(Equal("term", "value"))));
        Assert.NotNull(await again.FindDocumentAsync("kind", "key", None));
        Assert.NotNull(await again.FindAnswerAsync(Tenant, "somebody", "request 1", None));
        Assert.Equal(audit.Id, Assert.Single(await again.ListPendingAuditAsync(None)).Id);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AnyCall_AfterDispose_ObjectDisposedException(string name)
    {
        await using var place = StoresUnderTest.New(name);
        var store = await place.OpenAsync();
        await store.DisposeAsync();
        await store.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.CommitAsync(Insert(NewRow()), None));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.FindAsync(Tenant, NewId(), None));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await store.LocateAsync(Query(), None));
    }
}

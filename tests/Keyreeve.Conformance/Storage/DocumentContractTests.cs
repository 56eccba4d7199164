using Keyreeve.Core;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Conformance.Storage;

/// <summary>Documents, answers to idempotency keys, and audit records on their way to the chain.</summary>
public sealed class DocumentContractTests : StoreContract
{
    public static TheoryData<string> Stores => StoresUnderTest.Names;

    [Theory, MemberData(nameof(Stores))]
    public async Task Document_InsertedReplacedDeleted_ByVersion(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        Assert.Null(await store.FindDocumentAsync("principal", "alice", None));

        await store.CommitAsync(Put("principal", "alice", 1, "one"), None);
        await store.CommitAsync(Put("principal", "alice", 2, "two"), None);
        var read = await store.FindDocumentAsync("principal", "alice", None);
        Assert.Equal(("principal", "alice", 2L), (read!.Kind, read.Key, read.RowVersion));
        Assert.Equal(Bytes("two").ToArray(), read.Body!.Value.ToArray());

        await store.CommitAsync(Put("principal", "alice", 3, null), None);
        Assert.Null(await store.FindDocumentAsync("principal", "alice", None));
        await store.CommitAsync(Put("principal", "alice", 1, ""), None);
        Assert.Equal(0, (await store.FindDocumentAsync("principal", "alice", None))!.Body!.Value.Length);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Document_OfAnotherVersionThanRead_Conflict(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await store.CommitAsync(Put("kind", "key", 1, "one"), None);
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Put("kind", "key", 1, "again"), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Put("kind", "key", 3, "too far"), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Put("kind", "key", 1, null), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Put("kind", "absent", 2, "x"), None)));
        Assert.Equal(KeyreeveError.Conflict, await RefusalOf(store.CommitAsync(Put("kind", "absent", 1, null), None)));
        Assert.Equal(Bytes("one").ToArray(), (await store.FindDocumentAsync("kind", "key", None))!.Body!.Value.ToArray());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ListDocumentsAsync_OfOneKind_ByKeyOrdinally(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        string[] keys = ["b", "B", "a", "a-", "a0", "\U0001F511", "\uFFFD", "é", "z", ""];
        foreach (var key in keys) await store.CommitAsync(Put("kind", key, 1, key), None);
        await store.CommitAsync(Put("kin", "other", 1, ""), None);
        await store.CommitAsync(Put("kind2", "other", 1, ""), None);
        Array.Sort(keys, StringComparer.Ordinal);
        Assert.Equal(keys, (await store.ListDocumentsAsync("kind", None)).Select(d => d.Key), StringComparer.Ordinal);
        Assert.Empty(await store.ListDocumentsAsync("KIND", None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Answer_Stored_FoundByPrincipalAndKeyAlone(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var answer = NewAnswer(place, "key 1", "answer 1");
        await store.CommitAsync(new StoreChanges { Answer = answer }, None);
        var read = await store.FindAnswerAsync(Tenant, "alice", "key 1", None);
        Assert.Equal((Tenant, "alice", "key 1", answer.ExpiresAt), (read!.Tenant, read.Principal, read.IdempotencyKey, read.ExpiresAt));
        Assert.Equal(answer.RequestHash.ToArray(), read.RequestHash.ToArray());
        Assert.Equal(answer.Body.ToArray(), read.Body.ToArray());
        Assert.Null(await store.FindAnswerAsync(Tenant, "Alice", "key 1", None));
        Assert.Null(await store.FindAnswerAsync(Tenant, "alice", "key 2", None));
        Assert.Null(await store.FindAnswerAsync(OtherTenant, "alice", "key 1", None));
    }

    [Theory, MemberData(nameof(Stores)), Trait("Attack", "53")]
    public async Task CommitAsync_IdempotencyKeyTaken_IdempotencyConflictBeforeAnyOther(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var row = NewRow("created once");
        await store.CommitAsync(Insert(row) with { Answer = NewAnswer(place, "key 1", "the first") }, None);

        // The same request again: its Name is taken too, but what explains it is the idempotency key.
        var again = NewRow("created once");
        Assert.Equal(
            KeyreeveError.IdempotencyConflict,
            await RefusalOf(store.CommitAsync(Insert(again) with { Answer = NewAnswer(place, "key 1", "the second") }, None)));
        Assert.Equal(Bytes("the first").ToArray(), (await store.FindAnswerAsync(Tenant, "alice", "key 1", None))!.Body.ToArray());
        Assert.Null(await store.FindAsync(Tenant, again.Id, None));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Answer_PastItsTime_ForgottenAndItsKeyFree(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        await store.CommitAsync(new StoreChanges { Answer = NewAnswer(place, "key 1", "old") }, None);
        place.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.NotNull(await store.FindAnswerAsync(Tenant, "alice", "key 1", None));
        place.Clock.Advance(TimeSpan.FromTicks(1));
        Assert.Null(await store.FindAnswerAsync(Tenant, "alice", "key 1", None));
        await store.CommitAsync(new StoreChanges { Answer = NewAnswer(place, "key 1", "new") }, None);
        Assert.Equal(Bytes("new").ToArray(), (await store.FindAnswerAsync(Tenant, "alice", "key 1", None))!.Body.ToArray());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ListPendingAuditAsync_SeveralCommits_InTheirOrder(string name)
    {
        await using var place = StoresUnderTest.New(name);
        // Made in one millisecond and in the wrong order: identities say nothing about who came first.
        var records = Enumerable.Range(0, 50).Select(i => NewAudit($"record {i}")).Reverse().ToArray();
        await using (var store = await place.OpenAsync())
        {
            foreach (var record in records[..25]) await store.CommitAsync(new StoreChanges { Audit = record }, None);
        }

        await using var again = await place.OpenAsync();
        foreach (var record in records[25..]) await again.CommitAsync(new StoreChanges { Audit = record }, None);
        var pending = await again.ListPendingAuditAsync(None);
        Assert.Equal(records.Select(r => r.Id), pending.Select(p => p.Id));
        Assert.Equal(records[0].Record.ToArray(), pending[0].Record.ToArray());
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AcknowledgeAudit_WithTheNextCommit_Forgotten(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var first = NewAudit("first");
        var second = NewAudit("second");
        await store.CommitAsync(new StoreChanges { Audit = first }, None);
        store.AcknowledgeAudit(first.Id);
        store.AcknowledgeAudit(NewId()); // of a record that was never here
        await store.CommitAsync(new StoreChanges { Audit = second }, None);
        Assert.Equal(second.Id, Assert.Single(await store.ListPendingAuditAsync(None)).Id);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AcknowledgeAudit_WithoutAnotherCommit_ForgottenSoon(string name)
    {
        await using var place = StoresUnderTest.New(name);
        await using var store = await place.OpenAsync();
        var audit = NewAudit();
        await store.CommitAsync(new StoreChanges { Audit = audit }, None);
        store.AcknowledgeAudit(audit.Id);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await store.ListPendingAuditAsync(deadline.Token)).Count > 0) await Task.Delay(50, deadline.Token);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task AcknowledgeAudit_ThenDispose_Forgotten(string name)
    {
        await using var place = StoresUnderTest.New(name);
        var audit = NewAudit();
        await using (var store = await place.OpenAsync())
        {
            await store.CommitAsync(new StoreChanges { Audit = audit }, None);
            store.AcknowledgeAudit(audit.Id);
        }

        await using var again = await place.OpenAsync();
        Assert.Empty(await again.ListPendingAuditAsync(None));
    }

    private static StoreChanges Put(string kind, string key, long rowVersion, string? body) =>
        new() { Documents = [new StoredDocument(kind, key, rowVersion, body is null ? default(ReadOnlyMemory<byte>?) : Bytes(body))] };

    private static StoredAnswer NewAnswer(IStoreUnderTest place, string key, string body) =>
        new(Tenant, "alice", key, Bytes($"hash of {key}"), Bytes(body), place.Clock.Now.AddHours(1));
}

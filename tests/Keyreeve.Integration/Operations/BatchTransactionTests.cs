using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>A batch that is cut off: before its commit nothing of it is there afterwards, after it everything.</summary>
public sealed class BatchTransactionTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task Crash_BeforeTheCommit_LeavesNothing()
    {
        var existing = await engine.CreateAesAsync(Attributes.Named("cut-existing"));
        UniqueIdentifier made;
        using (var batch = new BatchTransaction(engine.Engine))
        {
            made = await RunAsync(batch, existing);
            // Within the batch both are as it made them; nothing has left it.
            await batch.Pipeline.RunAsync(new GetAttributesOperation(), engine.CallOf(), new GetAttributesRequest { Id = made }, default);
            Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = made }));
            Assert.Equal(State.Active, await engine.StateOfAsync(existing));
        }

        await engine.RestartAsync();
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = made }));
        Assert.Equal(State.Active, await engine.StateOfAsync(existing));
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Crash_RightAfterTheCommit_LeavesAllOfIt_WithItsRecords()
    {
        var existing = await engine.CreateAesAsync(Attributes.Named("whole-existing"));
        UniqueIdentifier made;
        int before;
        using (var batch = new BatchTransaction(engine.Engine))
        {
            made = await RunAsync(batch, existing);
            before = (await engine.Store.ListPendingAuditAsync(default)).Count;
            engine.Store.AfterCommit = static () => throw new IOException("the process is gone");
            await Assert.ThrowsAsync<IOException>(async () => await batch.CommitAsync());
        }

        await engine.RestartAsync();
        Assert.Equal(State.PreActive, await engine.StateOfAsync(made));
        Assert.Equal(State.Deactivated, await engine.StateOfAsync(existing));
        // What the next start brings into the trail.
        Assert.Equal(before + 2, (await engine.Store.ListPendingAuditAsync(default)).Count);
    }

    [Fact]
    public async Task Commit_AfterSomebodyElseChangedAnObject_ChangesNothing()
    {
        var existing = await engine.CreateAesAsync(Attributes.Named("lost-existing"));
        using var batch = new BatchTransaction(engine.Engine);
        var made = await RunAsync(batch, existing);
        var note = new AddAttributeRequest(existing, AttributeName.Comment, AttributeValue.Of("meanwhile"));
        await engine.RunAsync(new AddAttributeOperation(), note);
        var lost = await Assert.ThrowsAsync<KeyreeveException>(async () => await batch.CommitAsync());
        Assert.Equal(KeyreeveError.Conflict, lost.Error);
        Assert.Equal(State.Active, await engine.StateOfAsync(existing));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = made }));
    }

    // Makes one object, and takes another out of use.
    private async Task<UniqueIdentifier> RunAsync(BatchTransaction batch, UniqueIdentifier existing)
    {
        var created = await batch.Pipeline.RunAsync(
            new CreateOperation(), engine.CallOf(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes() }, default);
        UniqueIdentifier? made = null;
        created.Map(response => made = response.Id);
        await batch.Pipeline.RunAsync(
            new RevokeOperation(), engine.CallOf(), new RevokeRequest { Id = existing, RevocationReasonCode = RevocationReasonCode.CessationOfOperation }, default);
        return made!.Value;
    }
}

using System.Collections.Frozen;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>What is refused, and what goes on, while nothing can be recorded.</summary>
public sealed class FailClosedTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    public static TheoryData<string, string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, string, bool>();
            foreach (var classes in (string[])["Release Change", "", "Read", "Use", "Release Change Use Read"])
                foreach (var asked in (string[])["Release", "Change", "Use", "Read"])
                    cases.Add(classes, asked, classes.Contains(asked, StringComparison.Ordinal));
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Attack", "49")]
    public async Task Operation_WhileNothingCanBeRecorded_IsRefusedIfItsClassFailsClosed(string classes, string asked, bool isRefused)
    {
        var id = await engine.CreateAesAsync();
        using var failing = Failing(classes);

        if (isRefused) Assert.Equal(KeyreeveError.AuditUnavailable, (await Assert.ThrowsAsync<KeyreeveException>(() => AskAsync(asked, id))).Error);
        else await AskAsync(asked, id);
    }

    [Fact]
    public void Default_IsReleaseAndChange() =>
        Assert.Equal([OperationClass.Release, OperationClass.Change], new EngineParts { Store = null!, Hierarchy = null!, Audit = null! }.FailClosed.Order());

    [Fact]
    public void Default_UsesAndReadsAreAnsweredEarly() =>
        Assert.Equal([OperationClass.Read, OperationClass.Use], new EngineParts { Store = null!, Hierarchy = null!, Audit = null! }.AnswerEarly.Order());

    [Fact]
    [Trait("Attack", "49")]
    public async Task Use_WhoseRecordCannotEvenBeQueued_IsAnsweredAndCounted()
    {
        var id = await engine.CreateAesAsync();
        using var failing = Failing("Release Change");
        engine.Audit.IsFull = true;
        var before = engine.Audit.Unrecorded;

        await AskAsync("Read", id);
        await AskAsync("Use", id);
        // A refusal of such a class too.
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = UniqueIdentifier.New(engine.Time.GetUtcNow()) }));

        Assert.Equal(before + 3, engine.Audit.Unrecorded);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Attack", "49")]
    public async Task Operation_WhoseRecordIsKept_WaitsForTheDiskUnlessItsClassIsAnsweredEarly(string classes, string asked, bool failsClosed)
    {
        var id = await engine.CreateAesAsync();
        using var keeping = Failing(classes);
        (engine.Audit.IsAvailable, engine.Audit.IsKeeping) = (true, true);

        engine.Engine.AnswerEarly = [];
        Assert.Equal(1, await WaitsAsync());
        engine.Engine.AnswerEarly = FrozenSet.Create(OperationClass.Use, OperationClass.Read);
        Assert.Equal(asked is "Use" or "Read" && !failsClosed ? 0 : 1, await WaitsAsync());
        // Where nothing keeps it, it waits all the same.
        engine.Audit.IsKeeping = false;
        Assert.Equal(1, await WaitsAsync());

        async Task<int> WaitsAsync()
        {
            var before = engine.Audit.Waits;
            await AskAsync(asked, id);
            return engine.Audit.Waits - before;
        }
    }

    [Fact]
    public void Decrypt_GivesOutWhatWasProtected_SoItIsARelease() => Assert.Equal(OperationClass.Release, new DecryptOperation().Class);

    private Restored Failing(string classes)
    {
        engine.Engine.FailClosed = classes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<OperationClass>).ToFrozenSet();
        engine.Audit.IsAvailable = false;
        return new Restored(engine);
    }

    private async Task AskAsync(string asked, UniqueIdentifier id)
    {
        switch (asked)
        {
            case "Release":
                await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
                break;
            case "Change":
                await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes() });
                break;
            case "Use":
                await engine.RunAsync(new HashOperation(), new HashRequest { HashingAlgorithm = HashingAlgorithm.SHA256, Data = new byte[3] });
                break;
            default:
                await engine.RunAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id });
                break;
        }
    }

    private sealed class Restored(EngineFixture engine) : IDisposable
    {
        public void Dispose()
        {
            engine.Audit.IsFull = false;
            engine.Audit.IsKeeping = false;
            engine.Audit.IsAvailable = true;
            engine.Engine.FailClosed = FrozenSet.Create(OperationClass.Release, OperationClass.Change);
            engine.Engine.AnswerEarly = FrozenSet.Create(OperationClass.Use, OperationClass.Read);
        }
    }
}

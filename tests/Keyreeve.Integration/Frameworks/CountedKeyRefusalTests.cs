using System.Transactions;
using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>Rows whose keys the database counts are written whole or not at all, whatever fails.</summary>
public sealed class CountedKeyRefusalTests : IAsyncLifetime
{
    private readonly LocalKeyProvider _provider = new();
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private EnvelopeEncryptor _encryptor = null!;

    public async ValueTask InitializeAsync()
    {
        // Without a cache, so that each step asks.
        _encryptor = new EnvelopeEncryptor(_provider, new EnvelopeEncryptorOptions { DataKeyLifetime = TimeSpan.Zero });
        await _connection.OpenAsync();
        await using var notes = Open();
        await notes.Database.EnsureCreatedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _encryptor.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task SaveChanges_NoKeyToBeHad_IsRefusedBeforeAnythingIsWritten()
    {
        await using var notes = Open();
        notes.Add(new Note { Text = "PLANTED-MARKER" });
        _provider.Failure = new KeyreeveClientException(ClientError.ServerUnreachable, "No server.", null);

        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => notes.SaveChangesAsync());

        Assert.Equal(ClientError.ServerUnreachable, failure.Error);
        Assert.DoesNotContain("PLANTED", failure.ToString(), StringComparison.Ordinal);
        Assert.Null(notes.Database.CurrentTransaction);
        _provider.Failure = null;
        Assert.Equal(1, await notes.SaveChangesAsync());
        await AssertStoredAsync("PLANTED-MARKER");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SaveChanges_KeyLostBetweenTheSteps_TakesTheRowsBack(bool isAsynchronous)
    {
        await using var notes = Open(new FailsAfterTheRows(_provider));
        notes.Add(new Note { Text = "text" });

        if (isAsynchronous)
            await Assert.ThrowsAsync<KeyreeveClientException>(() => notes.SaveChangesAsync());
        else
            Assert.Throws<KeyreeveClientException>(() => notes.SaveChanges());

        Assert.Null(notes.Database.CurrentTransaction);
        _provider.Failure = null;
        await AssertStoredAsync();
    }

    [Fact]
    public async Task SaveChanges_BrokenOffByAnotherInterceptor_IsTakenBackByTheNext()
    {
        var other = new BreaksOff();
        await using var notes = Open(after: other);
        notes.Add(new Note { Text = "text" });
        await Assert.ThrowsAsync<InvalidOperationException>(() => notes.SaveChangesAsync());

        other.IsOver = true;
        Assert.Equal(1, await notes.SaveChangesAsync());

        Assert.Null(notes.Database.CurrentTransaction);
        await AssertStoredAsync("text");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SaveChanges_AnotherInterceptorSavesBetweenTheSteps_BothAreStored(bool isBefore)
    {
        var trail = new SavesToo(static () => new Trace { What = "saved" });
        await using (var notes = isBefore ? Open(before: trail) : Open(after: trail))
        {
            notes.Add(new Note { Text = "text" });
            Assert.Equal(1, await notes.SaveChangesAsync());
            Assert.Null(notes.Database.CurrentTransaction);
            Assert.Equal(0, await notes.SaveChangesAsync());
        }

        await AssertStoredAsync("text");
        await using var reading = Open();
        Assert.Equal("saved", (await reading.Set<Trace>().FirstAsync()).What);
    }

    [Fact]
    public async Task SaveChanges_AnotherInterceptorSavesMoreOfThemBetweenTheSteps_TakesAllBack()
    {
        await using var notes = Open(before: new SavesToo(static () => new Note { Text = "more" }));
        notes.Add(new Note { Text = "text" });

        Assert.Contains("another interceptor", (await Assert.ThrowsAsync<KeyreeveClientException>(() => notes.SaveChangesAsync())).Message, StringComparison.Ordinal);

        Assert.Null(notes.Database.CurrentTransaction);
        await AssertStoredAsync();
    }

    [Fact]
    public async Task SaveChanges_ChangesNotAccepted_IsRefusedAndTakenBack()
    {
        await using var notes = Open();
        notes.Add(new Note { Text = "text" });

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => notes.SaveChangesAsync(acceptAllChangesOnSuccess: false));

        Assert.Contains("acceptAllChangesOnSuccess", refusal.Message, StringComparison.Ordinal);
        await AssertStoredAsync();
    }

    [Fact]
    public async Task SaveChanges_WhereTwoWritesCannotBeOne_IsRefusedWithWhatToDo()
    {
        await using (var retrying = new Notes(new DbContextOptionsBuilder<Notes>()
            .UseSqlite(_connection, static sqlite => sqlite.ExecutionStrategy(static d => new Retries(d))).UseKeyreeve(new EntityProtection(_encryptor)).Options))
        {
            retrying.Add(new Note { Text = "text" });
            Assert.Contains("CreateExecutionStrategy", (await Assert.ThrowsAsync<KeyreeveClientException>(() => retrying.SaveChangesAsync())).Message, StringComparison.Ordinal);
            await retrying.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
            {
                await using var transaction = await retrying.Database.BeginTransactionAsync();
                await retrying.SaveChangesAsync();
                await transaction.CommitAsync();
            });
        }

        await using var notes = Open();
        notes.Add(new Note { Text = "another" });
        using (new TransactionScope(TransactionScopeAsyncFlowOption.Enabled))
            Assert.Contains("UseHiLo", (await Assert.ThrowsAsync<KeyreeveClientException>(() => notes.SaveChangesAsync())).Message, StringComparison.Ordinal);
        await AssertStoredAsync("text");
    }

    [Fact]
    public async Task SaveChanges_RowChangedByOthersMeanwhile_IsOneFailureAndLeavesNothing()
    {
        await using var notes = Open();
        var first = new Note { Text = "first", Stamp = 1 };
        notes.Add(first);
        await notes.SaveChangesAsync();
        await notes.Database.ExecuteSqlAsync($"UPDATE Note SET Stamp = 2");

        first.Text = "changed";
        notes.Add(new Note { Text = "second" });
        await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => notes.SaveChangesAsync());

        Assert.Null(notes.Database.CurrentTransaction);
        await AssertStoredAsync("first");
    }

    private async Task AssertStoredAsync(params string[] expected)
    {
        await using var notes = Open();
        Assert.Equal(expected, (await notes.Set<Note>().ToListAsync()).Select(static note => note.Text));
    }

    private Notes Open(IInterceptor? before = null, IInterceptor? after = null)
    {
        var options = new DbContextOptionsBuilder<Notes>().UseSqlite(_connection);
        if (before is not null) options.AddInterceptors(before);
        options.UseKeyreeve(new EntityProtection(_encryptor));
        if (after is not null) options.AddInterceptors(after);
        return new Notes(options.Options);
    }

    private sealed class Notes(DbContextOptions<Notes> options) : DbContext(options)
    {
        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            modelBuilder.Entity<Note>().Encrypt(n => n.Text, "notes");
            modelBuilder.Entity<Note>().Property(n => n.Stamp).IsConcurrencyToken();
            modelBuilder.Entity<Trace>();
        }
    }

    private sealed class Note
    {
        public int Id { get; set; }

        public int Stamp { get; set; }

        public string Text { get; set; } = "";
    }

    private sealed class Trace
    {
        public int Id { get; set; }

        public string What { get; set; } = "";
    }

    /// <summary>As those do that keep a trail of changes: once, when something was saved.</summary>
    private sealed class SavesToo(Func<object> make) : SaveChangesInterceptor
    {
        private bool _isDone;

        public override async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
        {
            if (_isDone) return result;
            _isDone = true;
            eventData.Context!.Add(make());
            await eventData.Context.SaveChangesAsync(cancellationToken);
            return result;
        }
    }

    private sealed class FailsAfterTheRows(LocalKeyProvider provider) : SaveChangesInterceptor
    {
        public override int SavedChanges(SaveChangesCompletedEventData eventData, int result)
        {
            provider.Failure = new KeyreeveClientException(ClientError.ServerUnreachable, "No server.", null);
            return result;
        }

        public override ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult(SavedChanges(eventData, result));
    }

    private sealed class BreaksOff : SaveChangesInterceptor
    {
        public bool IsOver { get; set; }

        public override ValueTask<InterceptionResult<int>> SavingChangesAsync(DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default) =>
            IsOver ? ValueTask.FromResult(result) : throw new InvalidOperationException("not now");
    }

    private sealed class Retries(ExecutionStrategyDependencies dependencies) : ExecutionStrategy(dependencies, 1, TimeSpan.Zero)
    {
        protected override bool ShouldRetryOn(Exception exception) => false;
    }
}

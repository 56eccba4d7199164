using System.Runtime.CompilerServices;
using System.Transactions;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>
/// Values of rows whose primary key the database counts. They are bound to that key, so the rows are written first, with something in
/// the values' place, and the envelopes after it, in one transaction: nobody else sees a row that lacks its values.
/// </summary>
internal sealed class TwoStepSave
{
    private const string Savepoint = "keyreeve_keys_counted";

    private static readonly ConditionalWeakTable<DbContext, TwoStepSave> Running = [];

    private readonly ILookup<object, EncryptedColumn> _columns;
    private readonly IDbContextTransaction _transaction;
    private readonly bool _isOwn;

    private TwoStepSave(DbContext context, IReadOnlyList<PendingField> waiting, IDbContextTransaction transaction, bool isOwn)
    {
        (Context, Waiting, _transaction, _isOwn) = (context, waiting, transaction, isOwn);
        _columns = waiting.ToLookup(static change => change.Entry.Entity, static change => change.Column, ReferenceEqualityComparer.Instance);
        Running.AddOrUpdate(context, this);
        context.SaveChangesFailed += TakeBack;
    }

    public DbContext Context { get; }

    /// <summary>What is encrypted once the keys are known.</summary>
    public IReadOnlyList<PendingField> Waiting { get; }

    /// <summary>Whether the database has counted the keys.</summary>
    public bool AreRowsWritten => !Waiting.Any(static change => change.IsKeyUnknown);

    /// <summary>Whether the envelopes are being written.</summary>
    public bool IsSecondStep { get; set; }

    public bool IsWaiting(object entity, EncryptedColumn column) => _columns[entity].Contains(column);

    /// <summary>What a context's <c>SaveChanges</c> has begun and not ended; null where there is nothing.</summary>
    public static TwoStepSave? Of(DbContext? context) => context is not null && Running.TryGetValue(context, out var running) ? running : null;

    /// <exception cref="KeyreeveClientException">Two writes cannot be one here. Nothing was written.</exception>
    public static void Begin(DbContext context, IReadOnlyList<PendingField> waiting)
    {
        var current = Require(context);
        current?.CreateSavepoint(Savepoint);
        _ = new TwoStepSave(context, waiting, current ?? context.Database.BeginTransaction(), current is null);
    }

    /// <inheritdoc cref="Begin"/>
    public static async Task BeginAsync(DbContext context, IReadOnlyList<PendingField> waiting, CancellationToken cancellationToken)
    {
        var current = Require(context);
        if (current is not null)
            await current.CreateSavepointAsync(Savepoint, cancellationToken).ConfigureAwait(false);
        _ = new TwoStepSave(context, waiting, current ?? await context.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false), current is null);
    }

    public void Complete()
    {
        End();
        if (!_isOwn)
        {
            _transaction.ReleaseSavepoint(Savepoint);
            return;
        }

        using (_transaction)
            _transaction.Commit();
    }

    public async Task CompleteAsync()
    {
        End();
        if (!_isOwn)
        {
            await _transaction.ReleaseSavepointAsync(Savepoint, CancellationToken.None).ConfigureAwait(false);
            return;
        }

        // A commit is not called off half way.
        await using (_transaction.ConfigureAwait(false))
            await _transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Takes the rows back; a transaction of the caller's stays his, as it was before.</summary>
    public void RollBack()
    {
        End();
        if (IsGone)
            return;
        if (_isOwn)
            _transaction.Dispose();
        else
            _transaction.RollbackToSavepoint(Savepoint);
    }

    /// <inheritdoc cref="RollBack"/>
    public async Task RollBackAsync()
    {
        End();
        if (IsGone)
            return;
        if (_isOwn)
            await _transaction.DisposeAsync().ConfigureAwait(false);
        else
            await _transaction.RollbackToSavepointAsync(Savepoint, CancellationToken.None).ConfigureAwait(false);
    }

    // Interceptors are not told of a row that others changed meanwhile; this event is raised for that too.
    private void TakeBack(object? sender, SaveChangesFailedEventArgs failed)
    {
        if (Of(Context) == this)
            RollBack();
    }

    private void End()
    {
        Running.Remove(Context);
        Context.SaveChangesFailed -= TakeBack;
    }

    // With the connection, or by the caller: nothing is left to take back.
    private bool IsGone => !ReferenceEquals(Context.Database.CurrentTransaction, _transaction);

    /// <summary>The caller's transaction, in which this is done; null where there is none.</summary>
    private static IDbContextTransaction? Require(DbContext context)
    {
        if (Of(context) is not null)
            throw Refused("while they are, another interceptor added more of them: save those afterwards.");
        if (Transaction.Current is not null || context.Database.GetEnlistedTransaction() is not null)
            throw Refused("within a TransactionScope they cannot be taken back together: use Database.BeginTransaction.");
        if (context.Database.CurrentTransaction is { } current)
            return current.SupportsSavepoints ? current : throw Refused("this database's transactions have no savepoints: save without a transaction of your own.");
        return context.Database.CreateExecutionStrategy().RetriesOnFailure
            ? throw Refused("the execution strategy retries: save within Database.CreateExecutionStrategy().Execute, in a transaction of your own.")
            : null;
    }

    private static KeyreeveClientException Refused(string why) => new(
        ClientError.InvalidOptions,
        "Rows whose keys the database counts are written in two steps, and " + why + " Or let the program make the keys: a Guid, UseHiLo, or ValueGeneratedNever.",
        null);
}

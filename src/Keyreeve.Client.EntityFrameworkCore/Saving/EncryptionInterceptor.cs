using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Client.Fields;
using Keyreeve.Crypto;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>Encrypts before rows are written, and decrypts when objects are made of rows.</summary>
/// <remarks>Thread safe: one for all contexts, whose options say what encrypts.</remarks>
internal sealed class EncryptionInterceptor : ISaveChangesInterceptor, IMaterializationInterceptor
{
    public static readonly EncryptionInterceptor Instance = new();

    private readonly KnownValues _known = new();

    private EncryptionInterceptor()
    {
    }

    public object InitializedInstance(MaterializationInterceptionData materializationData, object entity)
    {
        foreach (var column in EncryptedColumn.Of(materializationData.EntityType))
        {
            var stored = materializationData.GetPropertyValue(column.Property);
            var value = stored is null ? null : Decrypt(column, stored, materializationData);
            column.Write(entity, value);
            // A record that was written when its class had other properties is not what would be written now, and no change.
            _known.Remember(entity, column, column.IsRecord ? column.Read(entity) : value);
        }

        return entity;
    }

    public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        if (eventData.Context is { } context && Blocking.Wait(EncryptAsync(context, CancellationToken.None)) is { Count: > 0 } waiting)
            TwoStepSave.Begin(context, waiting);
        return result;
    }

    public async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is { } context && await EncryptAsync(context, cancellationToken).ConfigureAwait(false) is { Count: > 0 } waiting)
            await TwoStepSave.BeginAsync(context, waiting, cancellationToken).ConfigureAwait(false);
        return result;
    }

    public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        if (TwoStepSave.Of(eventData.Context) is not { IsSecondStep: false } running)
            return result;
        Blocking.Wait(EncryptWaitingAsync(running, CancellationToken.None));
        eventData.Context!.SaveChanges();
        running.Complete();
        return result;
    }

    public async ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default)
    {
        if (TwoStepSave.Of(eventData.Context) is not { IsSecondStep: false } running)
            return result;
        await EncryptWaitingAsync(running, cancellationToken).ConfigureAwait(false);
        await eventData.Context!.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
        await running.CompleteAsync().ConfigureAwait(false);
        return result;
    }

    public void SaveChangesFailed(DbContextErrorEventData eventData) => TwoStepSave.Of(eventData.Context)?.RollBack();

    public Task SaveChangesFailedAsync(DbContextErrorEventData eventData, CancellationToken cancellationToken = default) =>
        TwoStepSave.Of(eventData.Context)?.RollBackAsync() ?? Task.CompletedTask;

    public void SaveChangesCanceled(DbContextEventData eventData) => TwoStepSave.Of(eventData.Context)?.RollBack();

    public Task SaveChangesCanceledAsync(DbContextEventData eventData, CancellationToken cancellationToken = default) =>
        TwoStepSave.Of(eventData.Context)?.RollBackAsync() ?? Task.CompletedTask;

    private static object Decrypt(EncryptedColumn column, object stored, MaterializationInterceptionData row)
    {
        var protection = EntityProtection.Of(row.Context);
        if (FieldCodec.EnvelopeIn(stored) is not { } envelope)
        {
            return protection.InsecureReadPlaintext && column.Type == stored.GetType()
                ? stored
                : throw new KeyreeveClientException(ClientError.CryptographicFailure, $"{column} holds what is no envelope. A column that is not encrypted yet is by EncryptColumnAsync.", null);
        }

        var context = column.ContextOf(row.GetPropertyValue);
        return FieldCodec.Decode(column.Type, Blocking.Wait(protection.Encryptor.DecryptAsync(envelope, context)));
    }

    /// <summary>Encrypts what is to be written, and gives back what has to wait until the database has counted the rows' keys.</summary>
    private async ValueTask<IReadOnlyList<PendingField>> EncryptAsync(DbContext context, CancellationToken cancellationToken)
    {
        // One that another interceptor broke off before its rows were written is taken back; between its steps others may save.
        if (TwoStepSave.Of(context) is { AreRowsWritten: false } broken)
            await broken.RollBackAsync().ConfigureAwait(false);
        var changes = ChangesOf(context, TwoStepSave.Of(context));
        if (changes.Count == 0)
            return [];
        var protection = EntityProtection.Of(context);
        var waiting = changes.Where(static change => change.Value is not null && change.IsKeyUnknown).ToArray();
        await WriteAsync(protection, [.. changes.Except(waiting)], cancellationToken).ConfigureAwait(false);
        await HoldPlacesAsync(protection, waiting, cancellationToken).ConfigureAwait(false);
        return waiting;
    }

    private List<PendingField> ChangesOf(DbContext context, TwoStepSave? running)
    {
        var changes = new List<PendingField>();
        foreach (var entry in context.ChangeTracker.Entries().ToArray())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified or EntityState.Unchanged))
                continue;
            foreach (var column in EncryptedColumn.Of(entry.Metadata))
            {
                if (running is not null && running.IsWaiting(entry.Entity, column))
                    continue;
                var value = column.Read(entry.Entity);
                if (IsToBeWritten(entry, column, value))
                    changes.Add(new PendingField(entry, column, value));
            }
        }

        return changes;
    }

    /// <summary>Puts what is no envelope where envelopes will be; the indexes, which do not depend on the row's key, are final.</summary>
    private static async Task HoldPlacesAsync(EntityProtection protection, IReadOnlyList<PendingField> waiting, CancellationToken cancellationToken)
    {
        // A key that cannot be had is found out before anything is written.
        foreach (var key in waiting.Select(static change => change.Column.Key).Distinct(StringComparer.Ordinal))
            await protection.Encryptor.EncryptAsync(key, ReadOnlyMemory<byte>.Empty, EncryptionContext.Empty, cancellationToken).ConfigureAwait(false);
        foreach (var change in waiting)
            Set(change, FieldCodec.PlaceholderFor(change.Column), FieldCodec.TokenOf(protection, change.Column, change.Value!));
    }

    private async Task EncryptWaitingAsync(TwoStepSave running, CancellationToken cancellationToken)
    {
        if (!running.AreRowsWritten || running.Waiting.Any(static change => change.Entry.State == EntityState.Added))
            throw new KeyreeveClientException(ClientError.InvalidOptions, "Rows whose keys the database counts are written in two steps, between which changes are accepted: SaveChanges(acceptAllChangesOnSuccess: false) cannot write them.", null);
        running.IsSecondStep = true;
        await WriteAsync(EntityProtection.Of(running.Context), running.Waiting, cancellationToken).ConfigureAwait(false);
    }

    // An object that was attached and of which nothing is known is written when it has a value: stubs, which have none, stay untouched.
    private bool IsToBeWritten(EntityEntry entry, EncryptedColumn column, object? value)
    {
        if (entry.State == EntityState.Added || IsUpdatedAsAWhole(entry))
            return true;
        if (_known.IsSame(entry.Entity, column, value) is { } isSame)
            return !isSame;
        return value is not null && column.IsRecord
            ? throw new KeyreeveClientException(ClientError.InvalidOptions, $"{column} is a record, of which all or nothing is written, and what the object that was attached lacks of it is not known. Query it, or say Update.", null)
            : value is not null;
    }

    // What Update does to an object, and the change of a property does not: all is to be written, whether or not it is another.
    private static bool IsUpdatedAsAWhole(EntityEntry entry)
    {
        if (entry.State != EntityState.Modified)
            return false;
        var mapped = entry.Properties.Where(static p => !p.Metadata.IsShadowProperty() && !p.Metadata.IsKey() && p.Metadata.GetAfterSaveBehavior() == PropertySaveBehavior.Save).ToArray();
        return mapped.All(static p => p.IsModified)
            && (mapped.Length == 0 || mapped.Any(static p => p.Metadata.GetValueComparer().Equals(p.OriginalValue, p.CurrentValue)));
    }

    private async Task WriteAsync(EntityProtection protection, IReadOnlyList<PendingField> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes.Where(static change => change.Value is null))
            SetFinally(change, stored: null, token: null);
        foreach (var group in changes.Where(static change => change.Value is not null).GroupBy(static change => change.Column.Key, StringComparer.Ordinal))
        {
            var pending = group.ToArray();
            var values = pending.Select(static change => change.ToBoundValue()).ToArray();
            var envelopes = await protection.Encryptor.EncryptManyAsync(group.Key, values, cancellationToken).ConfigureAwait(false);
            PendingField.Wipe(values);
            for (var i = 0; i < pending.Length; i++)
                SetFinally(pending[i], FieldCodec.ToColumn(pending[i].Column, envelopes[i]), FieldCodec.TokenOf(protection, pending[i].Column, pending[i].Value!));
        }
    }

    private void SetFinally(PendingField change, object? stored, string? token)
    {
        Set(change, stored, token);
        _known.Remember(change.Entry.Entity, change.Column, change.Value);
    }

    private static void Set(PendingField change, object? stored, string? token)
    {
        var property = change.Entry.Property(change.Column.Property.Name);
        property.CurrentValue = stored;
        if (change.Entry.State != EntityState.Added)
            property.IsModified = true;
        if (change.Column.IndexProperty is { } index)
            change.Entry.Property(index.Name).CurrentValue = token;
    }
}

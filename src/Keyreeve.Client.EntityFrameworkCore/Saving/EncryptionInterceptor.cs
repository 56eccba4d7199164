using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Client.Fields;
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
            if (value is not null || column.Property.IsNullable)
                column.WriteMember(entity, value);
            _known.Remember(entity, column, value);
        }

        return entity;
    }

    public InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Blocking.Wait(EncryptAsync(eventData.Context, CancellationToken.None));
        return result;
    }

    public async ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        await EncryptAsync(eventData.Context, cancellationToken).ConfigureAwait(false);
        return result;
    }

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

    private async Task EncryptAsync(DbContext? context, CancellationToken cancellationToken)
    {
        if (context is null)
            return;
        var changes = new List<PendingField>();
        foreach (var entry in context.ChangeTracker.Entries().ToArray())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified or EntityState.Unchanged))
                continue;
            foreach (var column in EncryptedColumn.Of(entry.Metadata))
            {
                var value = column.ReadMember(entry.Entity);
                if (IsToBeWritten(entry, column, value))
                    changes.Add(new PendingField(entry, column, value));
            }
        }

        if (changes.Count > 0)
            await WriteAsync(EntityProtection.Of(context), changes, cancellationToken).ConfigureAwait(false);
    }

    // An object that was attached and of which nothing is known is written when it has a value: stubs, which have none, stay untouched.
    private bool IsToBeWritten(EntityEntry entry, EncryptedColumn column, object? value) =>
        entry.State == EntityState.Added || IsUpdatedAsAWhole(entry) || !(_known.IsSame(entry.Entity, column, value) ?? value is null);

    // What Update does to an object, and the change of a property does not: all is to be written, whether or not it is another.
    private static bool IsUpdatedAsAWhole(EntityEntry entry)
    {
        if (entry.State != EntityState.Modified)
            return false;
        var mapped = entry.Properties.Where(static p => !p.Metadata.IsShadowProperty() && !p.Metadata.IsKey() && p.Metadata.GetAfterSaveBehavior() == PropertySaveBehavior.Save).ToArray();
        return mapped.All(static p => p.IsModified)
            && (mapped.Length == 0 || mapped.Any(static p => p.Metadata.GetValueComparer().Equals(p.OriginalValue, p.CurrentValue)));
    }

    private async Task WriteAsync(EntityProtection protection, List<PendingField> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes.Where(static change => change.Value is null))
            Set(change, stored: null, token: null);
        foreach (var group in changes.Where(static change => change.Value is not null).GroupBy(static change => change.Column.Key, StringComparer.Ordinal))
        {
            var pending = group.ToArray();
            var values = pending.Select(static change => change.ToBoundValue()).ToArray();
            var envelopes = await protection.Encryptor.EncryptManyAsync(group.Key, values, cancellationToken).ConfigureAwait(false);
            PendingField.Wipe(values);
            for (var i = 0; i < pending.Length; i++)
                Set(pending[i], FieldCodec.ToColumn(pending[i].Column, envelopes[i]), FieldCodec.TokenOf(protection, pending[i].Column, pending[i].Value!));
        }
    }

    private void Set(PendingField change, object? stored, string? token)
    {
        var property = change.Entry.Property(change.Column.Property.Name);
        property.CurrentValue = stored;
        if (change.Entry.State != EntityState.Added)
            property.IsModified = true;
        if (change.Column.IndexProperty is { } index)
            change.Entry.Property(index.Name).CurrentValue = token;
        _known.Remember(change.Entry.Entity, change.Column, change.Value);
    }
}

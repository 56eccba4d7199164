using System.Linq.Expressions;
using Keyreeve.Client.EntityFrameworkCore.Migrating;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore;

namespace Keyreeve.Client.EntityFrameworkCore;

/// <summary>Encrypts columns that have rows already.</summary>
public static class ColumnEncryption
{
    /// <summary>
    /// Encrypts the rows of a column, batch by batch, in the order of the primary key. Begun again after an interruption it goes on: rows
    /// that are encrypted already are known by opening under their key and their place, and are left as they are. Programs may go on
    /// writing meanwhile, if they encrypt; a row that changes between reading and writing is not overwritten but looked at again.
    /// Blind indexes that are missing, or under another key, are computed too.
    /// </summary>
    /// <param name="context">A context with <c>UseKeyreeve</c>, whose model has the property as encrypted.</param>
    /// <param name="property">The property.</param>
    /// <param name="options">Batches, and where the plaintext is.</param>
    /// <param name="progress">Told of each batch; null for nobody.</param>
    /// <param name="cancellationToken">Ends the work after a batch.</param>
    /// <exception cref="KeyreeveClientException">
    /// <see cref="ClientError.CryptographicFailure"/>: a row holds an envelope that does not open at its place. Nothing is encrypted twice.
    /// </exception>
    public static async Task<ColumnEncryptionProgress> EncryptColumnAsync<TEntity>(
        this DbContext context,
        Expression<Func<TEntity, object?>> property,
        ColumnEncryptionOptions? options = null,
        IProgress<ColumnEncryptionProgress>? progress = null,
        CancellationToken cancellationToken = default)
        where TEntity : class
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(property);
        options ??= new ColumnEncryptionOptions();
        if (options.BatchSize < 1)
            throw new ArgumentException("A batch has at least one row.", nameof(options));
        var entity = context.Model.FindEntityType(typeof(TEntity)) ?? throw new ArgumentException($"{typeof(TEntity)} is not in the model.", nameof(property));
        var column = EncryptedColumn.Of(entity, MemberName.Of(property));
        if (column.IsRecord)
            throw new ArgumentException($"{column} is a record, made of several properties: save the objects, with Update.", nameof(property));
        var rows = new ColumnRows<TEntity>(context, column, options.From);
        var batch = new ColumnBatch<TEntity>(rows, EntityProtection.Of(context));
        var done = new ColumnEncryptionProgress { Total = await rows.CountAsync(cancellationToken).ConfigureAwait(false), Encrypted = 0, AlreadyEncrypted = 0, Indexed = 0, Retried = 0 };
        long retried;
        do
        {
            retried = done.Retried;
            object?[]? last = null;
            while (await rows.ReadAfterAsync(last, options.BatchSize, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
            {
                last = read[^1].Key;
                done = done.Plus(await batch.EncryptAsync(context, read, cancellationToken).ConfigureAwait(false));
                progress?.Report(done);
            }
        }
        while (done.Retried > retried);
        return done;
    }
}

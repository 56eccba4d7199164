using System.Security.Cryptography;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Keyreeve.Client.EntityFrameworkCore.Saving;
using Microsoft.EntityFrameworkCore;

namespace Keyreeve.Client.EntityFrameworkCore.Migrating;

/// <summary>Encrypts rows that were read together, and writes them in one transaction.</summary>
internal sealed class ColumnBatch<TEntity>(ColumnRows<TEntity> rows, EntityProtection protection)
    where TEntity : class
{
    private EncryptedColumn Column => rows.Column;

    public async Task<ColumnEncryptionProgress> EncryptAsync(DbContext context, IReadOnlyList<ColumnRow> read, CancellationToken cancellationToken)
    {
        var writes = new List<Write>();
        var plain = new List<ColumnRow>();
        foreach (var row in read)
        {
            if (await FindEnvelopeAsync(row, cancellationToken).ConfigureAwait(false) is not { } value)
                plain.Add(row);
            else if (!string.Equals(FieldCodec.TokenOf(protection, Column, value), row.Token, StringComparison.Ordinal))
                writes.Add(new Write(row, row.Stored!, FieldCodec.TokenOf(protection, Column, value), IsNew: false));
        }

        var indexed = writes.Count;
        writes.AddRange(await EncryptAsync(plain, cancellationToken).ConfigureAwait(false));
        var retried = writes.Count == 0 ? (New: 0, Old: 0) : await WriteAsync(context, writes, cancellationToken).ConfigureAwait(false);
        return new ColumnEncryptionProgress
        {
            Total = 0,
            Encrypted = plain.Count - retried.New,
            AlreadyEncrypted = read.Count - plain.Count - indexed,
            Indexed = indexed - retried.Old,
            Retried = retried.New + retried.Old,
        };
    }

    /// <summary>The value of a row that is encrypted already; null where it is not.</summary>
    private async Task<object?> FindEnvelopeAsync(ColumnRow row, CancellationToken cancellationToken)
    {
        if (row.Stored is null || FieldCodec.EnvelopeIn(row.Stored) is not { } envelope)
            return null;
        // One that does not open is not encrypted once more: it may be under a key that is only unreachable, or of another row.
        var plaintext = await protection.Encryptor.DecryptAsync(envelope, Column.ContextOf(part => rows.PartOf(row, part)), cancellationToken).ConfigureAwait(false);
        return FieldCodec.Decode(Column.Type, plaintext);
    }

    private async Task<IEnumerable<Write>> EncryptAsync(List<ColumnRow> plain, CancellationToken cancellationToken)
    {
        var values = plain.Select(row => PlaintextOf(row)).ToArray();
        var encoded = values.Select(value => FieldCodec.Encode(Column.Type, value)).ToArray();
        try
        {
            var bound = plain.Select((row, i) => new BoundValue(encoded[i], Column.ContextOf(part => rows.PartOf(row, part)))).ToArray();
            var envelopes = await protection.Encryptor.EncryptManyAsync(Column.Key, bound, cancellationToken).ConfigureAwait(false);
            return [.. plain.Select((row, i) => new Write(row, FieldCodec.ToColumn(Column, envelopes[i]), FieldCodec.TokenOf(protection, Column, values[i]), IsNew: true))];
        }
        finally
        {
            foreach (var bytes in encoded)
                CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private object PlaintextOf(ColumnRow row) => (rows.IsInPlace ? row.Stored : row.Source)
        ?? throw new InvalidOperationException("Rows without a value are not read.");

    /// <summary>Writes rows, and counts those that had changed meanwhile.</summary>
    private Task<(int New, int Old)> WriteAsync(DbContext context, List<Write> writes, CancellationToken cancellationToken)
    {
        if (context.Database.CurrentTransaction is not null)
            return WriteAllAsync(writes, cancellationToken);
        return context.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
        {
            await using var transaction = (await context.Database.BeginTransactionAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
            var changed = await WriteAllAsync(writes, cancellationToken).ConfigureAwait(false);
            await context.Database.CommitTransactionAsync(CancellationToken.None).ConfigureAwait(false);
            return changed;
        });
    }

    private async Task<(int New, int Old)> WriteAllAsync(List<Write> writes, CancellationToken cancellationToken)
    {
        var changed = (New: 0, Old: 0);
        foreach (var write in writes)
        {
            if (await rows.TryWriteAsync(write.Row, write.Stored, write.Token, cancellationToken).ConfigureAwait(false))
                continue;
            changed = write.IsNew ? (changed.New + 1, changed.Old) : (changed.New, changed.Old + 1);
        }

        return changed;
    }

    /// <summary>What is to be written: no plaintext.</summary>
    private sealed record Write(ColumnRow Row, object Stored, string? Token, bool IsNew);
}

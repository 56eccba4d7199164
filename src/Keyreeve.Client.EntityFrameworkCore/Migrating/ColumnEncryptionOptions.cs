namespace Keyreeve.Client.EntityFrameworkCore;

/// <summary>How a column that has rows already is encrypted.</summary>
public sealed record ColumnEncryptionOptions
{
    /// <summary>How many rows are read, encrypted and written in one transaction. Default 500.</summary>
    public int BatchSize { get; init; } = 500;

    /// <summary>
    /// Name of the mapped property that has the plaintext, where it is another column than the encrypted one; it is left as it is, to be
    /// dropped by a migration afterwards. Null: the encrypted column holds plaintext itself and is encrypted in place, which only columns of
    /// text and of bytes can be.
    /// </summary>
    public string? From { get; init; }
}

/// <summary>How far the encryption of a column is.</summary>
public sealed record ColumnEncryptionProgress
{
    /// <summary>Rows that have a value, when it began.</summary>
    public required long Total { get; init; }

    /// <summary>Rows that were encrypted.</summary>
    public required long Encrypted { get; init; }

    /// <summary>Rows that were encrypted before: by an earlier run, or by a program that writes meanwhile.</summary>
    public required long AlreadyEncrypted { get; init; }

    /// <summary>Rows whose blind index alone was missing or another.</summary>
    public required long Indexed { get; init; }

    /// <summary>Rows that were changed by others while they were being encrypted, and are looked at again.</summary>
    public required long Retried { get; init; }

    internal ColumnEncryptionProgress Plus(ColumnEncryptionProgress more) => this with
    {
        Encrypted = Encrypted + more.Encrypted,
        AlreadyEncrypted = AlreadyEncrypted + more.AlreadyEncrypted,
        Indexed = Indexed + more.Indexed,
        Retried = Retried + more.Retried,
    };
}

namespace Keyreeve.Client.EntityFrameworkCore.Migrating;

/// <summary>What a row holds, as it was read. Not a record: a generated <c>ToString</c> would show it.</summary>
internal sealed class ColumnRow(object?[] key, object? source, object? stored, string? token)
{
    /// <summary>The parts of the primary key.</summary>
    public object?[] Key { get; } = key;

    /// <summary>The plaintext, where it is in a column of its own.</summary>
    public object? Source { get; } = source;

    /// <summary>What the encrypted column holds.</summary>
    public object? Stored { get; } = stored;

    /// <summary>What the blind index holds.</summary>
    public string? Token { get; } = token;
}

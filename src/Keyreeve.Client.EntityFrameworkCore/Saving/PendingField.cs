using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>A value that is about to be encrypted for its row. Not a record: a generated <c>ToString</c> would show it.</summary>
internal sealed class PendingField(EntityEntry entry, EncryptedColumn column, object? value)
{
    public EntityEntry Entry { get; } = entry;

    public EncryptedColumn Column { get; } = column;

    public object? Value { get; } = value;

    /// <summary>Whether the database counts a part of the row's key, so that it is not known before the row is written.</summary>
    public bool IsKeyUnknown => Entry.Metadata.FindPrimaryKey()!.Properties.Any(part => Entry.Property(part.Name).IsTemporary);

    public BoundValue ToBoundValue() => new(FieldCodec.Encode(Column.Type, Value!), Column.ContextOf(part => Entry.Property(part.Name).CurrentValue));

    /// <summary>Wipes the plaintexts, which are copies made here.</summary>
    public static void Wipe(IEnumerable<BoundValue> values)
    {
        foreach (var value in values)
        {
            if (MemoryMarshal.TryGetArray(value.Content, out var bytes))
                CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

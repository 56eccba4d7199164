using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Keyreeve.Client.EntityFrameworkCore.Modelling;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata;

namespace Keyreeve.Client.EntityFrameworkCore.Saving;

/// <summary>A value that is about to be encrypted for its row. Not a record: a generated <c>ToString</c> would show it.</summary>
internal sealed class PendingField(EntityEntry entry, EncryptedColumn column, object? value)
{
    public EntityEntry Entry { get; } = entry;

    public EncryptedColumn Column { get; } = column;

    public object? Value { get; } = value;

    public BoundValue ToBoundValue() => new(FieldCodec.Encode(Column.Type, Value!), Column.ContextOf(PartOfKey));

    /// <summary>Wipes the plaintexts, which are copies made here.</summary>
    public static void Wipe(IEnumerable<BoundValue> values)
    {
        foreach (var value in values)
        {
            if (MemoryMarshal.TryGetArray(value.Content, out var bytes))
                CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private object? PartOfKey(IProperty part)
    {
        var property = Entry.Property(part.Name);
        return property.IsTemporary
            ? throw new KeyreeveClientException(
                ClientError.InvalidOptions,
                $"{Column} is bound to its row's key, and {Entry.Metadata.DisplayName()}.{part.Name} is made by the database: it is not known before the row is written. "
                + "Let the program make it: a Guid, a sequence by UseHiLo, or a value of your own with ValueGeneratedNever.",
                null)
            : property.CurrentValue;
    }
}

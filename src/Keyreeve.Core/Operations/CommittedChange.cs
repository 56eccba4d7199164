using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations;

/// <summary>A change of an object that is durable.</summary>
/// <param name="Call">Whose request it was.</param>
/// <param name="Before">The object before it; null if it is new.</param>
/// <param name="After">The object as it is now.</param>
public sealed record CommittedChange(Call Call, ManagedObject? Before, ManagedObject After)
{
    /// <summary>Whether nothing is left of the object; it is told as it was.</summary>
    public bool IsObliterated { get; init; }

    /// <summary>Reads what objects are like before they are changed, for the listener.</summary>
    internal static async ValueTask<List<CommittedChange>> ReadAsync(
        Engine engine, Call call, IReadOnlyList<ManagedObject> inserts, IReadOnlyList<ManagedObject> updates, IReadOnlyList<ManagedObject> deletes)
    {
        var changes = inserts.Select(made => new CommittedChange(call, null, made)).ToList();
        foreach (var changed in updates)
        {
            if (await engine.Objects.FindAsync(changed.Tenant, changed.Id, CancellationToken.None) is { } before)
                changes.Add(new CommittedChange(call, before, changed));
        }

        changes.AddRange(deletes.Select(gone => new CommittedChange(call, gone, gone) { IsObliterated = true }));
        return changes;
    }
}

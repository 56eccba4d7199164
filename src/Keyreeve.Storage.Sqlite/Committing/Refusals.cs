using Keyreeve.Core;

namespace Keyreeve.Storage.Sqlite.Committing;

/// <summary>Why the store refuses a commit that the disk would take.</summary>
internal static class Refusals
{
    public static KeyreeveException Changed() =>
        new(KeyreeveError.Conflict, "It was changed by somebody else meanwhile. Read it again and retry.");

    public static KeyreeveException NameTaken() => new(KeyreeveError.NonUniqueName, "Another object has that Name.");

    public static KeyreeveException IdentityTaken() =>
        new(KeyreeveError.ObjectAlreadyExists, "An object with that Unique Identifier exists.");

    public static KeyreeveException IdempotencyKeyTaken() =>
        new(KeyreeveError.IdempotencyConflict, "A request with that idempotency key was answered already.");
}

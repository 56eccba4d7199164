using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>To whom a message in parts belongs, and what is done with it.</summary>
/// <param name="Tenant">The principal's tenant.</param>
/// <param name="Principal">The fingerprint of the principal's key.</param>
/// <param name="User">For whom the principal speaks; null if for itself.</param>
/// <param name="Rights">The ticket that allows less than its owner may; null if there is none.</param>
/// <param name="Operation">The operation.</param>
/// <param name="Object">The key; null if there is none.</param>
internal readonly record struct StreamOwner(TenantId Tenant, string Principal, string? User, DelegatedRights? Rights, OperationName Operation, UniqueIdentifier? Object)
{
    /// <summary>Of a request.</summary>
    public static StreamOwner Of(OperationScope scope, OperationName operation, UniqueIdentifier? about) =>
        new(
            scope.Tenant, scope.Call.Principal.Fingerprint, scope.Call.User?.Key,
            scope.Call.Rights is { AreRestricted: true } rights ? rights : null, operation, about);
}

/// <summary>A message under way. Its fields are guarded by the table's lock, its state by <see cref="IsBusy"/>.</summary>
internal sealed class OpenStream(byte[] correlationValue, StreamOwner owner, DataStream state, DateTimeOffset now)
{
    public ReadOnlyMemory<byte> CorrelationValue { get; } = correlationValue;

    public StreamOwner Owner { get; } = owner;

    public DataStream State { get; } = state;

    public DateTimeOffset Begun { get; } = now;

    public DateTimeOffset LastUsed { get; set; } = now;

    /// <summary>Whether a request works on it.</summary>
    public bool IsBusy { get; set; } = true;

    /// <summary>Whether it was taken out of the table while a request worked on it, which then disposes of it.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>What was counted of its memory.</summary>
    public int CountedInBytes { get; set; }

    /// <summary>The request that came last, and what it was answered.</summary>
    public object? LastRequest { get; set; }

    public object? LastResponse { get; set; }

    public bool HasExpired(DateTimeOffset now) =>
        now - LastUsed >= StreamLimits.LongestPause || now - Begun >= StreamLimits.LongestLife;
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Integration.Doors;

/// <summary>
/// What was refused at the doors of REST and of KMIP while an attack was tried: each is to be found in the audit trail, by the name that its request had.
/// The callers at these doors note it themselves, so that no attack has to.
/// </summary>
internal sealed class RefusalLedger
{
    private static readonly AsyncLocal<RefusalLedger?> Open = new();

    private readonly ConcurrentQueue<Refused> _refused = new();

    /// <summary>How many were noted.</summary>
    public int Count => _refused.Count;

    /// <summary>Notes from now on what is refused to what the caller of this does.</summary>
    public static RefusalLedger Begin() => Open.Value = new RefusalLedger();

    /// <summary>A name for a request, which the trail repeats.</summary>
    public static string NewRequestId() => "attack-" + Guid.NewGuid().ToString("N");

    /// <summary>Notes that a request was refused.</summary>
    public static void Note(Refused refused) => Open.Value?._refused.Enqueue(refused);

    /// <summary>Looks each of them up.</summary>
    public void RequireRecords()
    {
        foreach (var ofServer in _refused.GroupBy(static refused => refused.Server))
        {
            var records = ofServer.Key.ReadAudit().Select(static record => record["event"]!.AsObject())
                .Where(static e => e["result"]?.ToString() is "Denied" or "Failed").ToLookup(static e => e["requestId"]?.ToString());
            foreach (var refused in ofServer) Check(refused, [.. records[refused.RequestId]]);
        }
    }

    private static void Check(Refused refused, JsonObject[] records)
    {
        Assert.True(records.Length == 1, $"{records.Length} records of: {refused.Operation} {refused.Words}");
        var record = records[0];
        var reason = Enum.Parse<KeyreeveError>(record["reason"]!.ToString());
        Assert.True(refused.IsReason(reason), $"{reason} is recorded of: {refused.Operation} {refused.Words}");
        // Who is let in nowhere has done nothing but try to be.
        var operation = reason is KeyreeveError.AuthenticationFailed && refused.Operation is not OperationName.Enrol ? OperationName.Authenticate : refused.Operation;
        if (operation is { } known) Assert.Equal(known.ToString(), record["operation"]!.ToString());
        if (refused.Principal is { } principal && reason is not KeyreeveError.AuthenticationFailed) Assert.Equal(principal, record["principal"]!.ToString());
    }
}

/// <summary>A request that was refused.</summary>
/// <param name="Server">By whom.</param>
/// <param name="RequestId">What it was called.</param>
/// <param name="Principal">Who asked; null if that is not known here.</param>
/// <param name="Operation">What was asked; null if that is not known here.</param>
/// <param name="IsReason">Whether what the caller was told is what is told of this reason.</param>
/// <param name="Words">What the caller was told.</param>
internal sealed record Refused(ServerFixture Server, string RequestId, string? Principal, OperationName? Operation, Predicate<KeyreeveError> IsReason, string Words);

using System.Collections.Concurrent;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Server.Kmip.Asynchronous;

/// <summary>
/// The requests that are answered later. Each belongs to the principal and user that sent it. It is executed when the client polls for
/// it, or of itself after <see cref="Grace"/>, within which it can be canceled; its result is kept for <see cref="Life"/>, or until it
/// has been fetched. All of it is in memory: a request that is pending when the server stops has not happened, and Poll says that there
/// is none. Thread safe.
/// </summary>
internal sealed class PendingRequests : IAsyncDisposable
{
    /// <summary>How long a request waits to be polled for, or canceled, before it is executed unasked.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    /// <summary>How long a request and its result are kept.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>The most pending items of one principal.</summary>
    public const int MostPerPrincipal = 100;

    /// <summary>The most bytes that pending messages of one principal and their results take; the result that goes beyond it is kept, and
    /// nothing is executed after it until results have been fetched.</summary>
    public const long MostBytesPerPrincipal = 4L << 20;

    /// <summary>The same of all principals.</summary>
    public const long MostBytesInAll = 256L << 20;

    private readonly KmipServices _services;
    private readonly ConcurrentDictionary<string, DeferredItem> _items = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<DeferredMessage, Task> _running = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _accepting = new();

    // Those of one principal are executed one after the other: what one returns is counted before the next begins.
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(static _ => new SemaphoreSlim(1, 1))];
    private readonly ITimer _sweep;

    public PendingRequests(KmipServices services)
    {
        _services = services;
        _sweep = services.Time.CreateTimer(static self => ((PendingRequests)self!).Sweep(), this, Life / 10, Life / 10);
    }

    /// <summary>Takes a message to be executed later, if it is to be.</summary>
    /// <returns>Its items; null if the message is to be executed at once.</returns>
    /// <exception cref="KeyreeveException">It must be executed later, and cannot.</exception>
    public IReadOnlyList<DeferredItem>? Accept(RequestMessage message, ReadOnlySpan<byte> bytes, KmipCaller caller, Call call)
    {
        var isMandatory = message.Header.AsynchronousIndicator == AsynchronousIndicator.Mandatory;
        if (!isMandatory && !(message.Header.AsynchronousIndicator == AsynchronousIndicator.Optional && AsynchronousRules.IsDeferredIfOptional(message)))
            return null;

        foreach (var item in message.Items)
        {
            if (isMandatory && AsynchronousRules.IsAlwaysSynchronous(item.Operation))
                throw new KeyreeveException(KeyreeveError.FeatureNotSupported, $"{item.Operation} is answered at once or not at all.");
        }

        DeferredMessage deferred;
        lock (_accepting)
        {
            if (!HasRoom(call, message.ItemCount, bytes.Length))
            {
                return isMandatory
                    ? throw new KeyreeveException(KeyreeveError.TooManyRequests, "Too many requests are pending; poll for those, or cancel them.")
                    : null;
            }

            deferred = new DeferredMessage(_services, caller, call, bytes);
            foreach (var item in deferred.Items) _items[Key(item.CorrelationValue)] = item;
        }

        _running[deferred] = StartLaterAsync(deferred);
        return deferred.Items;
    }

    /// <summary>Waits until it is a message's turn to be executed.</summary>
    /// <returns>Ends the turn.</returns>
    public async ValueTask<IDisposable> TurnAsync(DeferredMessage message)
    {
        var turn = _turns[unchecked((uint)message.Call.Principal.Fingerprint.GetHashCode(StringComparison.Ordinal)) % (uint)_turns.Length];
        await turn.WaitAsync();
        return new Turn(turn);
    }

    /// <summary>Whether there is room for what a message will return.</summary>
    public bool HasRoomForResults(DeferredMessage message) => Kept(message.Call.Principal) < MostBytesPerPrincipal && Kept(null) < MostBytesInAll;

    /// <summary>Finds a pending item of the caller.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAsynchronousCorrelationValue"/>: it has none of that name.</exception>
    public DeferredItem Require(Call call, ReadOnlySpan<byte> correlationValue) => Find(call, correlationValue)
        ?? throw new KeyreeveException(KeyreeveError.InvalidAsynchronousCorrelationValue, "No request of yours is pending under this Asynchronous Correlation Value.");

    /// <summary>Finds a pending item of the caller; null if it has none of that name.</summary>
    public DeferredItem? Find(Call call, ReadOnlySpan<byte> correlationValue) =>
        _items.TryGetValue(Key(correlationValue), out var item) && IsOf(item, call) && item.Message.Call.Time >= Oldest ? item : null;

    /// <summary>The pending items of the caller, oldest first.</summary>
    public IEnumerable<DeferredItem> List(Call call) => _items.Values.Where(item => IsOf(item, call) && item.Message.Call.Time >= Oldest).OrderBy(static i => i.Message.Call.Time);

    /// <summary>Forgets an item; false if somebody else has, meanwhile.</summary>
    public bool Forget(DeferredItem item) => _items.TryRemove(Key(item.CorrelationValue), out _);

    /// <summary>Forgets all that is pending of a principal; what has not begun is not executed.</summary>
    public void ForgetAll(Principal principal)
    {
        foreach (var item in _items.Values.Where(i => IsSame(i.Message.Call.Principal, principal)))
            if (Forget(item)) item.Message.Delivered();
    }

    /// <summary>Executes nothing more; completes when what is being executed is done.</summary>
    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        await _stopping.CancelAsync();
        await Task.WhenAll(_running.Values);
        foreach (var turn in _turns) turn.Dispose();
        foreach (var item in _items.Values) item.Message.Dispose();
        _items.Clear();
        _stopping.Dispose();
    }

    private async Task StartLaterAsync(DeferredMessage message)
    {
        try
        {
            await Task.Delay(Grace, _services.Time, _stopping.Token);
            await message.StartAsync();
        }
        catch (OperationCanceledException)
        {
            // The server stops: what has begun is finished, nothing else is begun.
            if (message.Stage == ProcessingStage.InProcess) await message.StartAsync();
        }

        _running.TryRemove(message, out _);
    }

    private DateTimeOffset Oldest => _services.Time.GetUtcNow() - Life;

    private void Sweep()
    {
        foreach (var item in _items.Values.Where(i => i.Message.Call.Time < Oldest))
            if (Forget(item)) item.Message.Delivered();
    }

    private bool HasRoom(Call call, int items, int bytes)
    {
        Sweep();
        var own = _items.Values.Count(i => IsSame(i.Message.Call.Principal, call.Principal));
        return own + items <= MostPerPrincipal && Kept(call.Principal) + bytes <= MostBytesPerPrincipal && Kept(null) + bytes <= MostBytesInAll;
    }

    // Null: of all.
    private long Kept(Principal? principal) => _items.Values.Select(static i => i.Message).Distinct()
        .Where(m => principal is null || IsSame(m.Call.Principal, principal)).Sum(static m => m.SizeInBytes);

    // The principal and user that sent it; and with a ticket that allows less than its owner may, what that same ticket has sent.
    private static bool IsOf(DeferredItem item, Call call)
    {
        var sent = item.Message.Call;
        return IsSame(sent.Principal, call.Principal) && sent.User == call.User
            && (call.Rights is not { AreRestricted: true } rights || ReferenceEquals(rights, sent.Rights));
    }

    private static bool IsSame(Principal one, Principal other) =>
        one.Tenant == other.Tenant && string.Equals(one.Fingerprint, other.Fingerprint, StringComparison.Ordinal);

    private static string Key(ReadOnlySpan<byte> correlationValue) => Convert.ToHexString(correlationValue);

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}

using System.Collections.Immutable;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>Tells everybody who listens of what is committed, in the order of the commits. Nobody listens: it costs nothing. Thread safe.</summary>
/// <param name="engine">Whose changes.</param>
internal sealed class ChangeFeed(Engine engine)
{
    private readonly Lock _lock = new();
    private ImmutableArray<Action<CommittedChange>> _listeners = [];

    /// <summary>Begins to tell of changes, until what is returned is disposed of.</summary>
    /// <param name="listener">Takes a change without waiting.</param>
    public IDisposable Subscribe(Action<CommittedChange> listener)
    {
        lock (_lock) Replace(_listeners.Add(listener));
        return new Subscription(this, listener);
    }

    private void Replace(ImmutableArray<Action<CommittedChange>> listeners)
    {
        _listeners = listeners;
        engine.Listener = listeners.IsEmpty ? null : change =>
        {
            foreach (var listener in listeners) listener(change);
        };
    }

    private sealed class Subscription(ChangeFeed feed, Action<CommittedChange> listener) : IDisposable
    {
        public void Dispose()
        {
            lock (feed._lock) feed.Replace(feed._listeners.Remove(listener));
        }
    }
}

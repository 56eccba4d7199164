namespace Keyreeve.Crypto.Interop;

/// <summary>
/// The native contexts of one key. A context serves one thread at a time; a caller that finds none free makes one.
/// </summary>
/// <remarks>Thread safe, lock free. A server caches tens of thousands of keys, so the common case is one context and no array.</remarks>
internal sealed class ContextPool<T> : IDisposable
    where T : class, IDisposable
{
    private static readonly int LargestSpareCount = Math.Min(Environment.ProcessorCount, 32) - 1;

    private T? _first;
    private T?[]? _spares;
    private volatile bool _isDisposed;

    /// <summary>Takes a free context, or null.</summary>
    public T? TryTake()
    {
        if (Interlocked.Exchange(ref _first, null) is { } first)
            return first;
        if (Volatile.Read(ref _spares) is not { } spares)
            return null;
        for (var i = 0; i < spares.Length; i++)
        {
            if (Volatile.Read(ref spares[i]) is not null && Interlocked.Exchange(ref spares[i], null) is { } spare)
                return spare;
        }

        return null;
    }

    /// <summary>Gives a context back; it is disposed when there are enough, or when the pool is disposed.</summary>
    public void Return(T context)
    {
        if (!TryKeep(context))
            context.Dispose();

        // A pool disposed meanwhile may have been emptied before the context came back.
        if (_isDisposed)
            DisposeKept();
    }

    /// <summary>Disposes all contexts at rest; those in use follow when they are returned.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        DisposeKept();
    }

    private bool TryKeep(T context)
    {
        if (Interlocked.CompareExchange(ref _first, context, null) is null)
            return true;
        if (LargestSpareCount == 0)
            return false;
        var spares = Volatile.Read(ref _spares)
            ?? Interlocked.CompareExchange(ref _spares, new T?[LargestSpareCount], null)
            ?? _spares!;
        for (var i = 0; i < spares.Length; i++)
        {
            if (Interlocked.CompareExchange(ref spares[i], context, null) is null)
                return true;
        }

        return false;
    }

    private void DisposeKept()
    {
        while (TryTake() is { } context)
            context.Dispose();
    }
}

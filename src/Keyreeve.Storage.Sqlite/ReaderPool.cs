using System.Collections.Concurrent;

namespace Keyreeve.Storage.Sqlite;

/// <summary>A bounded number of readers, opened as they are needed and then kept.</summary>
internal sealed class ReaderPool(Func<StoreReader> open, int size) : IDisposable
{
    private readonly SemaphoreSlim _places = new(size, size);
    private readonly ConcurrentStack<StoreReader> _idle = new();
    private volatile bool _isClosed;

    /// <summary>Lends a reader, which then belongs to the borrower until the loan is disposed.</summary>
    public async ValueTask<Loan> BorrowAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteObjectStore));
        await _places.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteObjectStore));
            return new Loan(this, _idle.TryPop(out var reader) ? reader : open());
        }
        catch
        {
            _places.Release();
            throw;
        }
    }

    /// <summary>Waits until all loans have ended; afterwards nothing can be borrowed.</summary>
    public async ValueTask CloseAsync()
    {
        _isClosed = true;
        for (var i = 0; i < size; i++) await _places.WaitAsync();
        while (_idle.TryPop(out var reader)) reader.Dispose();
        _places.Release(size); // those who still wait are told that it is over
    }

    public void Dispose() => _places.Dispose();

    /// <summary>A reader on loan.</summary>
    public readonly struct Loan(ReaderPool pool, StoreReader reader) : IDisposable
    {
        public StoreReader Reader => reader;

        public void Dispose()
        {
            pool._idle.Push(reader);
            pool._places.Release();
        }
    }
}

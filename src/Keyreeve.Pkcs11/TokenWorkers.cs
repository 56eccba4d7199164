namespace Keyreeve.Pkcs11;

/// <summary>
/// Threads on which a token is called, so that a module that hangs holds none of the server's. A call that does not return
/// in time is given up; its thread is replaced, a bounded number of times, and serves again if it ever comes back.
/// </summary>
internal sealed class TokenWorkers : IDisposable
{
    /// <summary>Pieces of work that may wait.</summary>
    private const int LongestQueue = 1024;

    private readonly Lock _lock = new();
    private readonly Queue<Job> _queue = [];
    private readonly SemaphoreSlim _waiting = new(0);
    private readonly int _threads;
    private readonly TimeSpan _timeLimit;
    private int _running;
    private int _hanging;
    private bool _isEnded;

    /// <summary>Prepares the threads; they start when there is work.</summary>
    /// <param name="threads">How many serve; as many again may hang before nothing more is begun.</param>
    /// <param name="timeLimit">How long work may take, and may wait.</param>
    public TokenWorkers(int threads, TimeSpan timeLimit)
    {
        _threads = threads;
        _timeLimit = timeLimit;
    }

    /// <summary>Calls that were given up and have not returned.</summary>
    public int Hanging
    {
        get
        {
            lock (_lock) return _hanging;
        }
    }

    /// <summary>Has a piece of work done.</summary>
    /// <exception cref="HsmException"><see cref="HsmState.Hanging"/>: it was not done in time, or too much of the kind hangs.</exception>
    public async Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        var job = new Job<T>(work);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isEnded, this);
            if (_hanging >= _threads) throw Hangs($"{_hanging} calls into the PKCS#11 module hang");
            if (_queue.Count >= LongestQueue) throw Hangs("Too many calls wait for the token");
            _queue.Enqueue(job);
            StartThread();
        }

        _waiting.Release();
        try
        {
            return await job.Result.WaitAsync(_timeLimit, cancellationToken);
        }
        catch (Exception givenUp) when (givenUp is TimeoutException or OperationCanceledException)
        {
            GiveUp(job);
            if (givenUp is TimeoutException) throw Hangs($"A call into the PKCS#11 module has not returned for {_timeLimit.TotalSeconds:0.#} s");
            throw;
        }
    }

    /// <summary>Ends the threads that come back.</summary>
    public void Dispose()
    {
        int running;
        lock (_lock)
        {
            if (_isEnded) return;
            _isEnded = true;
            running = _running;
        }

        if (running > 0) _waiting.Release(running);
    }

    private static HsmException Hangs(string what) => new(HsmState.Hanging, what + "; see to the token, its daemon or its network.");

    private void GiveUp(Job job)
    {
        lock (_lock)
        {
            if (!job.GiveUp()) return;
            _hanging++;
            if (_queue.Count > 0) StartThread();
        }
    }

    // Within the lock.
    private void StartThread()
    {
        if (_running >= _threads + _hanging) return;
        _running++;
        new Thread(Serve) { IsBackground = true, Name = "keyreeve-hsm" }.Start();
    }

    private void Serve()
    {
        while (true)
        {
            _waiting.Wait();
            Job? job;
            lock (_lock)
            {
                // Who was replaced while he hung is one too many.
                if (_isEnded || _running > _threads + _hanging)
                {
                    _running--;
                    if (!_isEnded && _queue.Count > 0) _waiting.Release();
                    return;
                }

                // When so many hang nothing more is begun: what waits is refused when its time is over.
                if (_hanging >= _threads || !_queue.TryDequeue(out job) || !job.Begin()) continue;
            }

            job.Run();
            lock (_lock)
            {
                if (!job.End()) continue;
                _hanging--;
                if (_queue.Count > 0) _waiting.Release(_queue.Count); // their turn may have passed meanwhile
            }
        }
    }

    private abstract class Job
    {
        private bool _isRunning;
        private bool _isGivenUp;

        /// <summary>False if nobody waits for it any more.</summary>
        public bool Begin() => _isRunning = !_isGivenUp;

        /// <summary>Whether it hangs: somebody is at it.</summary>
        public bool GiveUp()
        {
            if (_isGivenUp || !Abandon()) return false;
            _isGivenUp = true;
            return _isRunning;
        }

        /// <summary>Whether it had counted as hanging.</summary>
        public bool End()
        {
            _isRunning = false;
            return _isGivenUp;
        }

        public abstract void Run();

        /// <summary>Has a result that still comes disposed of; false if it has come.</summary>
        protected abstract bool Abandon();
    }

    private sealed class Job<T>(Func<T> work) : Job
    {
        private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Result => _result.Task;

        public override void Run()
        {
            try
            {
                var result = work();
                if (!_result.TrySetResult(result)) (result as IDisposable)?.Dispose();
            }
#pragma warning disable CA1031 // whatever it is, it belongs to who waits
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _result.TrySetException(failure);
            }
        }

        protected override bool Abandon() => _result.TrySetCanceled();
    }
}

namespace Keyreeve.Core.Audit;

/// <summary>The space for the next segment, set aside while there is still room in the current one. Thread safe.</summary>
internal sealed class AuditReserve(long sizeInBytes) : IDisposable
{
    private readonly Lock _gate = new();
    private AuditSegment? _ready;

    /// <summary>Sets the space aside, if it is not, or not any more.</summary>
    /// <exception cref="IOException">There is none.</exception>
    public void Ensure(AuditDirectory directory)
    {
        lock (_gate)
        {
            if (_ready is not null && _ready.FindDamage(directory) is null) return;
            _ready?.Dispose();
            _ready = null;
            _ready = AuditSegment.Reserve(directory, sizeInBytes);
        }
    }

    /// <summary>Makes the space the segment of that number; sets some aside first if that has not been done.</summary>
    /// <exception cref="IOException">There is none.</exception>
    // Named under the lock: while it still has the reserve's name nobody else may set a new one aside.
    public AuditSegment Begin(AuditDirectory directory, int number)
    {
        lock (_gate)
        {
            var taken = _ready ?? AuditSegment.Reserve(directory, sizeInBytes);
            _ready = null;
            try
            {
                taken.Begin(directory, number);
                return taken;
            }
            catch (IOException)
            {
                taken.Dispose();
                throw;
            }
        }
    }

    /// <summary>Gives the space back.</summary>
    public void Release(AuditDirectory directory)
    {
        lock (_gate)
        {
            _ready?.Dispose();
            _ready = null;
            directory.Delete(AuditSegment.ReserveName);
        }
    }

    public void Dispose() => _ready?.Dispose();
}

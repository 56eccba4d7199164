namespace Keyreeve.Core.Audit;

/// <summary>
/// What goes on beside the writing: the next segment's space is set aside, and what has been written is signed for. One
/// thread; it may wait for the disk without holding anybody up.
/// </summary>
internal sealed class AuditKeeper(
    AuditChainOptions options, AuditDirectory directory, AuditQueue queue, AuditReserve reserve) : IDisposable
{
    private readonly ManualResetEventSlim _stopping = new();
    private bool _lacksSpace;

    /// <summary>The body of the thread.</summary>
    public void Run()
    {
        while (!_stopping.Wait(options.CheckpointInterval < options.WatchInterval ? options.CheckpointInterval : options.WatchInterval))
        {
            EnsureReserve();
        }
    }

    public void Stop() => _stopping.Set();

    /// <summary>Sets space aside; without it nothing is available, while there is room yet to write that down.</summary>
    public void EnsureReserve()
    {
        try
        {
            reserve.Ensure(directory);
            if (!_lacksSpace) return;
            _lacksSpace = false;
            queue.Clear(AuditQueue.Trouble.NoSpaceInReserve);
            Note("space is set aside for the audit trail again", AuditResult.Success);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (_lacksSpace) return;
            _lacksSpace = true;
            queue.Raise(AuditQueue.Trouble.NoSpaceInReserve);
            Note($"no space can be set aside for the audit trail ({failure.Message}): nothing is released or changed until it can", AuditResult.Failed);
        }
    }

    public void Dispose() => _stopping.Dispose();

    private void Note(string detail, AuditResult result)
    {
        options.Alarm("Audit trail: " + detail + ".");
        var notice = AuditWriter.NewNotice(options.Time, detail);
        notice.Result = result;
        if (result == AuditResult.Success) notice.Reason = KeyreeveError.None;
        try
        {
            queue.Append(AuditJson.EncodeToScratch(notice));
        }
        catch (KeyreeveException)
        {
            options.Alarm("That could not be recorded in the trail itself.");
        }
    }
}

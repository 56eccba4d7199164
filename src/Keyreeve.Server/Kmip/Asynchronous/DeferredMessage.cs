using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Kmip.Batches;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Asynchronous;

/// <summary>
/// A message that is answered later: a copy of it, and its results once there are any. It is executed once, as a whole, in its order.
/// Thread safe.
/// </summary>
internal sealed class DeferredMessage : IDisposable
{
    private readonly KmipServices _services;
    private readonly KmipCaller _caller;
    private readonly Call _call;
    private readonly byte[] _bytes;
    private readonly RequestMessage _message;
    private readonly PendingMessage _results;
    private readonly Lock _starting = new();
    private Task? _run;
    private int _undelivered;
    private bool _isExecuted;
    private bool _isUnwanted;

    /// <summary>Keeps a message.</summary>
    public DeferredMessage(KmipServices services, KmipCaller caller, Call call, ReadOnlySpan<byte> message)
    {
        _services = services;
        _caller = caller;
        _call = call;
        // The connection's buffer is used again for the next message.
        _bytes = message.ToArray();
        _message = RequestMessage.Decode(_bytes, services.Options.MaxBatchItems);
        _results = new PendingMessage(_message.Header, 0) { IsMeasured = true };
        Items = new List<DeferredItem>(_message.ItemCount);
        foreach (var item in _message.Items) Items.Add(new DeferredItem(this, item));
        _undelivered = Items.Count;
    }

    /// <summary>Its items.</summary>
    public List<DeferredItem> Items { get; }

    /// <summary>Who sent it.</summary>
    public Call Call => _call;

    /// <summary>How much memory it takes, in bytes, with its results.</summary>
    public long SizeInBytes => _bytes.Length + _results.SizeInBytes;

    /// <summary>How far it is.</summary>
    public ProcessingStage Stage => Volatile.Read(ref _run) switch
    {
        null => ProcessingStage.Submitted,
        { IsCompleted: true } => ProcessingStage.Completed,
        _ => ProcessingStage.InProcess,
    };

    /// <summary>Begins to execute it, if nobody has; completes when it is executed.</summary>
    public Task StartAsync()
    {
        lock (_starting) return _run ??= Task.Run(RunAsync);
    }

    /// <summary>Takes the message back, if it has not begun.</summary>
    public bool TryCancel()
    {
        lock (_starting)
        {
            if (_run is not null) return false;
            foreach (var item in Items) item.Fail(new KeyreeveException(KeyreeveError.CanceledByRequester, "The request was canceled."));
            _run = Task.CompletedTask;
            return true;
        }
    }

    /// <summary>One of its results has been given out, or nobody wants it any more; after the last nothing is kept.</summary>
    public void Delivered()
    {
        if (Interlocked.Decrement(ref _undelivered) == 0) Dispose();
    }

    /// <summary>Wipes it: at once, or when it has been executed.</summary>
    public void Dispose()
    {
        lock (_starting)
        {
            _isUnwanted = true;
            _run ??= Task.CompletedTask;
            if (_run.IsCompleted || _isExecuted) Wipe();
        }
    }

    private async Task RunAsync()
    {
        using (await _services.Pending.TurnAsync(this)) await ExecuteAsync();
        lock (_starting)
        {
            _isExecuted = true;
            if (_isUnwanted) Wipe();
        }
    }

    private async ValueTask<Principal?> FindCallerAsync() =>
        _caller.FindPrincipal() is { } principal && await _services.Users.AreInUseAsync(principal, _call.UserRestsOn, CancellationToken.None) ? principal : null;

    private void Wipe()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        _results.Dispose();
    }

    // Whoever was shut out cannot poll for the refusal any more: that he had something waiting, and that it was not done, only the record says.
    private async ValueTask RefuseAsync(KeyreeveException refusal)
    {
        foreach (var item in Items) item.Fail(refusal);
        var call = _call with { Principal = _caller.FindEnded() ?? _call.Principal, Time = _services.Time.GetUtcNow() };
        var operations = string.Join(", ", Items.Select(static i => i.Operation).Distinct());
        await _services.Pipeline.RefuseManyAsync(OperationName.Authenticate, call, refusal, Items.Count, $"asynchronous, not executed: {operations}", CancellationToken.None);
    }

    private async Task ExecuteAsync()
    {
        try
        {
            // Whoever was disabled meanwhile has nothing done any more.
            if (await FindCallerAsync() is not { } principal)
            {
                await RefuseAsync(new KeyreeveException(KeyreeveError.AuthenticationFailed, "Who sent the request is not known any more."));
            }
            else if (!_services.Pending.HasRoomForResults(this))
            {
                var full = new KeyreeveException(KeyreeveError.TooManyRequests, "Results that nobody has polled for fill the room there is; poll for those, and ask again.");
                foreach (var item in Items) item.Fail(full);
            }
            else
            {
                var call = new KmipCall(_call with { Principal = principal, Time = _services.Time.GetUtcNow() }, _results);
                await new BatchExecutor(_services).ExecuteAsync(_message, call, CancellationToken.None);
                for (var i = 0; i < _results.Items.Count; i++) Items[i].Complete(_results.Items[i]);
            }

            foreach (var item in Items.Where(static i => i.Result is null))
                item.Fail(new KeyreeveException(KeyreeveError.CanceledByRequester, "The request was not executed, since an earlier one of its batch failed."));
        }
        catch (KeyreeveException failure)
        {
            foreach (var item in Items.Where(static i => i.Result is null)) item.Fail(failure);
        }
        catch (Exception defect) when (defect is not OperationCanceledException)
        {
            _services.Logger.LogError(defect, "KMIP: a pending request failed by a defect; correlation id {CorrelationId}.", _call.CorrelationId);
            var internalError = new KeyreeveException(KeyreeveError.InternalError, $"Internal error; the server's log has the details under {_call.CorrelationId}.", defect);
            foreach (var item in Items.Where(static i => i.Result is null)) item.Fail(internalError);
        }
    }
}

/// <summary>One item of such a message.</summary>
internal sealed class DeferredItem(DeferredMessage message, RequestBatchItem request)
{
    private const int CorrelationSizeInBytes = 16;

    private PendingItem? _result;

    /// <summary>By what the client asks for it: nobody guesses it.</summary>
    public byte[] CorrelationValue { get; } = RandomNumberGenerator.GetBytes(CorrelationSizeInBytes);

    /// <summary>What was asked.</summary>
    public Operation Operation => request.Operation;

    /// <summary>The message it is of.</summary>
    public DeferredMessage Message => message;

    /// <summary>What became of it; null until the message is executed.</summary>
    public PendingItem? Result => Volatile.Read(ref _result);

    /// <summary>It was executed.</summary>
    public void Complete(PendingItem result) => Volatile.Write(ref _result, result);

    /// <summary>It will not be executed.</summary>
    public void Fail(KeyreeveException refusal) => Complete(new FailedItem(request, refusal));
}

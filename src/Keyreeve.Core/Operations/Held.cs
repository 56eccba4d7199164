using System.Diagnostics;
using System.Runtime.CompilerServices;
using Keyreeve.Core.Audit;

namespace Keyreeve.Core.Operations;

/// <summary>
/// A response that may not leave yet: its audit record is queued but not durable. It can be read only by waiting for the
/// record, so that no front door can forget to. Several are awaited together by waiting for the last. What is answered early
/// leaves as soon as its record is kept.
/// </summary>
/// <typeparam name="TResponse">The response.</typeparam>
public readonly struct Held<TResponse>
{
    private readonly TResponse _response;
    private readonly IAuditLog _audit;
    private readonly bool _failsClosed;
    private readonly bool _isEarly;

    internal Held(TResponse response, IAuditLog audit, AuditTicket ticket, bool failsClosed = true, bool isEarly = false)
    {
        _response = response;
        _audit = audit;
        _failsClosed = failsClosed;
        _isEarly = isEarly;
        Ticket = ticket;
    }

    /// <summary>The audit record on which it waits.</summary>
    public AuditTicket Ticket { get; }

    /// <summary>The same, translated; it stays held. What the translation sees must not leave.</summary>
    public Held<TOther> Map<TOther>(Func<TResponse, TOther> translate)
    {
        ArgumentNullException.ThrowIfNull(translate);
        return new(translate(_response), _audit, Ticket, _failsClosed, _isEarly);
    }

    /// <summary>Waits for the record as its class of operation demands, then gives the response.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuditUnavailable"/>: it must not leave.</exception>
    public ValueTask<TResponse> ReleaseAsync(CancellationToken cancellationToken) =>
        _isEarly && Ticket.IsKept ? new ValueTask<TResponse>(_response) : WaitAsync(cancellationToken);

    // Every release waits here, so what it waits with is used again.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TResponse> WaitAsync(CancellationToken cancellationToken)
    {
        // A span of its own only within that of a request.
        using var span = Activity.Current is null ? null : Tracing.Source.StartActivity("audit durable");
        try
        {
            await _audit.WhenDurableAsync(Ticket, cancellationToken);
        }
        catch (KeyreeveException unavailable) when (!_failsClosed && unavailable.Error == KeyreeveError.AuditUnavailable)
        {
            // The record is queued and follows; the configuration says that such an answer does not wait for it.
            return _response;
        }
        catch
        {
            (_response as IDisposable)?.Dispose();
            throw;
        }

        return _response;
    }
}

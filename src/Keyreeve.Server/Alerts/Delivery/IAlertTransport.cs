namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>Brings an alert to somebody. Used by one task at a time.</summary>
internal interface IAlertTransport
{
    /// <summary>Brings it; when this returns, the other side has taken it.</summary>
    /// <exception cref="IOException">It has not.</exception>
    Task SendAsync(Alert alert, CancellationToken cancellationToken);
}

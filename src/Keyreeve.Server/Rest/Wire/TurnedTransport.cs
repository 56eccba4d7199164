using System.IO.Pipelines;
using System.Net;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Microsoft.AspNetCore.Connections;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// What a connection receives, worked on in its holder's turn on the processor: deciphering and reading requests take time too. Below TLS.
/// </summary>
internal sealed class TurnedTransport(IDuplexPipe transport, ProcessorTurn work) : PipeReader, IDuplexPipe
{
    /// <summary>The turns of the connection.</summary>
    public ProcessorTurn Work => work;

    PipeReader IDuplexPipe.Input => this;

    PipeWriter IDuplexPipe.Output => transport.Output;

    /// <summary>Around everything that reads from a connection.</summary>
    public static async Task TakeTurnsAsync(ConnectionContext connection, ProcessorTurns turns, ConnectionDelegate next)
    {
        var transport = connection.Transport;
        var address = connection.RemoteEndPoint is IPEndPoint remote ? remote.Address.ToString() : "";
        // Until it is known whose it is, handshakes of one address take turns with those of others.
        var turned = new TurnedTransport(transport, new ProcessorTurn(turns, Principal.Unknown(address)));
        connection.Features.Set(turned);
        connection.Transport = turned;
        try
        {
            await next(connection);
        }
        finally
        {
            connection.Transport = transport;
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => work.AfterAsync(transport.Input.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result) => transport.Input.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => transport.Input.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => transport.Input.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => transport.Input.CancelPendingRead();

    public override void Complete(Exception? exception = null) => transport.Input.Complete(exception);
}

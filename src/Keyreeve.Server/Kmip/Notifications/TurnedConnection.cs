using System.Threading.Channels;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip.Notifications;

/// <summary>
/// One connection on which the server is the client. Nothing is sent twice: the other side sees when the connection is gone. Where there
/// has been nothing to tell for as long as a connection may lie idle, the roles are changed back. Used by one thread at a time.
/// </summary>
internal sealed class TurnedConnection(EndpointConnection connection, Call call, ProtocolVersion version, TurnedConnections owner)
{
    /// <summary>Tells of what is queued; true once the roles are changed back.</summary>
    /// <exception cref="IOException">The other side is gone, or errs.</exception>
    public async Task<bool> ServeAsync(ChannelReader<CommittedChange> queue, KmipCaller caller, CancellationToken cancellationToken)
    {
        while (await WaitAsync(queue, cancellationToken))
        {
            while (queue.TryRead(out var change))
            {
                // Who is disabled or revoked meanwhile is told no more.
                if (caller.FindPrincipal() is not { } principal) return false;
                if (principal.Tenant == change.After.Tenant) await TellAsync(change, principal, cancellationToken);
            }
        }

        return await GiveBackAsync(cancellationToken);
    }

    // True if there is something to tell; false if nothing was for the longest that a connection lies idle.
    private async Task<bool> WaitAsync(ChannelReader<CommittedChange> queue, CancellationToken cancellationToken)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var queued = queue.WaitToReadAsync(idle.Token).AsTask();
        var heard = connection.WhenHeardOfAsync(cancellationToken);
        var limit = Task.Delay(owner.Options.TurnedIdleTimeLimit, owner.Time, idle.Token);
        try
        {
            var first = await Task.WhenAny(queued, heard, limit);
            cancellationToken.ThrowIfCancellationRequested();
            if (first == heard) throw new IOException("The endpoint has left, or sends what nobody asked for.");
            return first == queued;
        }
        finally
        {
            await idle.CancelAsync();
        }
    }

    private async Task TellAsync(CommittedChange change, Principal principal, CancellationToken cancellationToken)
    {
        using var output = new TtlvWriter();
        try
        {
            if (!await owner.Message.WriteAsync(change, principal, call.User, version, output, cancellationToken)) return;
        }
        catch (KeyreeveException refusal) when (refusal.Error is not (KeyreeveError.AuditUnavailable or KeyreeveError.StoreUnavailable))
        {
            // Not for this principal, or gone meanwhile: the audit trail has it.
            return;
        }

        if (await ExchangeAsync(output.WrittenMemory, cancellationToken) is { ResultStatus: not ResultStatus.Success } refused)
            owner.Logger.LogWarning("KMIP: {Principal} refuses a notification: {Reason} {Message}", principal.Name, refused.ResultReason, refused.ResultMessage);
    }

    // spec: KMIP 2.1 §6.2.5 Set Endpoint Role, sent by the server: "The endpoint role for the client to apply."
    private async Task<bool> GiveBackAsync(CancellationToken cancellationToken)
    {
        using var output = new TtlvWriter();
        var message = new RequestWriter(output);
        message.Begin(new RequestHeader { ProtocolVersion = version, BatchCount = 1 });
        message.WriteItem(new RequestBatchItem { Operation = Operation.SetEndpointRole }, new SetEndpointRoleRequest { EndpointRole = EndpointRole.Client });
        message.Complete();
        return (await ExchangeAsync(output.WrittenMemory, cancellationToken)).ResultStatus == ResultStatus.Success;
    }

    private async Task<ResponseBatchItem> ExchangeAsync(ReadOnlyMemory<byte> request, CancellationToken cancellationToken)
    {
        using var time = new CancellationTokenSource(owner.Options.SendTimeLimit, owner.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancellationToken);
        var answer = await connection.ExchangeAsync(request, limit.Token);
        try
        {
            foreach (var item in ResponseMessage.Decode(answer, maximumItems: 1).Items) return item;
        }
        catch (TtlvException fault)
        {
            throw new IOException($"The endpoint does not answer with a KMIP response: {fault.Reason}.", fault);
        }

        throw new IOException("The endpoint answers nothing.");
    }
}

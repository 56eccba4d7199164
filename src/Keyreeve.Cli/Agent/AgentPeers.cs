using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Keyreeve.Cli.Agent;

/// <summary>Who may connect: users of this machine, whom the kernel names. Nothing that a peer says is believed.</summary>
internal sealed class AgentPeers(FrozenSet<uint> allowed)
{
    private const int SocketLevel = 1;
    private const int PeerCredentials = 17;

    public bool Allows(uint user) => allowed.Contains(user);

    /// <summary>Ends the connections of others, before anything is read from them.</summary>
    public async Task CheckAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var user = UserOf(connection.Features.Get<IConnectionSocketFeature>()!.Socket);
        if (Allows(user))
        {
            await next(connection);
            return;
        }

        await Console.Error.WriteLineAsync($"keyreeve: user {user.ToString(CultureInfo.InvariantCulture)} of this machine was turned away; 'keyreeve agent --allow-uid' lets one in.");
        connection.Abort(new ConnectionAbortedException("This user may not."));
    }

    /// <summary>The effective user of the process at the other end, as it was when it connected; SO_PEERCRED of unix(7).</summary>
    internal static uint UserOf(Socket socket)
    {
        // struct ucred: pid(4) || uid(4) || gid(4)
        Span<byte> credentials = stackalloc byte[12];
        var length = socket.GetRawSocketOption(SocketLevel, PeerCredentials, credentials);
        return length == credentials.Length
            ? BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]) : BinaryPrimitives.ReadUInt32BigEndian(credentials[4..])
            : throw new ConnectionAbortedException("The kernel does not say who it is.");
    }
}

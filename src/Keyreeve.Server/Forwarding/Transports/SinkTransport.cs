using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding.Transports;

/// <summary>The transport of an address.</summary>
internal static class SinkTransport
{
    public static ISinkTransport For(SinkOptions options) => options.Scheme switch
    {
        SinkScheme.Udp or SinkScheme.Unix => new DatagramTransport(options),
        SinkScheme.Tcp or SinkScheme.Tls => new StreamTransport(options),
        SinkScheme.File => new FileTransport(options),
        _ => new WebTransport(options),
    };
}

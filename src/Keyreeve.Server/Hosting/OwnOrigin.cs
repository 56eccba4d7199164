using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Hosting;

/// <summary>What the audit trail calls this server.</summary>
internal static class OwnOrigin
{
    public static AuditOrigin Of(KeyreeveOptions options) =>
        new(options.Server.Node, options.Server.Name ?? Dns.GetHostName(), AddressOf(options).ToString());

    private static IPAddress AddressOf(KeyreeveOptions options)
    {
        if (options.Server.Address is { } stated) return stated;
        var listens = options.Kmip.Enabled ? options.Kmip.Listen : options.Rest.Listen;
        return listens.Equals(IPAddress.Any) || listens.Equals(IPAddress.IPv6Any) ? FirstOfMachine() ?? listens : listens;
    }

    private static IPAddress? FirstOfMachine()
    {
        try
        {
            return NetworkInterface.GetAllNetworkInterfaces()
                .Where(static i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
                .SelectMany(static i => i.GetIPProperties().UnicastAddresses)
                .Select(static a => a.Address)
                .Where(static a => !a.IsIPv6LinkLocal)
                .OrderBy(static a => a.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
                .FirstOrDefault();
        }
        catch (NetworkInformationException)
        {
            // A machine that does not tell its addresses is named by the one it listens on.
            return null;
        }
    }
}

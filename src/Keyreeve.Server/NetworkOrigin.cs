using System.Net;
using System.Net.Sockets;

namespace Keyreeve.Server;

/// <summary>By what callers are counted who have not shown who they are: one name for all addresses that one of them has.</summary>
internal static class NetworkOrigin
{
    /// <summary>The address, or its network if it is IPv6: whoever has one such address has as a rule the 2^64 of its network.</summary>
    public static string Of(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4().ToString();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var network = address.GetAddressBytes();
        network.AsSpan(8).Clear();
        return new IPAddress(network) + "/64";
    }
}

using System.Buffers.Binary;
using System.Net;

namespace Keyreeve.Core.Access;

/// <summary>A network that requests may come from, as <c>10.1.0.0/16</c> or <c>2001:db8::/32</c>.</summary>
public readonly record struct NetworkRange
{
    // An IPv4 address is compared as the IPv6 address that it is mapped to.
    private const int MappedBits = 96;
    private static readonly UInt128 MappedPrefix = (UInt128)0xFFFF << 32;

    private readonly UInt128 _base;
    private readonly UInt128 _mask;
    private readonly string? _text;

    private NetworkRange(UInt128 address, UInt128 mask, string text) => (_base, _mask, _text) = (address, mask, text);

    /// <summary>Reads a network; false if it is none, or has bits set below its prefix.</summary>
    public static bool TryParse(string text, out NetworkRange range)
    {
        ArgumentNullException.ThrowIfNull(text);
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        // .NET clears bits below the prefix and says nothing.
        if (slash < 0 || !IPAddress.TryParse(text.AsSpan(0, slash), out var stated) || !IPNetwork.TryParse(text, out var network)) return false;
        var isMapped = network.BaseAddress.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork;
        // .NET reads 010.0.0.0 as 8.0.0.0, and who wrote it meant another network.
        if (isMapped && !text.AsSpan(0, slash).SequenceEqual(stated.ToString())) return false;
        var length = network.PrefixLength + (isMapped ? MappedBits : 0);
        var mask = length == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - length);
        var address = ValueOf(network.BaseAddress);
        range = new NetworkRange(address, mask, text);
        return address == ValueOf(stated);
    }

    /// <summary>The number that an address is; null if the text is none. Allocates nothing for IPv4.</summary>
    public static UInt128? ReadAddress(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (TryReadIpv4(text, out var value)) return MappedPrefix | value;
        return IPAddress.TryParse(text, out var address) ? ValueOf(address) : null;
    }

    /// <summary>Whether the address lies in it.</summary>
    public bool Contains(UInt128 address) => (address & _mask) == _base;

    /// <inheritdoc/>
    public override string ToString() => _text ?? "";

    private static UInt128 ValueOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private static bool TryReadIpv4(string text, out uint value)
    {
        value = 0;
        var parts = 0;
        var part = -1;
        foreach (var c in text)
        {
            if (c == '.')
            {
                if (part < 0 || ++parts > 3) return false;
                value = (value << 8) | (uint)part;
                part = -1;
                continue;
            }

            if (!char.IsAsciiDigit(c)) return false;
            part = (part < 0 ? 0 : part * 10) + (c - '0');
            if (part > byte.MaxValue) return false;
        }

        value = (value << 8) | (uint)Math.Max(part, 0);
        return parts == 3 && part >= 0;
    }
}

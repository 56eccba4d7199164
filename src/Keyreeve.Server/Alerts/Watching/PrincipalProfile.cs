using System.Net;
using System.Net.Sockets;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>What a principal usually does: how much, when, and from where. Some 2.5 KiB. Not thread safe.</summary>
internal sealed class PrincipalProfile
{
    /// <summary>Who comes from more networks than that has no usual ones.</summary>
    public const int MostNetworks = 16;

    private const int ForgottenAfterWeeks = 8;

    // Work begins earlier and ends later than it did, and clocks are changed twice a year.
    private const int HoursBeside = 2;

    private readonly ushort[] _lastWeeks;
    private readonly List<(string Network, int Day)> _networks = [];
    private Novelty _newHours;
    private Novelty _newNetworks;
    private Novelty _newKeys;

    public PrincipalProfile(int hour)
        : this(new RateSeries(hour), new ushort[Calendar.HoursOfWeek])
    {
    }

    private PrincipalProfile(RateSeries rate, ushort[] lastWeeks)
    {
        Rate = rate;
        _lastWeeks = lastWeeks;
    }

    /// <summary>Decryptions and releases.</summary>
    public RateSeries Rate { get; }

    /// <summary>On how many days it used keys.</summary>
    public int ActiveDays { get; private set; }

    /// <summary>The day on which it last did.</summary>
    public int LastDay { get; private set; }

    /// <summary>Takes note of a use of a key.</summary>
    /// <returns>Whether no use was known in this hour of the week or those beside it, and that is news.</returns>
    public bool NoteHour(int hour)
    {
        var day = Calendar.DayOf(hour);
        if (day > LastDay)
        {
            ActiveDays++;
            LastDay = day;
        }

        var week = (ushort)Calendar.WeekOf(hour);
        var slot = hour % Calendar.HoursOfWeek;
        var isKnown = false;
        for (var beside = -HoursBeside; beside <= HoursBeside; beside++) isKnown |= IsActive(slot + beside, week);
        _lastWeeks[slot] = week;
        return !isKnown && _newHours.Note(day);
    }

    /// <summary>Takes note of a network.</summary>
    /// <returns>Whether it is a new one, and that is news.</returns>
    public bool NoteNetwork(string network, int day)
    {
        for (var i = 0; i < _networks.Count; i++)
        {
            if (!string.Equals(_networks[i].Network, network, StringComparison.Ordinal)) continue;
            if (_networks[i].Day != day) _networks[i] = (network, day);
            return false;
        }

        var isFull = _networks.Count == MostNetworks;
        if (isFull) _networks.Remove(_networks.MinBy(static n => n.Day));
        _networks.Add((network, day));
        return _newNetworks.Note(day) && !isFull;
    }

    /// <summary>Takes note of a key that it has not used before.</summary>
    /// <returns>Whether that is news.</returns>
    public bool NoteNewKey(int day) => _newKeys.Note(day);

    /// <summary>The network of an address: 24 bits of IPv4, 48 of IPv6.</summary>
    public static string NetworkOf(string address)
    {
        if (!IPAddress.TryParse(address, out var parsed)) return address;
        if (parsed.IsIPv4MappedToIPv6) parsed = parsed.MapToIPv4();
        var isOld = parsed.AddressFamily == AddressFamily.InterNetwork;
        var bytes = parsed.GetAddressBytes();
        bytes.AsSpan(isOld ? 3 : 6).Clear();
        return $"{new IPAddress(bytes)}/{(isOld ? 24 : 48)}";
    }

    public void Write(BinaryWriter to)
    {
        Rate.Write(to);
        to.Write(ActiveDays);
        to.Write(LastDay);
        foreach (var week in _lastWeeks) to.Write(week);
        to.Write(_networks.Count);
        foreach (var (network, day) in _networks)
        {
            to.Write(network);
            to.Write(day);
        }

        _newHours.Write(to);
        _newNetworks.Write(to);
        _newKeys.Write(to);
    }

    public static PrincipalProfile Read(BinaryReader from)
    {
        var rate = RateSeries.Read(from);
        var (days, last) = (from.ReadInt32(), from.ReadInt32());
        var weeks = new ushort[Calendar.HoursOfWeek];
        for (var i = 0; i < weeks.Length; i++) weeks[i] = from.ReadUInt16();
        var profile = new PrincipalProfile(rate, weeks) { ActiveDays = days, LastDay = last };
        for (var count = Math.Min(from.ReadInt32(), MostNetworks); count > 0; count--) profile._networks.Add((from.ReadString(), from.ReadInt32()));
        profile._newHours = Novelty.Read(from);
        profile._newNetworks = Novelty.Read(from);
        profile._newKeys = Novelty.Read(from);
        return profile;
    }

    private bool IsActive(int slot, int week)
    {
        var last = _lastWeeks[(slot + Calendar.HoursOfWeek) % Calendar.HoursOfWeek];
        return last != 0 && week - last <= ForgottenAfterWeeks;
    }
}

using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>
/// Knows what principals, keys and tenants usually do, and finds what they do not. Some 20 MiB at most, however many names
/// come. Not thread safe.
/// </summary>
internal sealed class HabitWatch
{
    private const int FewestActiveDays = 5;

    // Who was first seen that long ago is a newcomer, and so is a key: what is new about them is not news.
    private static readonly int NewcomerHours = 7 * 24;

    private readonly HabitSettings _settings;
    private readonly byte[] _secret;
    private readonly BoundedTable<(int Tenant, string Name), PrincipalProfile> _principals;
    private readonly BoundedTable<(int Tenant, string Name), RateSeries> _keys;
    private readonly BoundedTable<int, RateSeries> _tenants;
    private readonly BoundedTable<ulong, int> _pairs;
    private readonly (string? Principal, string? Key, int Tenant, ulong Pair)[] _latePairs = new (string?, string?, int, ulong)[4096];
    private (string? Address, string Network) _lateNetwork = (null, "");

    public HabitWatch(HabitSettings settings)
        : this(settings, RandomNumberGenerator.GetBytes(16))
    {
    }

    private HabitWatch(HabitSettings settings, byte[] secret)
    {
        _settings = settings;
        _secret = secret;
        // Those known for long are worth more than those seen last, so that new names cannot push them out.
        _principals = new(settings.MostSubjects, static p => WorthOf(p.Rate));
        _keys = new(settings.MostSubjects, WorthOf);
        _tenants = new(1024, WorthOf);
        _pairs = new(settings.MostPairs, static day => day);
    }

    /// <summary>How many principals, keys and tenants are known.</summary>
    public int Subjects => _principals.Count + _keys.Count + _tenants.Count;

    /// <summary>How many of them had to make room.</summary>
    public long Evicted => _principals.Evicted + _keys.Evicted + _tenants.Evicted;

    /// <summary>How many principals are known, and how many of them still too short to have habits.</summary>
    public (int Known, int Learning) Progress(DateTimeOffset now)
    {
        var hour = Calendar.HourOf(now);
        return (_principals.Count, _principals.Entries.Count(p => hour - p.Value.Rate.FirstHour < _settings.Learning.TotalHours));
    }

    public void Take(AuditSight sight, Action<AlertFinding> found)
    {
        if (!sight.IsSuccess || sight.Principal is Hosting.ServerEvents.PrincipalName or Core.Access.PrincipalName.Anonymous) return;
        var hour = Calendar.HourOf(sight.Time);
        if (UseKinds.Creations.Contains(sight.Operation)) NoteCreation(sight, hour);
        if (!UseKinds.Uses.Contains(sight.Operation)) return;
        var profile = ProfileOf(sight, hour);
        var key = KeyOf(sight, hour);
        CheckHabits(sight, profile, key, hour, found);
        if (!UseKinds.Openings.Contains(sight.Operation)) return;

        if (IsUnusual(profile.Rate, hour, _settings.LeastCount))
            found(Rate(profile.Rate, sight, Finding(AlertRuleName.UnusualRatePrincipal, sight, sight.Principal) with { Principal = sight.Principal }, $"{sight.Principal} has opened "));
        if (key is not null && IsUnusual(key, hour, _settings.LeastCount))
            found(Rate(key, sight, Finding(AlertRuleName.UnusualRateKey, sight, sight.Key!) with { Key = sight.Key }, $"With {sight.Key} was opened "));
        if (!_tenants.TryGet(sight.Tenant, out var tenant)) _tenants.Set(sight.Tenant, tenant = new RateSeries(hour));
        if (IsUnusual(tenant, hour, _settings.LeastCountOfTenant))
            found(Rate(tenant, sight, Finding(AlertRuleName.UnusualRateTenant, sight, "tenant"), $"Tenant {sight.Tenant} has opened "));
    }

    public void Write(BinaryWriter to)
    {
        to.Write(_secret);
        WriteAll(to, _principals.Entries, static (w, p) => p.Write(w));
        WriteAll(to, _keys.Entries, static (w, s) => s.Write(w));
        to.Write(_tenants.Count);
        foreach (var (tenant, series) in _tenants.Entries)
        {
            to.Write(tenant);
            series.Write(to);
        }

        to.Write(_pairs.Count);
        foreach (var (pair, day) in _pairs.Entries)
        {
            to.Write(pair);
            to.Write(day);
        }
    }

    public static HabitWatch Read(BinaryReader from, HabitSettings settings)
    {
        var watch = new HabitWatch(settings, from.ReadBytes(16));
        for (var count = from.ReadInt32(); count > 0; count--) watch._principals.Set((from.ReadInt32(), from.ReadString()), PrincipalProfile.Read(from));
        for (var count = from.ReadInt32(); count > 0; count--) watch._keys.Set((from.ReadInt32(), from.ReadString()), RateSeries.Read(from));
        for (var count = from.ReadInt32(); count > 0; count--) watch._tenants.Set(from.ReadInt32(), RateSeries.Read(from));
        for (var count = from.ReadInt32(); count > 0; count--) watch._pairs.Set(from.ReadUInt64(), from.ReadInt32());
        return watch;
    }

    private bool IsUnusual(RateSeries series, int hour, int least)
    {
        series.Add(hour);
        series.Threshold ??= Math.Max(least, IsLearning(series) ? ProvisionalThreshold(series, series.CurrentHour - series.FirstHour, least) : series.Usual(_settings.Factor).Threshold);
        return series.Count > series.Threshold;
    }

    private bool IsLearning(RateSeries series) => series.CurrentHour - series.FirstHour < _settings.Learning.TotalHours;

    private AlertFinding Rate(RateSeries series, AuditSight sight, AlertFinding finding, string who)
    {
        var usual = IsLearning(series)
            ? $"{series.Busiest} in its busiest hour; it is known only since {Calendar.TimeOf(series.FirstHour):yyyy-MM-dd}, so this is a rough guess"
            : $"{series.Usual(_settings.Factor).Median:F0} in this hour of the week";
        return finding with
        {
            Severity = AlertSeverity.Critical,
            Text = $"{who}{series.Count} times since {Calendar.TimeOf(series.CurrentHour):HH:mm}; usual are {usual}. The last from {sight.SourceAddress ?? "nowhere"}.",
        };
    }

    // Before the hours of the week are known: three times the busiest hour so far, and nothing in the first week.
    private static double ProvisionalThreshold(RateSeries series, int age, int least) =>
        age < Calendar.HoursOfWeek ? double.PositiveInfinity : Math.Max(3 * series.Busiest, 4 * least);

    private void CheckHabits(AuditSight sight, PrincipalProfile profile, RateSeries? key, int hour, Action<AlertFinding> found)
    {
        var age = hour - profile.Rate.FirstHour;
        var isKnown = age >= _settings.Learning.TotalHours && profile.ActiveDays >= FewestActiveDays;
        var day = Calendar.DayOf(hour);
        if (profile.NoteHour(hour) && isKnown)
        {
            found(Finding(AlertRuleName.UnusualHours, sight, sight.Principal) with
            {
                Severity = AlertSeverity.Notice,
                Principal = sight.Principal,
                Key = sight.Key,
                Text = $"{sight.Principal} uses {sight.Key ?? "a key"} on {sight.Time:dddd} at {sight.Time:HH:mm} UTC, when it usually uses none.",
            });
        }

        if (sight.SourceAddress is { Length: > 0 } address && NetworkOf(address) is var network && profile.NoteNetwork(network, day) && isKnown)
        {
            found(Finding(AlertRuleName.UnusualNetwork, sight, sight.Principal + " " + network) with
            {
                Principal = sight.Principal,
                Key = sight.Key,
                Text = $"{sight.Principal} uses {sight.Key ?? "a key"} from {address}: it has not come from {network} before.",
            });
        }

        if (sight.Key is null || key is null) return;
        var pair = PairOf(sight);
        var isFirst = !_pairs.TryGet(pair, out var lastDay);
        if (lastDay != day) _pairs.Set(pair, day);
        var isKeyNew = hour - key.FirstHour < NewcomerHours;
        if (!isFirst || isKeyNew || !isKnown || !profile.NoteNewKey(day)) return;
        found(Finding(AlertRuleName.FirstUse, sight, sight.Principal + " " + sight.Key) with
        {
            Severity = AlertSeverity.Notice,
            Principal = sight.Principal,
            Key = sight.Key,
            Text = $"{sight.Principal} uses {sight.Key} for the first time ({sight.Operation}).",
        });
    }

    // The same address comes again and again, and from the pool.
    private string NetworkOf(string address)
    {
        if (!ReferenceEquals(_lateNetwork.Address, address)) _lateNetwork = (address, PrincipalProfile.NetworkOf(address));
        return _lateNetwork.Network;
    }

    private void NoteCreation(AuditSight sight, int hour)
    {
        if (sight.Key is null) return;
        KeyOf(sight, hour);
        _pairs.Set(PairOf(sight), Calendar.DayOf(hour));
    }

    private PrincipalProfile ProfileOf(AuditSight sight, int hour)
    {
        if (!_principals.TryGet((sight.Tenant, sight.Principal), out var profile)) _principals.Set((sight.Tenant, sight.Principal), profile = new PrincipalProfile(hour));
        return profile;
    }

    private RateSeries? KeyOf(AuditSight sight, int hour)
    {
        if (sight.Key is not { } name) return null;
        if (!_keys.TryGet((sight.Tenant, name), out var series)) _keys.Set((sight.Tenant, name), series = new RateSeries(hour));
        return series;
    }

    // Under a secret of this installation, so that nobody finds two pairs that count as one. The same pairs come again and
    // again, and their names from the pool: those of late are remembered by reference.
    private ulong PairOf(AuditSight sight)
    {
        var place = unchecked((uint)((RuntimeHelpers.GetHashCode(sight.Principal) * 31) + RuntimeHelpers.GetHashCode(sight.Key)));
        ref var late = ref _latePairs[place % (uint)_latePairs.Length];
        if (ReferenceEquals(late.Principal, sight.Principal) && ReferenceEquals(late.Key, sight.Key) && late.Tenant == sight.Tenant) return late.Pair;
        var text = Encoding.UTF8.GetBytes($"{sight.Tenant}\n{sight.Principal}\n{sight.Key}");
        var pair = BitConverter.ToUInt64(HMACSHA256.HashData(_secret, text));
        late = (sight.Principal, sight.Key, sight.Tenant, pair);
        return pair;
    }

    private static AlertFinding Finding(string rule, AuditSight sight, string about) => new()
    {
        Rule = rule, Severity = AlertSeverity.Warning, Time = sight.Time, About = about, Tenant = sight.Tenant, Source = sight.SourceAddress, Text = "",
    };

    private static long WorthOf(RateSeries series) => (Math.Min((series.CurrentHour - series.FirstHour) / 24, 15) * 100_000_000L) + series.CurrentHour;

    private static void WriteAll<T>(BinaryWriter to, IEnumerable<((int Tenant, string Name) Key, T Value)> entries, Action<BinaryWriter, T> write)
    {
        var all = entries.ToList();
        to.Write(all.Count);
        foreach (var ((tenant, name), value) in all)
        {
            to.Write(tenant);
            to.Write(name);
            write(to, value);
        }
    }
}

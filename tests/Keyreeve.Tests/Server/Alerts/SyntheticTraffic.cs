using Keyreeve.Server.Alerts.Watching;

namespace Keyreeve.Tests.Server.Alerts;

/// <summary>
/// A company's traffic over seven weeks, from a seed: services that follow the working day, batch jobs of the night and the week,
/// people, a storage array, and what goes wrong every day without being an incident. The hours of days and weeks differ by
/// more than chance, work shifts by an hour for daylight saving before the last week, and things change as they do: services move, get
/// new keys, begin to use one that was there.
/// </summary>
internal sealed class SyntheticTraffic(int seed)
{
    public const int Weeks = 7;

    /// <summary>The hour in which the last week begins, the one with the incidents.</summary>
    public const int LastWeek = (Weeks - 1) * 168;

    /// <summary>A Monday.</summary>
    public static readonly DateTimeOffset Begin = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random = new(seed);
    private readonly List<Worker> _workers = [];

    /// <summary>The records of one hour, in order.</summary>
    public List<AuditSight> Hour(int hour)
    {
        if (_workers.Count == 0) Hire();
        var sights = new List<AuditSight>();
        foreach (var worker in _workers) worker.Work(this, hour, sights);
        Noise(hour, sights);
        return sights;
    }

    public static AuditSight Sight(double hour, string principal, string operation, string? key, string source, string result = "Success", string? reason = null, string? objectId = null, string? detail = null) => new()
    {
        Time = Begin.AddHours(hour), Tenant = 1, Principal = principal, Operation = operation, Result = result, Reason = reason, KeyName = key, ObjectId = objectId ?? key,
        SourceAddress = source, Detail = detail,
    };

    public double Within(int hour) => hour + _random.NextDouble();

    public int Poisson(double mean)
    {
        // For many, the normal distribution.
        if (mean > 30) return Math.Max(0, (int)Math.Round(mean + (Math.Sqrt(mean) * Normal())));
        var (limit, product, count) = (Math.Exp(-mean), _random.NextDouble(), 0);
        while (product > limit)
        {
            product *= _random.NextDouble();
            count++;
        }

        return count;
    }

    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

    private void Hire()
    {
        for (var i = 0; i < 12; i++) _workers.Add(new Service($"service-{i}", [$"db-{i}", $"files-{i % 4}"], $"10.1.{i}.7", 8 << (i % 5)));
        for (var i = 0; i < 4; i++) _workers.Add(new NightlyJob($"nightly-{i}", $"db-{i}", $"10.2.{i}.9", 1 + i, 150 * (i + 1)));
        _workers.Add(new WeeklyJob("weekly-report", "db-5", "10.2.9.9", 6, 4, 1500));
        for (var i = 0; i < 30; i++) _workers.Add(new Person($"person-{i}", [$"documents-{i % 6}", "documents-all"], $"10.3.{i}.33"));
        _workers.Add(new StorageArray("array-1", "10.4.0.2"));
    }

    // Who scans from outside, a wrong password, a client with an old context, a right that somebody lacks.
    private void Noise(int hour, List<AuditSight> sights)
    {
        for (var i = Poisson(2); i > 0; i--) sights.Add(Sight(Within(hour), "anonymous", "Authenticate", null, $"198.51.{_random.Next(100)}.5", "Failed", "AuthenticationFailed"));
        for (var i = Poisson(1); i > 0; i--) sights.Add(Sight(Within(hour), $"service-{_random.Next(12)}", "Decrypt", "db-1", "10.1.1.7", "Failed", "CryptographicFailure"));
        for (var i = Poisson(0.3); i > 0; i--) sights.Add(Sight(Within(hour), $"person-{_random.Next(30)}", "Get", "db-1", "10.3.1.33", "Denied", "PermissionDenied"));
    }

    /// <summary>Somebody who works: calls between days and weeks differ by a factor of its own.</summary>
    private abstract class Worker
    {
        private int _day = -1;

        protected double Mood { get; private set; } = 1;

        public void Work(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            if (hour / 24 != _day) Mood = Math.Exp(0.2 * traffic.Normal());
            _day = hour / 24;
            Do(traffic, hour, sights);
        }

        protected abstract void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights);

        // Clocks go forward: in UTC all work begins an hour earlier in the last week.
        protected static (int Day, int Clock) LocalTime(int hour)
        {
            var local = hour >= LastWeek ? hour + 1 : hour;
            return (local / 24 % 7, local % 24);
        }
    }

    private sealed class Service(string name, string[] keys, string source, double peak) : Worker
    {
        protected override void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            var (day, clock) = LocalTime(hour);
            var load = peak * Mood * (day >= 5 ? 0.3 : 1) * (0.08 + Math.Max(0, Math.Sin((clock - 6) * Math.PI / 15)));
            var mine = keys;
            var from = source;
            // Changes of the last week that mean no harm: one moves, one begins to use a key that was there, two get new keys.
            if (hour >= LastWeek + 34 && name is "service-3") from = "10.9.3.7";
            if (hour >= LastWeek + 58 && name is "service-4") mine = [.. keys, "files-1"];
            if (hour >= LastWeek + 82 && name is "service-6" or "service-7") mine = [.. keys, name + "-new"];
            if (hour == LastWeek + 82 && name is "service-6" or "service-7") sights.Add(Sight(hour, "person-2", "Create", name + "-new", "10.3.2.33"));
            for (var i = traffic.Poisson(load * Math.Exp(0.15 * traffic.Normal())); i > 0; i--)
                sights.Add(Sight(traffic.Within(hour), name, i % 3 == 0 ? "Encrypt" : "Decrypt", mine[i % mine.Length], from));
        }
    }

    // Begins when others are done: sometimes before the hour, sometimes after.
    private sealed class NightlyJob(string name, string key, string source, int clock, int size) : Worker
    {
        protected override void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            if (hour % 24 != clock) return;
            var begin = hour + (0.1 * traffic.Normal());
            for (var i = traffic.Poisson(size * Mood); i > 0; i--) sights.Add(Sight(Math.Max(begin, hour - 0.4) + (0.5 * traffic._random.NextDouble()), name, "Decrypt", key, source));
        }
    }

    private sealed class WeeklyJob(string name, string key, string source, int day, int clock, int size) : Worker
    {
        protected override void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            if (hour / 24 % 7 != day || hour % 24 != clock) return;
            for (var i = traffic.Poisson(size * Mood); i > 0; i--) sights.Add(Sight(traffic.Within(hour), name, "Decrypt", key, source));
        }
    }

    private sealed class Person(string name, string[] keys, string source) : Worker
    {
        protected override void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            var (day, clock) = LocalTime(hour);
            if (day >= 5 || clock is < 8 or > 17) return;
            for (var i = traffic.Poisson(1.5 * Mood); i > 0; i--) sights.Add(Sight(traffic.Within(hour), name, "Decrypt", keys[i % keys.Length], source));
        }
    }

    // Asks for its keys whenever a shelf starts, and gets a new one now and then.
    private sealed class StorageArray(string name, string source) : Worker
    {
        private int _volumes = 20;

        protected override void Do(SyntheticTraffic traffic, int hour, List<AuditSight> sights)
        {
            if (traffic._random.NextDouble() < 0.02) sights.Add(Sight(hour + 0.01, name, "Create", $"volume-{_volumes++}", source));
            if (traffic._random.NextDouble() > 0.1) return;
            for (var i = 0; i < _volumes; i++) sights.Add(Sight(hour + 0.5, name, "Get", $"volume-{i}", source));
        }
    }
}

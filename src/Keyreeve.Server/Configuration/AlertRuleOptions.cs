using System.Collections.Immutable;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Alerts;
using Keyreeve.Server.Alerts.Watching;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// A rule as it stands in the configuration: <c>off</c>, what is changed of a shipped one, or one of the operator's own:
/// <c>operation=Export group=payments count=10 within=10m per=principal severity=critical</c>.
/// </summary>
internal sealed record AlertRuleOptions
{
    private const string Words = "operation, result, principal, key, group, purpose, source, count, within, per, severity, silence";

    private static readonly TimeSpan LongestWindow = TimeSpan.FromDays(1);

    public bool IsOff { get; private init; }

    public AlertSeverity? Severity { get; private init; }

    public TimeSpan? Silence { get; private init; }

    private ImmutableArray<string> Operations { get; init; } = [];

    private ImmutableArray<string> Results { get; init; } = [];

    private string? Principal { get; init; }

    private string? Key { get; init; }

    private string? Group { get; init; }

    private string? Purpose { get; init; }

    private string? Source { get; init; }

    private int? Count { get; init; }

    private TimeSpan? Within { get; init; }

    private CountedPer? Per { get; init; }

    private bool HasConditions => !Operations.IsEmpty || !Results.IsEmpty || Principal is not null || Key is not null || Group is not null || Purpose is not null || Source is not null;

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static AlertRuleOptions Parse(string name, string text)
    {
        if (text is "off") return new AlertRuleOptions { IsOff = true };
        var words = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var rule = words.Aggregate(new AlertRuleOptions(), Apply);
        var isShipped = AlertRuleName.All.Contains(name, StringComparer.Ordinal);
        var isCounted = CountRule.Shipped.Any(counted => string.Equals(counted.Name, name, StringComparison.Ordinal));
        if (isShipped && !isCounted && (rule.HasConditions || rule.Count is not null || rule.Within is not null || rule.Per is not null))
            throw new FormatException("is a rule of ours of which only severity and silence can be set, or 'off'");
        if (!isShipped && !rule.HasConditions)
            throw new FormatException($"is no rule of ours ({string.Join(", ", AlertRuleName.All)}), and as one of your own it needs a condition such as 'operation=Export'");
        return rule;
    }

    /// <summary>A shipped rule with what is changed of it.</summary>
    public CountRule ApplyTo(CountRule shipped) => shipped with
    {
        Operations = Operations.IsEmpty ? shipped.Operations : Operations,
        Results = Results.IsEmpty ? shipped.Results : Results,
        Principal = Principal ?? shipped.Principal,
        Key = Key ?? shipped.Key,
        Group = Group ?? shipped.Group,
        Purpose = Purpose ?? shipped.Purpose,
        Source = Source ?? shipped.Source,
        Count = Count ?? shipped.Count,
        Within = Within ?? shipped.Within,
        Per = Per ?? shipped.Per,
        Severity = Severity ?? shipped.Severity,
    };

    /// <summary>The rule, as one of the operator's own: any such record, unless it says otherwise.</summary>
    public CountRule ToRule(string name) => ApplyTo(new CountRule { Name = name, Count = 1, Within = TimeSpan.FromMinutes(10) });

    internal static AlertSeverity SeverityOf(string text) => text switch
    {
        "notice" => AlertSeverity.Notice,
        "warning" => AlertSeverity.Warning,
        "critical" => AlertSeverity.Critical,
        _ => throw new FormatException("has a severity: notice, warning or critical"),
    };

    private static AlertRuleOptions Apply(AlertRuleOptions rule, string word)
    {
        var (key, value) = word.Split('=', 2) is [var k, { Length: > 0 } v] ? (k, v) : (word, "");
        if (value.Length == 0) throw new FormatException($"is 'off', or words such as 'operation=Export': {Words}");
        return key switch
        {
            "operation" => rule with { Operations = ListOf<OperationName>(value, "operations, such as Decrypt,Export") },
            "result" => rule with { Results = ListOf<AuditResult>(value, "results: Success, Denied, Failed") },
            "principal" => rule with { Principal = value },
            "key" => rule with { Key = value },
            "group" => rule with { Group = GroupName.TryParse(value, out var group) ? group.Value : throw new FormatException("has a key group such as payments/cards") },
            "purpose" => rule with { Purpose = value },
            "source" => rule with { Source = value },
            "count" => rule with { Count = OptionValue.Number(value, 1, 1_000_000) },
            "within" => rule with { Within = OptionValue.Time(value, TimeSpan.FromSeconds(1), LongestWindow) },
            "per" => rule with { Per = PerOf(value) },
            "severity" => rule with { Severity = SeverityOf(value) },
            "silence" => rule with { Silence = OptionValue.Time(value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(365)) },
            _ => throw new FormatException($"has no word '{key}': there are {Words}"),
        };
    }

    private static ImmutableArray<string> ListOf<T>(string value, string what)
        where T : struct, Enum
    {
        var names = value.Split(',');
        var known = Enum.GetNames<T>();
        return names.All(name => name is not "None" && known.Contains(name, StringComparer.Ordinal)) ? [.. names] : throw new FormatException($"names {what}; '{value}' are not such");
    }

    private static CountedPer PerOf(string text) => text switch
    {
        "principal" => CountedPer.Principal,
        "key" => CountedPer.Key,
        "network" => CountedPer.Network,
        "tenant" => CountedPer.Tenant,
        "server" => CountedPer.Server,
        _ => throw new FormatException("is counted per principal, key, network, tenant or server"),
    };
}

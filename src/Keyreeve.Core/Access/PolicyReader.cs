using System.Collections.Immutable;
using System.Globalization;
using System.Xml;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>From the file to the policy: everything that is wrong with it is said at once, and nothing of it is taken.</summary>
internal sealed class PolicyReader
{
    /// <summary>Most bindings of a tenant.</summary>
    public const int MostBindings = 20_000;

    /// <summary>The word for keys that are not waited for.</summary>
    public const string WithoutWait = "none";

    private const int MostFaultsTold = 20;
    private const int LongestText = 256;

    private static readonly string[] SeparationWords = ["", "standard", "strict", "insecure-none"];

    private readonly List<string> _faults = [];
    private readonly PolicyFile _file;
    private readonly HashSet<string> _codes;
    private readonly HashSet<string> _roles;

    private PolicyReader(PolicyFile file)
    {
        _file = file;
        _codes = [.. (file.Purposes ?? []).Where(static p => p is not null).Select(static p => p.Code)];
        _roles = [.. (file.Roles ?? []).Where(static r => r is not null).Select(static r => r.Name)];
    }

    /// <summary>Reads a policy.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>; the message tells every fault.</exception>
    public static TenantPolicy Read(PolicyFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var reader = new PolicyReader(file);
        var policy = reader.Read();
        if (reader._faults.Count == 0) return policy;
        var told = string.Join("; ", reader._faults.Take(MostFaultsTold));
        var more = reader._faults.Count > MostFaultsTold ? $"; and {reader._faults.Count - MostFaultsTold} more" : "";
        throw new KeyreeveException(KeyreeveError.InvalidField, $"The policy is not taken: {told}{more}.");
    }

    /// <summary>The word of a file for how strictly duties are kept apart.</summary>
    public static string WordOf(Separation separation) => SeparationWords[(int)separation];

    private static bool IsCode(string? text) => text is not null && PurposeRules.IsWellFormed(text);

    private TenantPolicy Read()
    {
        if (!string.Equals(_file.Format, PolicyFile.CurrentFormat, StringComparison.Ordinal)) _faults.Add($"its format is not {PolicyFile.CurrentFormat}");
        var separation = (Separation)Math.Max(Array.IndexOf(SeparationWords, _file.Separation ?? "standard"), 0);
        if (separation == Separation.None) _faults.Add("'separation' is standard, strict or insecure-none");
        if (_file.Bindings.Length > MostBindings) _faults.Add($"it has more than {MostBindings} bindings");
        return new TenantPolicy
        {
            Separation = separation,
            Roles = Each(_file.Roles, "role", Role),
            Purposes = Each(_file.Purposes, "purpose", Purpose),
            Groups = Each(_file.Groups, "group", Group),
            Principals = Each(_file.Principals, "principal", Rule),
            Approvals = OncePerPlace(Each(_file.Approvals, "approval", Approval)),
            Destruction = Each(_file.Destruction, "destruction", Destruction),
            Limits = Each(_file.Limits, "limit", limit => limit.Read(_faults)),
            Bindings = Each(_file.Bindings, "binding", Binding),
        };
    }

    // What is wrong is told with the place where it stands.
    private ImmutableArray<TOut> Each<TIn, TOut>(TIn[]? items, string what, Func<TIn, TOut> read)
        where TIn : class
    {
        var all = ImmutableArray.CreateBuilder<TOut>(items?.Length ?? 0);
        // Names that differ only in case would be mistaken for one another; codes are compared exactly.
        var names = new HashSet<string>(typeof(TIn) == typeof(PolicyPurpose) ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < (items?.Length ?? 0); i++)
        {
            var before = _faults.Count;
            if (items![i] is not { } item) _faults.Add("it is null");
            else
            {
                all.Add(read(item));
                if (NameOf(item) is { } name && !names.Add(name)) _faults.Add("it stands there twice");
            }

            for (var fault = before; fault < _faults.Count; fault++) _faults[fault] = $"{what} {i + 1}{Called(items[i])}: {_faults[fault]}";
        }

        return all.ToImmutable();
    }

    private static string? NameOf(object? item) => item switch
    {
        PolicyRole role => role.Name,
        PolicyPurpose purpose => purpose.Code,
        PolicyGroup group => group.Group,
        PolicyPrincipal principal => principal.Name,
        PolicyBinding binding => binding.Name,
        PolicyLimit limit => limit.Subject,
        PolicyDestruction destruction => destruction.Group ?? "the whole tenant",
        _ => null,
    };

    private static string Called(object? item) => NameOf(item) is { } name ? $" ('{name}')" : "";

    private CustomRole Role(PolicyRole role)
    {
        if (!PrincipalName.IsWellFormed(role.Name) || Enum.TryParse<Role>(role.Name, ignoreCase: true, out _)) _faults.Add("its name is none, or a built-in role's");
        var operations = OperationSet.Empty;
        foreach (var word in role.Operations)
        {
            if (TryParse<OperationName>(word, out var operation) && RoleCatalog.Grantable.Contains(operation)) operations = operations.Union(OperationSet.Of(operation));
            else _faults.Add($"'{word}' is no operation that a role can contain");
        }

        if (role.Operations.Length == 0) _faults.Add("it contains no operation");
        return new CustomRole(role.Name, operations);
    }

    private PurposeCode Purpose(PolicyPurpose purpose)
    {
        if (!IsCode(purpose.Code)) _faults.Add("its code is not 1 to 64 letters, digits, '.', '_', ':', '/' and '-'");
        if (purpose.Description is { Length: > LongestText }) _faults.Add($"its description is longer than {LongestText} characters");
        return new PurposeCode(purpose.Code, purpose.Description);
    }

    private GroupRule Group(PolicyGroup group)
    {
        if (group is { DemandsPurpose: true } && _codes.Count == 0) _faults.Add("it demands a purpose, and the tenant has none");
        if (group is { DemandsPurpose: false, Purposes.Length: > 0 }) _faults.Add("it takes some purposes and demands none");
        return new GroupRule { Group = GroupOf(group.Group), DemandsPurpose = group.DemandsPurpose, Purposes = Codes(group.Purposes) };
    }

    private PrincipalRule Rule(PolicyPrincipal principal)
    {
        if (!PrincipalName.IsWellFormed(principal.Name)) _faults.Add("its name is none that a principal can have");
        Codes([principal.DefaultPurpose]);
        return new PrincipalRule(principal.Name, principal.DefaultPurpose);
    }

    private ApprovalRule Approval(PolicyApproval rule)
    {
        var kinds = ImmutableArray.CreateBuilder<ApprovalKind>();
        foreach (var word in rule.For)
        {
            if (ApprovalKinds.TryParse(word, out var kind)) kinds.Add(kind);
            else _faults.Add($"'{word}' is nothing that takes approval; what does is {ApprovalKinds.All}");
        }

        if (rule.For.Length == 0) _faults.Add("it is for nothing");
        var isWaived = rule.InsecureAlone is true;
        if (isWaived == rule.Approvals is not null) _faults.Add("it has either 'approvals' or 'insecureAlone'");
        if (rule.Approvals is < 1 or > ApprovalRule.MostApprovals)
            _faults.Add($"'approvals' is 1 to {ApprovalRule.MostApprovals}; where one person is enough it says 'insecureAlone' instead");
        if (isWaived && (rule.Approvers is not null || rule.OwnToo is not null || rule.ValidFor is not null)) _faults.Add("where one person is enough it says nothing else");
        foreach (var name in rule.Approvers ?? [])
            if (name is null || !PrincipalName.IsWellFormed(name)) _faults.Add($"'{name}' is no name that a principal can have; there are no wildcards");
        ImmutableArray<string> approvers = [.. (rule.Approvers ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (rule.Approvers is not null && approvers.Length < rule.Approvals) _faults.Add("it names fewer approvers than it demands approvals");
        var validFor = rule.ValidFor is null ? ApprovalRule.StandardValidity : Age(rule.ValidFor, "validFor") ?? ApprovalRule.StandardValidity;
        if (validFor < ApprovalRule.ShortestValidity || validFor > ApprovalRule.LongestValidity) _faults.Add("'validFor' is PT5M to P30D");
        return new ApprovalRule
        {
            Kinds = [.. kinds.Distinct().Order()], Group = Place(rule.Tenant, rule.Group, rule.Key), Key = KeyOf(rule.Key), Approvals = rule.Approvals ?? 0,
            IsWaived = isWaived, Approvers = approvers, OwnToo = rule.OwnToo is true, ValidFor = validFor,
        };
    }

    // Of two rules for the same in the same place neither could be said to hold.
    private ImmutableArray<ApprovalRule> OncePerPlace(ImmutableArray<ApprovalRule> rules)
    {
        foreach (var twice in rules.SelectMany(static r => r.Kinds.Select(kind => (kind, r.Group, r.Key))).GroupBy(static p => p).Where(static g => g.Count() > 1))
            _faults.Add($"there is more than one rule for {ApprovalKinds.WordOf(twice.Key.kind)} in one place");
        return rules;
    }

    private DestructionRule Destruction(PolicyDestruction rule)
    {
        var group = Place(rule.Tenant, rule.Group, null);
        if (string.Equals(rule.Wait, WithoutWait, StringComparison.Ordinal)) return new DestructionRule(group, null);
        var wait = Age(rule.Wait, "wait") ?? DestructionRule.StandardWait;
        if (wait < DestructionRule.ShortestWait || wait > DestructionRule.LongestWait) _faults.Add("'wait' is PT1H to P30D, or none");
        return new DestructionRule(group, wait);
    }

    private GroupName? Place(bool? tenant, string? group, string? key)
    {
        if ((tenant is true ? 1 : 0) + (group is null ? 0 : 1) + (key is null ? 0 : 1) != 1) _faults.Add("exactly one of 'tenant', 'group' and 'key' says where");
        return group is null ? null : GroupOf(group);
    }

    private UniqueIdentifier? KeyOf(string? text)
    {
        if (text is null) return null;
        if (UniqueIdentifier.TryParse(text, out var id)) return id;
        _faults.Add($"'{text}' is no key's identifier");
        return null;
    }

    private AccessBinding Binding(PolicyBinding binding)
    {
        var isDeny = string.Equals(binding.Effect, "deny", StringComparison.Ordinal);
        if (!isDeny && binding.Effect is not (null or "allow")) _faults.Add("'effect' is allow or deny");
        if (binding.Name is { } name && !PrincipalName.IsWellFormed(name)) _faults.Add("its name has other characters than letters, digits, '.', '_' and '-'");
        if (!RoleCatalog.TryParse(binding.Role, out _) && !_roles.Contains(binding.Role)) _faults.Add($"there is no role '{binding.Role}'");
        if ((binding.Everyone is true) == binding.Principals is { Length: > 0 }) _faults.Add("it is either for 'principals' or for 'everyone'");
        foreach (var principal in binding.Principals ?? [])
            if (principal is null || !PrincipalName.IsWellFormed(principal)) _faults.Add($"'{principal}' is no name that a principal can have; there are no wildcards");
        return new AccessBinding
        {
            Name = binding.Name,
            IsDeny = isDeny,
            IsForEveryone = binding.Everyone is true,
            Principals = [.. (binding.Principals ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
            Role = binding.Role,
            Group = Place(binding.Tenant, binding.Group, binding.Key),
            Key = KeyOf(binding.Key),
            Conditions = binding.Conditions is { } conditions ? Conditions(binding, conditions, isDeny) : AccessConditions.None,
        };
    }

    private AccessConditions Conditions(PolicyBinding binding, PolicyConditions stated, bool isDeny)
    {
        if (stated.Uses is { } uses && (uses < 1 || isDeny || binding.Name is null)) _faults.Add("'uses' is 1 or more, of a binding that allows and has a name");
        if (stated.NotAfter <= stated.NotBefore) _faults.Add("'notAfter' is not later than 'notBefore'");
        return new AccessConditions
        {
            Networks = [.. Stated(stated.Networks, "networks").Select(Network)],
            Times = [.. Stated(stated.Times, "times").Select(Window)],
            NotBefore = stated.NotBefore?.ToUniversalTime(),
            NotAfter = stated.NotAfter?.ToUniversalTime(),
            Context = [.. Stated(stated.Context, "context").Select(Term)],
            Purposes = Codes(Stated(stated.Purposes, "purposes")),
            Protocols = [.. Stated(stated.Protocols, "protocols").Select(ProtocolOf)],
            Uses = stated.Uses,
            CredentialAtLeast = Age(stated.CredentialAtLeast, "credentialAtLeast"),
            CredentialAtMost = Age(stated.CredentialAtMost, "credentialAtMost"),
        };
    }

    // A list that came out empty would say "from everywhere" where somebody meant "from nowhere".
    private T[] Stated<T>(T[]? list, string name)
    {
        if (list is { Length: 0 }) _faults.Add($"'{name}' lists nothing: leave it out where it is not to restrict");
        return list ?? [];
    }

    private NetworkRange Network(string text)
    {
        if (text is null || !NetworkRange.TryParse(text, out var range))
        {
            _faults.Add($"'{text}' is no network such as 10.1.0.0/16, with no bits set below its prefix");
            return default;
        }

        return range;
    }

    private TimeWindow Window(PolicyTime time)
    {
        var days = ImmutableArray.CreateBuilder<DayOfWeek>();
        foreach (var word in Stated(time.Days, "days"))
        {
            if (TryParse<DayOfWeek>(word, out var day)) days.Add(day);
            else _faults.Add($"'{word}' is no day; they are Monday to Sunday");
        }

        return new TimeWindow(days.ToImmutable(), Hour(time.From), Hour(time.Until));
    }

    private TimeOnly Hour(string text)
    {
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var hour)) return hour;
        _faults.Add($"'{text}' is no hour such as 08:30");
        return default;
    }

    private ContextTerm Term(PolicyContextTerm term)
    {
        if (term.Name.Length == 0 || term.Exactly is null == term.Contains is null || term.Contains?.Length == 0)
            _faults.Add("a term of the context has a name, and either 'equals' or 'contains'");
        return new ContextTerm(term.Name, term.Exactly, term.Contains);
    }

    private ImmutableArray<string> Codes(string[]? codes)
    {
        foreach (var code in codes ?? [])
            if (!IsCode(code) || !_codes.Contains(code)) _faults.Add($"'{code}' is none of the tenant's purposes");
        return [.. codes ?? []];
    }

    private Protocol ProtocolOf(string word)
    {
        if (TryParse<Protocol>(word, out var protocol) && protocol is Protocol.Kmip or Protocol.Rest) return protocol;
        _faults.Add($"'{word}' is no protocol; they are Kmip and Rest");
        return Protocol.None;
    }

    private TimeSpan? Age(string? text, string what)
    {
        if (text is null) return null;
        try
        {
            if (XmlConvert.ToTimeSpan(text) is var age && age > TimeSpan.Zero) return age;
        }
        catch (Exception malformed) when (malformed is FormatException or OverflowException)
        {
            // Said below, as for one that is not positive.
        }

        _faults.Add($"'{what}' is no duration such as P90D");
        return null;
    }

    private GroupName GroupOf(string text)
    {
        if (GroupName.TryParse(text, out var group)) return group;
        _faults.Add($"'{text}' is no key group's name; there are no wildcards");
        return GroupName.Default;
    }

    private static bool TryParse<TEnum>(string? word, out TEnum value)
        where TEnum : struct, Enum =>
        Enum.TryParse(word, ignoreCase: false, out value) && string.Equals(value.ToString(), word, StringComparison.Ordinal);
}

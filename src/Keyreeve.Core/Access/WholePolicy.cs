using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Keyreeve.Core.Access;

/// <summary>A line of the difference between two policies.</summary>
/// <param name="IsAdded">Whether it is new; else it is gone.</param>
/// <param name="What">Separation, role, purpose, group, principal or binding.</param>
/// <param name="Text">The thing itself, as JSON.</param>
public sealed record PolicyChange(bool IsAdded, string What, string Text);

/// <summary>
/// The policy of a tenant as one: what is written, and what the enrolments of its principals gave. This is what is exported, compared
/// and applied, so that a right that is not in the file is not there.
/// </summary>
public sealed class WholePolicy
{
    private readonly ImmutableArray<EnrolledPrincipal> _principals;
    private readonly ImmutableArray<(string What, string Text)> _lines;

    private WholePolicy(TenantPolicy policy, ImmutableArray<EnrolledPrincipal> principals)
    {
        Policy = policy;
        _principals = principals;
        _lines = LinesOf(policy);
        Version = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', _lines.Select(static l => l.Text)))));
    }

    /// <summary>All of it.</summary>
    public TenantPolicy Policy { get; }

    /// <summary>What tells it from any other: a hash of all that it says.</summary>
    public string Version { get; }

    /// <summary>As a file, its parts in a fixed order.</summary>
    public PolicyFile ToFile() => PolicyWriter.Write(Policy with
    {
        Bindings = [.. Policy.Bindings.OrderBy(static b => b.Name is null).ThenBy(static b => Json(PolicyWriter.Binding(b)), StringComparer.Ordinal)],
    });

    /// <summary>What is written, with what was given at enrolment to those who are not disabled.</summary>
    internal static WholePolicy Of(TenantPolicy written, ImmutableArray<EnrolledPrincipal> principals)
    {
        ImmutableArray<EnrolledPrincipal> enabled = [.. principals.Where(static p => !p.Principal.IsDisabled)];
        var given = enabled.SelectMany(static p => p.Principal.Bindings.Select(b => TenantPolicy.Of(p.Principal, b)));
        return new WholePolicy(written with { Bindings = [.. written.Bindings, .. given] }, enabled);
    }

    /// <summary>The same principals under another policy.</summary>
    internal WholePolicy With(TenantPolicy policy) => new(policy, _principals);

    /// <summary>What another policy has that this has not, and the other way round.</summary>
    internal ImmutableArray<PolicyChange> DifferencesTo(WholePolicy next)
    {
        var (before, after) = (_lines.ToHashSet(), next._lines.ToHashSet());
        return
        [
            .. _lines.Where(line => !after.Contains(line)).Select(static line => new PolicyChange(IsAdded: false, line.What, line.Text)),
            .. next._lines.Where(line => !before.Contains(line)).Select(static line => new PolicyChange(IsAdded: true, line.What, line.Text)),
        ];
    }

    /// <summary>What is worth a second look, though it is allowed.</summary>
    internal ImmutableArray<string> Warnings()
    {
        var known = _principals.Select(static p => p.Principal.Name).ToHashSet(StringComparer.Ordinal);
        var strangers = Policy.Bindings.SelectMany(static b => b.Principals).Concat(Policy.Principals.Select(static p => p.Name))
            .Where(name => !known.Contains(name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return
        [
            .. strangers.Select(static name => $"Nobody is enrolled and enabled under the name '{name}'."),
            .. Policy.Separation == Separation.InsecureNone ? (string[])["Duties are not kept apart: one principal may have every role."] : [],
            .. Policy.Approvals.Where(static rule => rule.IsWaived).Select(static rule => rule.Waiver),
        ];
    }

    /// <summary>
    /// Divides the policy again: what the principals keep of what enrolment gave them, and what is to be written.
    /// </summary>
    internal (TenantPolicy Written, ImmutableArray<EnrolledPrincipal> Narrowed) Divide()
    {
        var kept = new HashSet<(string Principal, string Rule)>();
        var narrowed = ImmutableArray.CreateBuilder<EnrolledPrincipal>();
        foreach (var enrolled in _principals)
        {
            var principal = enrolled.Principal;
            ImmutableArray<RoleBinding> keeps = [.. principal.Bindings.Where(b => Policy.Bindings.Any(stated => IsPlain(stated, principal.Name, b)))];
            foreach (var binding in keeps) kept.Add((principal.Name, binding.Rule));
            if (keeps.Length < principal.Bindings.Length)
                narrowed.Add(enrolled with { Principal = principal with { Bindings = keeps }, RowVersion = checked(enrolled.RowVersion + 1) });
        }

        var written = Policy.Bindings.Select(b => IsPlain(b) ? b with { Principals = b.Principals.RemoveAll(name => kept.Contains((name, b.Rule))) } : b)
            .Where(b => !IsPlain(b) || b.Principals.Length > 0);
        return (Policy with { Bindings = [.. written] }, narrowed.ToImmutable());
    }

    // What could have been given at enrolment.
    private static bool IsPlain(AccessBinding binding) =>
        binding is { Name: null, IsDeny: false, Key: null, Conditions.IsEmpty: true, IsForEveryone: false } && RoleCatalog.TryParse(binding.Role, out _);

    private static bool IsPlain(AccessBinding binding, string principal, RoleBinding given) =>
        IsPlain(binding) && string.Equals(binding.Rule, given.Rule, StringComparison.Ordinal) && binding.Principals.Contains(principal, StringComparer.Ordinal);

    private static ImmutableArray<(string What, string Text)> LinesOf(TenantPolicy policy)
    {
        var file = PolicyWriter.Write(policy);
        IEnumerable<(string What, string Text)> lines =
        [
            ("separation", JsonSerializer.Serialize(file.Separation!, PolicyJson.Default.String)),
            .. (file.Roles ?? []).Select(static r => ("role", Json(r))),
            .. (file.Purposes ?? []).Select(static p => ("purpose", Json(p))),
            .. (file.Groups ?? []).Select(static g => ("group", Json(g))),
            .. (file.Principals ?? []).Select(static p => ("principal", Json(p))),
            .. (file.Limits ?? []).Select(static l => ("limit", Json(l))),
            .. (file.Approvals ?? []).Select(static a => ("approval", Json(a))),
            .. (file.Destruction ?? []).Select(static d => ("destruction", Json(d))),
            .. policy.Bindings.SelectMany(Each).Select(static b => ("binding", Json(PolicyWriter.Binding(b)))),
        ];
        return [.. lines.Distinct().OrderBy(static l => l.What, StringComparer.Ordinal).ThenBy(static l => l.Text, StringComparer.Ordinal)];
    }

    // One for two people says the same as one for each, unless it has a name.
    private static IEnumerable<AccessBinding> Each(AccessBinding binding) =>
        binding.Name is not null || binding.IsForEveryone ? [binding] : binding.Principals.Select(name => binding with { Principals = [name] });

    private static string Json<T>(T item) => JsonSerializer.Serialize(item, typeof(T), PolicyJson.Default);
}

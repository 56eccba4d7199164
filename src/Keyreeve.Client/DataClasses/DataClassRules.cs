using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Reflection;
using Keyreeve.Client.Configuration;
using Keyreeve.Crypto;

namespace Keyreeve.Client;

/// <summary>
/// Which data classes there are, and how each is protected: one file that programs share. Sections are classes, your own among them:
/// <code>
/// [email]
/// level = field
/// key = customers
/// mask = domain
/// search = yes
/// </code>
/// </summary>
/// <remarks>Immutable.</remarks>
public sealed class DataClassRules
{
    private static readonly string[] Known = ["level", "key", "key-group", "cryptoperiod", "mask", "search"];

    private readonly FrozenDictionary<string, DataClassRule> _rules;

    /// <summary>The rules of a program that has them from elsewhere than a file.</summary>
    /// <exception cref="ArgumentException">Two rules have the same name.</exception>
    public DataClassRules(IEnumerable<DataClassRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        All = [.. rules];
        _rules = All.ToFrozenDictionary(static rule => rule.Name, StringComparer.Ordinal);
    }

    /// <summary>All rules, in the order of the file.</summary>
    public ImmutableArray<DataClassRule> All { get; }

    /// <summary>The rule of a class.</summary>
    /// <exception cref="ClientConfigurationException">The class has none.</exception>
    public DataClassRule this[string dataClass] => Find(dataClass) ?? throw new ClientConfigurationException([$"The data class '{dataClass}' has no rule."]);

    /// <summary>Reads a file; all its faults are reported at once.</summary>
    /// <exception cref="ClientConfigurationException">A line cannot be used.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DataClassRules Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllText(path), Path.GetFileName(path));
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="fileName">What it is called in messages.</param>
    /// <exception cref="ClientConfigurationException">A line cannot be used.</exception>
    public static DataClassRules Parse(string text, string fileName)
    {
        ArgumentNullException.ThrowIfNull(text);
        var faults = new List<string>();
        var rules = new List<DataClassRule>();
        foreach (var entries in SettingsFile.Read(text, fileName, faults).GroupBy(static entry => entry.Section, StringComparer.Ordinal))
        {
            var section = new SettingsSection(entries.Key, fileName, faults);
            foreach (var entry in entries)
                section.Add(entry, Known);
            rules.Add(Read(section, faults));
        }

        foreach (var shared in rules.GroupBy(static rule => rule.Key, StringComparer.Ordinal))
        {
            string[] groups = [.. shared.Select(static rule => rule.KeyGroup).OfType<string>().Distinct(StringComparer.Ordinal)];
            if (groups.Length > 1)
                faults.Add($"{fileName}: The key '{shared.Key}' cannot be in several key groups: {string.Join(", ", groups)}.");
        }

        if (rules.Count == 0)
            faults.Add($"{fileName}: It has no data class: no section with settings.");
        return faults.Count == 0 ? new DataClassRules(rules) : throw new ClientConfigurationException([.. faults]);
    }

    /// <summary>The rule of a class, or null.</summary>
    public DataClassRule? Find(string dataClass) => _rules.GetValueOrDefault(dataClass);

    /// <summary>Finds properties marked <see cref="ProtectedAttribute"/> that no rule covers; to be called at the start of a program.</summary>
    /// <param name="assemblies">Where to look.</param>
    /// <exception cref="ClientConfigurationException">There are such; the message names all of them.</exception>
    public void Check(params ReadOnlySpan<Assembly> assemblies)
    {
        var faults = new List<string>();
        foreach (var assembly in assemblies)
        {
            foreach (var property in assembly.GetTypes().SelectMany(static type => type.GetProperties(Declared)))
            {
                if (property.GetCustomAttribute<ProtectedAttribute>() is { } mark)
                    AddFault(property, mark, faults);
            }
        }

        if (faults.Count > 0)
            throw new ClientConfigurationException([.. faults]);
    }

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private void AddFault(PropertyInfo property, ProtectedAttribute mark, List<string> faults)
    {
        var place = $"{property.DeclaringType}.{property.Name}";
        if (Find(mark.DataClass) is not { } rule)
            faults.Add($"{place} belongs to the data class '{mark.DataClass}', which has no rule; there are: {string.Join(", ", _rules.Keys.Order(StringComparer.Ordinal))}.");
        else if (mark.Searchable && !rule.IsSearchAllowed)
            faults.Add($"{place} is searchable, which the data class '{mark.DataClass}' does not allow.");
    }

    private static DataClassRule Read(SettingsSection section, List<string> faults)
    {
        section.Require("level");
        if (!IsName(section.Name))
            faults.Add($"[{section.Name}]: A data class has 1 to 64 lower-case letters, digits and hyphens, and begins with a letter.");
        var level = section.OneOf("level", ("field", ProtectionLevel.Field), ("record", ProtectionLevel.Record), ("volume", ProtectionLevel.Volume));
        return new DataClassRule
        {
            Name = section.Name,
            Level = level ?? ProtectionLevel.None,
            Key = section.Text("key") ?? section.Name,
            KeyGroup = section.Text("key-group"),
            Cryptoperiod = section.Time("cryptoperiod", TimeSpan.FromHours(1), TimeSpan.FromDays(3650)),
            Mask = section.OneOf("mask", [.. Crypto.Mask.Rules.Select(static pair => (pair.Key, pair.Value))]) ?? MaskRule.Everything,
            IsSearchAllowed = section.OneOf("search", ("yes", true), ("no", false)) ?? false,
        };
    }

    private static bool IsName(string name) =>
        name.Length is >= 1 and <= 64 && char.IsAsciiLetterLower(name[0]) && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-');
}

namespace Keyreeve.Server.Configuration;

/// <summary>Reads the configuration: all faults are found before anything is refused.</summary>
public static class OptionsReader
{
    /// <summary>Reads a file that only the server's user can have written.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Settings that stand above the file's, as <c>section.key=value</c>.</param>
    /// <exception cref="ConfigurationException">The file or a setting cannot be used; every reason is listed.</exception>
    public static KeyreeveOptions ReadFile(string path, params IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Read(ConfigurationFile.ReadText(path), Path.GetFileName(path), overrides);
    }

    /// <summary>Reads a configuration from text.</summary>
    /// <param name="text">What would stand in the file.</param>
    /// <param name="fileName">How faults call it.</param>
    /// <param name="overrides">Settings that stand above the file's, as <c>section.key=value</c>.</param>
    /// <exception cref="ConfigurationException">A setting cannot be used; every reason is listed.</exception>
    public static KeyreeveOptions Read(string text, string fileName, params IReadOnlyList<string> overrides)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(overrides);
        var faults = new List<ConfigurationFault>();
        var entries = ConfFile.Read(text, fileName, faults);
        FindRepeated(entries, faults);
        foreach (var setting in overrides)
            if (ReadOverride(setting, faults) is { } entry) entries.Add(entry);

        var options = new KeyreeveOptions();
        foreach (var entry in entries) options = Apply(options, entry, faults);
        OptionRules.Check(options, fileName, faults);
        return faults.Count == 0 ? options : throw new ConfigurationException(faults);
    }

    private static KeyreeveOptions Apply(KeyreeveOptions options, OptionEntry entry, List<ConfigurationFault> faults)
    {
        var section = OptionTable.Rows.Where(row => string.Equals(row.Section, entry.Section, StringComparison.Ordinal)).ToList();
        if (section.Count == 0)
        {
            var known = string.Join(", ", OptionTable.Rows.Select(row => row.Section).Distinct(StringComparer.Ordinal));
            faults.Add(new ConfigurationFault(entry.Source, $"There is no section [{entry.Section}]; there are {known}."));
            return options;
        }

        var option = section.Find(row => row.Key is "*" || string.Equals(row.Key, entry.Key, StringComparison.Ordinal));
        if (option is null)
        {
            var known = string.Join(", ", section.Select(row => row.Key));
            faults.Add(new ConfigurationFault(entry.Source, $"Section [{entry.Section}] has no '{entry.Key}'; it has {known}."));
            return options;
        }

        try
        {
            return option.Apply(options, entry);
        }
        catch (FormatException fault)
        {
            faults.Add(new ConfigurationFault(entry.Source, $"'{entry.Key}' {fault.Message}; it is '{entry.Value}'."));
            return options;
        }
    }

    private static void FindRepeated(List<OptionEntry> entries, List<ConfigurationFault> faults)
    {
        foreach (var same in entries.GroupBy(entry => (entry.Section, entry.Key)))
            foreach (var repeated in same.Skip(1))
                faults.Add(new ConfigurationFault(repeated.Source, $"'{repeated.Key}' is set at {same.First().Source} already."));
    }

    private static OptionEntry? ReadOverride(string setting, List<ConfigurationFault> faults)
    {
        var source = $"setting '{setting}'";
        var dot = setting.IndexOf('.', StringComparison.Ordinal);
        var equals = dot < 0 ? -1 : setting.IndexOf('=', dot);
        if (dot > 0 && equals > dot + 1)
            return new OptionEntry(setting[..dot].Trim(), setting[(dot + 1)..equals].Trim(), setting[(equals + 1)..].Trim(), source);

        faults.Add(new ConfigurationFault(source, "A setting is written 'section.key=value'."));
        return null;
    }
}

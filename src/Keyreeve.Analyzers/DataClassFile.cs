using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Keyreeve.Analyzers;

/// <summary>What a compilation's files of data classes say: which classes there are, and in which of them values may be searched for.</summary>
/// <remarks>
/// Sections, keys and comments alone, by the grammar of all of Keyreeve's configuration files. What else is wrong with a file is said by the
/// program that reads it, at its start.
/// </remarks>
internal sealed class DataClassFile
{
    private readonly Dictionary<string, bool> _searchable = new(StringComparer.Ordinal);

    private DataClassFile()
    {
    }

    /// <summary>The classes, sorted, for messages.</summary>
    public string Names
    {
        get
        {
            var names = new List<string>(_searchable.Keys);
            names.Sort(StringComparer.Ordinal);
            return string.Join(", ", names);
        }
    }

    /// <summary>Reads the files of a compilation; null where it has none, and nothing can be said.</summary>
    public static DataClassFile? Of(AnalyzerOptions options, CancellationToken cancellationToken)
    {
        DataClassFile? classes = null;
        foreach (var file in options.AdditionalFiles)
        {
            if (!IsDataClasses(options, file) || file.GetText(cancellationToken) is not { } text)
                continue;
            classes ??= new DataClassFile();
            classes.Read(text.ToString());
        }

        return classes;
    }

    public bool Has(string dataClass) => _searchable.ContainsKey(dataClass);

    public bool IsSearchAllowed(string dataClass) => _searchable.TryGetValue(dataClass, out var isAllowed) && isAllowed;

    private static bool IsDataClasses(AnalyzerOptions options, AdditionalText file) =>
        options.AnalyzerConfigOptionsProvider.GetOptions(file).TryGetValue("build_metadata.AdditionalFiles.KeyreeveDataClasses", out var said)
        && string.Equals(said, "true", StringComparison.OrdinalIgnoreCase);

    private void Read(string text)
    {
        var section = "";
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] is '#' or ';')
                continue;
            var equals = line.IndexOf('=');
            if (line[0] == '[')
                section = line.TrimStart('[').TrimEnd(']').Trim();
            else if (equals > 0 && section.Length > 0)
                Add(section, line.Substring(0, equals).TrimEnd(), line.Substring(equals + 1).TrimStart());
        }
    }

    // A section without settings is no class, as for the program that reads the file.
    private void Add(string section, string key, string value)
    {
        if (!_searchable.ContainsKey(section))
            _searchable[section] = false;
        if (key is "search")
            _searchable[section] = value is "yes";
    }
}

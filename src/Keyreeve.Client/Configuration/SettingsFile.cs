using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Configuration;

/// <summary>One line of a configuration, whatever form it came in.</summary>
/// <param name="Section">The section: <c>client</c>, <c>server primary</c> …</param>
/// <param name="Key">The name of the setting.</param>
/// <param name="Value">Its value.</param>
/// <param name="Source">Where it stands, for messages.</param>
internal sealed record SettingsEntry(string Section, string Key, string Value, string Source);

/// <summary>The settings of a file as text; its grammar is <see cref="ConfigurationText"/>'s.</summary>
internal static class SettingsFile
{
    /// <summary>Reads the text of a file; lines that are neither are added to <paramref name="faults"/>.</summary>
    public static List<SettingsEntry> Read(string text, string fileName, List<string> faults) =>
        [.. ConfigurationText.Read(text, fileName, (source, what) => faults.Add($"{source}: {what}"))
            .Select(static line => new SettingsEntry(line.Section, line.Key, line.Value, line.Source))];
}

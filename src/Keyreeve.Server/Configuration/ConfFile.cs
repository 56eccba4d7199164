using Keyreeve.Crypto.Files;

namespace Keyreeve.Server.Configuration;

/// <summary>The options of a file as text; its grammar is <see cref="ConfigurationText"/>'s.</summary>
internal static class ConfFile
{
    /// <summary>Reads the text of a file; lines that are neither are added to <paramref name="faults"/>.</summary>
    public static List<OptionEntry> Read(string text, string fileName, List<ConfigurationFault> faults) =>
        [.. ConfigurationText.Read(text, fileName, (source, what) => faults.Add(new ConfigurationFault(source, what)))
            .Select(static line => new OptionEntry(line.Section, line.Key, line.Value, line.Source))];
}

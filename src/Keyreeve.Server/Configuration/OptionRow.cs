namespace Keyreeve.Server.Configuration;

/// <summary>One option: where it stands in the file, what it means, and how its text becomes a value.</summary>
/// <param name="Section">The section, without brackets.</param>
/// <param name="Key">The key; <c>*</c> stands for any key of a section whose keys are names.</param>
/// <param name="Default">The default, as it would be written; for <c>*</c> an example.</param>
/// <param name="Explanation">What it means, its unit, and how to turn it off.</param>
/// <param name="Apply">Sets it. Throws <see cref="FormatException"/> with a text that says what is allowed.</param>
internal sealed record OptionRow(
    string Section, string Key, string Default, string Explanation, Func<KeyreeveOptions, OptionEntry, KeyreeveOptions> Apply);

/// <summary>One line that sets something.</summary>
/// <param name="Section">The section, without brackets.</param>
/// <param name="Key">The key.</param>
/// <param name="Value">The value, without blanks around it.</param>
/// <param name="Source">Where it comes from, such as <c>keyreeve.conf:12</c>.</param>
internal sealed record OptionEntry(string Section, string Key, string Value, string Source);

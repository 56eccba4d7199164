using System.CommandLine;
using System.CommandLine.Parsing;

namespace Keyreeve.Cli.Commands;

/// <summary><c>--allow</c>: what a new principal may do, in the words that enrolment codes and added principals share.</summary>
internal static class RightsOption
{
    private static readonly string[] Rights =
        ["use", "manage", "export", "audit", "officer", "operate", "view", "encrypt", "decrypt", "generate", "sign", "verify", "grant", "masked"];

    public static Option<string[]> Create()
    {
        var allow = new Option<string[]>("--allow")
        {
            Description = "A right: use, manage, export, audit, officer, operate, view, or a part of use: encrypt, decrypt, generate, sign, verify; masked, to see the masks of values and nothing more; grant, to hand rights on keys to others; may be repeated, or several with commas between them. None implies another",
            HelpName = "RIGHT",
            Required = true,
            CustomParser = Parse,
        };
        allow.CompletionSources.Add(Rights);
        return allow;
    }

    private static string[] Parse(ArgumentResult result)
    {
        var given = result.Tokens.SelectMany(static token => token.Value.Split(',', StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var right in given.Except(Rights, StringComparer.Ordinal))
            result.AddError($"{Spelling.NoSuch("right", right, Rights)} Rights are: {string.Join(", ", Rights)}.");
        return given;
    }
}

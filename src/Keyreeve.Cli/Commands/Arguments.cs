using System.CommandLine;
using Keyreeve.Core;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Cli.Commands;

/// <summary>Arguments that several commands take.</summary>
internal static class Arguments
{
    /// <summary><c>--context</c>.</summary>
    public static Option<string[]> Context() => new("--context")
    {
        Description = "What the contents belong to, bound to them and needed again to decrypt; may be repeated. Never a secret: the server sees it",
        HelpName = "NAME=VALUE",
    };

    /// <summary>Reads the pairs of <c>--context</c>.</summary>
    public static EncryptionContext ContextOf(IReadOnlyList<string>? pairs)
    {
        var read = new List<KeyValuePair<string, string>>();
        foreach (var pair in pairs ?? [])
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw new CliException(ExitCode.Usage, $"--context takes NAME=VALUE, not '{pair}'.", "for example --context customer=4711");
            read.Add(new KeyValuePair<string, string>(pair[..equals], pair[(equals + 1)..]));
        }

        try
        {
            return EncryptionContext.Create(read);
        }
        catch (ArgumentException e)
        {
            var message = e.ParamName is null ? e.Message : e.Message.Replace($" (Parameter '{e.ParamName}')", "", StringComparison.Ordinal);
            throw new CliException(ExitCode.Usage, message);
        }
    }

    /// <summary>Reads a moment with its zone; null stays null.</summary>
    public static DateTimeOffset? MomentOf(string? text, string option)
    {
        if (text is null) return null;
        return Moment.TryRead(text, out var moment) ? moment : throw new CliException(ExitCode.Usage, $"'{option}' takes a time with its zone; it is '{text}'.", Moment.Form);
    }

    /// <summary>Reads a time such as <c>7d</c>; null stays null.</summary>
    public static TimeSpan? Time(string? text, string option, TimeSpan least, TimeSpan most)
    {
        try
        {
            return text is null ? null : OptionValue.Time(text, least, most);
        }
        catch (FormatException e)
        {
            throw new CliException(ExitCode.Usage, $"'{option}' {e.Message}; it is '{text}'.");
        }
    }
}

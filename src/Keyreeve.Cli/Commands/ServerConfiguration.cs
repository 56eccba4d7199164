using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary>The server's configuration: its file, and settings above it.</summary>
internal static class ServerConfiguration
{
    public const string DefaultPath = "/etc/keyreeve/keyreeve.conf";

    /// <summary><c>--set</c>.</summary>
    public static Option<string[]> Set() => new("--set")
    {
        Description = "A setting that stands above the file's, such as rest.port=9443; may be repeated",
        HelpName = "SECTION.KEY=VALUE",
    };

    /// <summary>The file's path.</summary>
    /// <exception cref="CliException">There is no such file.</exception>
    public static string PathOf(ParseResult parsed)
    {
        var path = Path.GetFullPath(parsed.GetValue(GlobalOptions.Config) ?? DefaultPath);
        return File.Exists(path)
            ? path
            : throw new CliException(
                ExitCode.Configuration,
                $"There is no configuration at '{path}'.",
                "keyreeve server --print-sample shows one with every option explained; then name yours with --config FILE");
    }
}

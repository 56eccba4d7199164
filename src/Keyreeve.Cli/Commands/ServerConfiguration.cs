using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary>Where the server's configuration is.</summary>
internal static class ServerConfiguration
{
    public const string DefaultPath = "/etc/keyreeve/keyreeve.conf";

    public static string PathOf(ParseResult parsed)
    {
        var path = Path.GetFullPath(parsed.GetValue(GlobalOptions.Config) ?? DefaultPath);
        return File.Exists(path)
            ? path
            : throw new CliException(
                ExitCode.Configuration,
                $"There is no configuration at '{path}'.",
                "keyreeve server --write-sample-config > FILE makes one with every option explained; then name it with --config FILE");
    }
}

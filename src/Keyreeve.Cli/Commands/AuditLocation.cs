using System.CommandLine;
using Keyreeve.Core.Audit;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Cli.Commands;

/// <summary>Where the audit trail lies: named, or in the data directory of the server's configuration.</summary>
internal static class AuditLocation
{
    public static Option<string?> Option() => new("--directory", "-d")
    {
        Description = "The trail's directory, or a copy of it (default: that of the server's configuration)",
        HelpName = "DIR",
    };

    public static string Of(ParseResult parsed, Option<string?> option)
    {
        var directory = parsed.GetValue(option)
            ?? Path.Combine(OptionsReader.ReadFile(ServerConfiguration.PathOf(parsed)).Server.DataDirectory, AuditDirectory.Name);
        return Directory.Exists(directory)
            ? directory
            : throw new CliException(ExitCode.File, $"There is no directory '{directory}'.", "name the trail's with --directory: it is 'audit' in the data directory");
    }
}

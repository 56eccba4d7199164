using System.CommandLine;
using System.Reflection;
using Keyreeve.Cli.Terminal;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve version</c></summary>
internal static class VersionCommand
{
    public static Command Create()
    {
        var command = new CliCommand("version", "Which version this is")
        {
            Examples = ["keyreeve version --output json"],
        };
        command.SetAction(parsed =>
        {
            var version = typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            var about = new About("Keyreeve", version, Environment.Version.ToString());
            var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
            if (output.IsJson)
                output.WriteJson(about);
            else
                output.WriteRemark($"{about.Product} {about.Version} on .NET {about.Runtime}");
            return ExitCode.Success;
        });
        return command;
    }

    private sealed record About(string Product, string Version, string Runtime);
}

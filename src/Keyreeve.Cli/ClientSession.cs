using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli;

/// <summary>What a command that talks to a server has at hand. Commands of one run share nothing else.</summary>
internal sealed class ClientSession : IDisposable
{
    private ClientSession(ClientOptions options, OutputWriter output)
    {
        Options = options;
        Client = new KeyreeveClient(options);
        Output = output;
    }

    public ClientOptions Options { get; }

    public KeyreeveClient Client { get; }

    public OutputWriter Output { get; }

    /// <summary>Makes a command's action: it runs with a session, which ends with it.</summary>
    public static Func<ParseResult, CancellationToken, Task<int>> With(Func<ClientSession, ParseResult, CancellationToken, Task> action) =>
        async (parseResult, cancellationToken) =>
        {
            using var session = Open(parseResult);
            await action(session, parseResult, cancellationToken);
            await CertificateUpkeep.RenewIfDueAsync(session.Client, cancellationToken);
            return ExitCode.Success;
        };

    public static ClientSession Open(ParseResult parseResult)
    {
        var options = ClientConfiguration.Load(parseResult.GetValue(GlobalOptions.Config));
        return new ClientSession(
            options with { Purpose = parseResult.GetValue(GlobalOptions.Purpose) ?? options.Purpose },
            new OutputWriter(Console.Out, GlobalOptions.FormatOf(parseResult)));
    }

    public void Dispose() => Client.Dispose();
}

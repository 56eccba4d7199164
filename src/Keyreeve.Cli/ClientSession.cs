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
    /// <param name="action">What the command does.</param>
    /// <param name="longest">How long one request may take, where that is more than what is configured.</param>
    public static Func<ParseResult, CancellationToken, Task<int>> With(
        Func<ClientSession, ParseResult, CancellationToken, Task> action, TimeSpan longest = default) =>
        async (parseResult, cancellationToken) =>
        {
            using var session = Open(parseResult, longest);
            await action(session, parseResult, cancellationToken);
            await CertificateUpkeep.RenewIfDueAsync(session.Client, cancellationToken);
            return ExitCode.Success;
        };

    public static ClientSession Open(ParseResult parseResult, TimeSpan longest = default)
    {
        var options = ClientConfiguration.Load(parseResult.GetValue(GlobalOptions.Config));
        return new ClientSession(
            options with
            {
                Purpose = parseResult.GetValue(GlobalOptions.Purpose) ?? options.Purpose,
                RequestTimeLimit = longest > options.RequestTimeLimit ? longest : options.RequestTimeLimit,
            },
            new OutputWriter(Console.Out, GlobalOptions.FormatOf(parseResult)));
    }

    public void Dispose() => Client.Dispose();
}

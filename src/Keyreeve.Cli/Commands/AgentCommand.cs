using System.Collections.Frozen;
using System.CommandLine;
using System.Runtime.InteropServices;
using Keyreeve.Cli.Agent;
using Keyreeve.Client;
using Keyreeve.Client.Pkcs11;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve agent</c></summary>
internal static class AgentCommand
{
    // sun_path of unix(7), with its end.
    private const int LongestPathInBytes = 107;

    public static Command Create()
    {
        var socket = new Option<string?>("--socket") { Description = "The socket (default: agent.sock beside the configuration)", HelpName = "PATH" };
        var allowed = new Option<uint[]>("--allow-uid") { Description = "Another user of this machine who may use it; may be repeated", HelpName = "UID" };
        var command = new CliCommand("agent", "Encrypt and decrypt for programs in other languages, over a Unix socket")
        {
            HandlesSignals = true,
            Remarks = "Whoever may connect encrypts and decrypts as this configuration: by the kernel's word on who they are, this user and those of --allow-uid.\n"
                + "docs/agent.md has the requests; samples/agent.py is a program of ten lines.",
            Examples = ["keyreeve agent --config /etc/shop/client.conf --socket /run/shop/keyreeve.sock --allow-uid 33"],
        };
        command.Add(socket);
        command.Add(allowed);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = parsed.GetValue(GlobalOptions.Config) ?? ClientConfiguration.DefaultPath;
            var path = Path.GetFullPath(parsed.GetValue(socket) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(configuration))!, "agent.sock"));
            if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPathInBytes)
                throw new CliException(ExitCode.Usage, $"The path of a socket has at most {LongestPathInBytes} bytes: '{path}'.");
            // Who may write there could put another socket in its place, and be told what others want to have encrypted.
            PrivateFile.CheckParent(path);
            await RunAsync(ClientConfiguration.LoadSettings(configuration), path, [PrivateFile.CurrentUser, .. parsed.GetValue(allowed) ?? []], cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task RunAsync(ClientSettings settings, string path, IEnumerable<uint> users, CancellationToken cancellationToken)
    {
        // Nobody waits at a terminal: the agent waits for a server as a program does.
        if (!settings.HasRetryDelay)
            settings = settings with { Connection = settings.Connection with { RetryDelay = new ClientOptions { Servers = [] }.RetryDelay } };
        await using var provider = settings.OpenProvider(TokenProvider.Open);
        using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        await using var agent = await AgentServer.StartAsync(encryptor, path, new AgentPeers(users.ToFrozenSet()), cancellationToken);
        await Console.Out.WriteLineAsync($"Keyreeve's agent is ready.\n  socket     {path}");
        await end.Task.WaitAsync(cancellationToken);

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            end.TrySetResult();
        }
    }
}

using System.CommandLine;
using System.Net;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve server</c></summary>
internal static class ServerCommand
{
    public static Command Create()
    {
        var set = ServerConfiguration.Set();
        var sample = new Option<bool>("--print-sample") { Description = "Print a configuration with every option and its default, and end" };
        var command = new CliCommand("server", "Run the server until it is told to end (SIGTERM, Ctrl-C)")
        {
            RunsAtServer = true,
            HandlesSignals = true,
            Remarks = "When every door is open, it says so on standard output; its log is on standard error.\n"
                + "'keyreeve init' makes what it starts from.",
            Examples =
            [
                "keyreeve server --print-sample > keyreeve.conf; chmod 600 keyreeve.conf",
                "keyreeve server --config /etc/keyreeve/keyreeve.conf",
                "keyreeve server --config keyreeve.conf --set rest.port=9443 --set kmip.enabled=no",
            ],
        };
        command.Add(set);
        command.Add(sample);
        command.SetAction(async (parsed, _) =>
        {
            if (parsed.GetValue(sample))
            {
                await Console.Out.WriteAsync(OptionTable.WriteSample());
                return ExitCode.Success;
            }

            await ServerProcess.RunAsync(ServerConfiguration.PathOf(parsed), parsed.GetValue(set) ?? [], SayReady);
            return ExitCode.Success;
        });
        return command;
    }

    private static void SayReady(KeyreeveServer server)
    {
        if (server.WhySealed is { } reason)
        {
            Console.Out.WriteLine("Keyreeve is sealed: " + reason);
            if (server.RestEndPoint is { } door)
                Console.Out.WriteLine($"  HTTPS      https://{HostOf(door)}:{door.Port} (takes shares: keyreeve seal unseal)");
            Console.Out.Flush();
            return;
        }

        Console.Out.WriteLine("Keyreeve is ready.");
        if (server.KmipEndPoint is { } kmip)
            Console.Out.WriteLine($"  KMIP       {HostOf(kmip)}:{kmip.Port}");
        Console.Out.WriteLine($"  authority  {server.RootFingerprint}");
        if (server.RestEndPoint is { } rest)
            Console.Out.WriteLine($"  HTTPS      https://{HostOf(rest)}:{rest.Port}");
        Console.Out.Flush();
    }

    /// <summary>By what name this machine's own clients reach it.</summary>
    private static string HostOf(IPEndPoint endPoint) =>
        IPAddress.IsLoopback(endPoint.Address) ? "localhost"
        : endPoint.Address.Equals(IPAddress.Any) || endPoint.Address.Equals(IPAddress.IPv6Any) ? Dns.GetHostName()
        : endPoint.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{endPoint.Address}]"
        : endPoint.Address.ToString();
}

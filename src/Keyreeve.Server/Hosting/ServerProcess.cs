using System.Runtime.InteropServices;
using Keyreeve.Core;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Logs;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>The server as a process of its own: hardened, logging to standard error, until it is told to end.</summary>
public static class ServerProcess
{
    /// <summary>Keeps this process's memory to itself, as the server's: for commands that hold its keys too.</summary>
    /// <exception cref="ConfigurationException">The environment asks for dumps.</exception>
    public static void Harden() => ProcessHardening.Apply();

    /// <summary>Runs the server until SIGINT or SIGTERM.</summary>
    /// <param name="configurationFile">The configuration file; null for the defaults alone.</param>
    /// <param name="overrides">Settings above the file's, as <c>section.key=value</c>.</param>
    /// <param name="started">Told once every door is open; before that once, if the server is sealed.</param>
    /// <returns>Completes when the server has stopped.</returns>
    /// <exception cref="ConfigurationException">The configuration cannot be used; every fault is listed.</exception>
    /// <exception cref="KeyreeveException">The server cannot start; the message says why and what to do.</exception>
    /// <exception cref="PrivateFileException">The data directory is open to others.</exception>
    /// <exception cref="IOException">A port cannot be had, or another process has the data directory.</exception>
    public static async Task RunAsync(string? configurationFile, IReadOnlyList<string> overrides, Action<KeyreeveServer>? started)
    {
        ProcessHardening.Apply();
        var options = configurationFile is null
            ? OptionsReader.Read("", "defaults", overrides)
            : OptionsReader.ReadFile(configurationFile, overrides);
        var time = TimeProvider.System;
        using var systemLog = SystemLog.Open(options, time);
        var logging = systemLog.Factory;
        var log = logging.CreateLogger(typeof(ServerProcess));

        var told = new TaskCompletionSource<PosixSignal>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Tell);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Tell);
        await using var server = await KeyreeveServer.StartAsync(options, logging, time, CancellationToken.None);
        using var reload = configurationFile is null ? null : ConfigurationReload.Register(() => OptionsReader.ReadFile(configurationFile, overrides), systemLog, server);
        started?.Invoke(server);
        if (server.WhySealed is not null) _ = TellWhenOpenAsync(server, started, log, told);
        log.LogInformation("{Signal}: stopping.", await told.Task);
        await server.StopAsync();

        static async Task TellWhenOpenAsync(KeyreeveServer server, Action<KeyreeveServer>? started, ILogger log, TaskCompletionSource<PosixSignal> told)
        {
            try
            {
                await server.WhenOpen;
                started?.Invoke(server);
            }
            catch (OperationCanceledException)
            {
                log.LogInformation("Stopped while it was sealed.");
            }
#pragma warning disable CA1031 // whatever it is, a server that cannot open its doors ends
            catch (Exception failure)
#pragma warning restore CA1031
            {
                log.LogError(failure, "The root key is open, but the server cannot serve.");
                told.TrySetResult(PosixSignal.SIGTERM);
            }
        }

        void Tell(PosixSignalContext context)
        {
            // A second signal ends the process at once, in case the first hangs.
            context.Cancel = told.TrySetResult(context.Signal);
        }
    }
}

using System.Runtime.InteropServices;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Logs;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Hosting;

/// <summary>
/// SIGHUP: reads the configuration again and takes over what can be changed without a restart: how much the log says, how
/// strict key groups are, which context values are recorded, masks, what fails closed, and alerts. A file with a fault changes nothing.
/// </summary>
internal static class ConfigurationReload
{
    /// <summary>Listens for the signal until it is disposed of.</summary>
    public static PosixSignalRegistration Register(Func<KeyreeveOptions> read, SystemLog systemLog, KeyreeveServer server)
    {
        var log = systemLog.Factory.CreateLogger(typeof(ConfigurationReload));
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            try
            {
                var changed = read();
                systemLog.Levels.Options = changed.Log;
                _ = RecordAsync(server.TakeOverAsync(changed), log);
                log.LogInformation("The configuration was read again: log levels, modes and protection of key groups, recorded context values, masks, what fails closed and alerts are the file's now; the rest takes a restart.");
                systemLog.Remind();
            }
            catch (ConfigurationException faulty)
            {
                log.LogError("The configuration was read again and has faults; what was in force stays. {Faults}", faulty.Message);
                _ = RecordAsync(server.RefuseReloadAsync(faulty.Faults.Length), log);
            }
        });
    }

    // The signal's thread does not wait for the disk.
    private static async Task RecordAsync(Task recording, ILogger log)
    {
        try
        {
            await recording;
        }
#pragma warning disable CA1031 // whatever it is, a server that serves goes on
        catch (Exception failure)
#pragma warning restore CA1031
        {
            log.LogError(failure, "The reload could not be recorded in the audit trail.");
        }
    }
}

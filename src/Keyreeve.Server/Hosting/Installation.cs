using Keyreeve.Core;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Sealing;

namespace Keyreeve.Server.Hosting;

/// <summary>Makes what <see cref="KeyreeveServer"/> starts from.</summary>
public static class Installation
{
    /// <summary>
    /// Makes root key, certificate authority and a one-time code for an administrator, where the configuration says; what
    /// is there already stays, and only the code is new.
    /// </summary>
    /// <param name="options">The configuration.</param>
    /// <param name="administratorName">The administrator's name.</param>
    /// <param name="trustedAuthorities">Certificates of your own authorities, PEM; null: Keyreeve's own issues clients' certificates.</param>
    /// <param name="log">Told what an operator should read.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="KeyreeveException">It cannot be made; the message says why and what to do.</exception>
    public static async Task<BootstrapResult> InitialiseAsync(
        KeyreeveOptions options, string administratorName, string? trustedAuthorities, Action<string> log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var slots = new ConfiguredSlots(options, TimeProvider.System, log);
        return await Bootstrap.InitialiseAsync(
            new BootstrapOptions
            {
                DataDirectory = options.Server.DataDirectory,
                Slots = slots.Slots,
                ServerNames = options.Server.Names,
                CertificateFiles = options.Server.Certificate,
                AdministratorName = administratorName,
                TrustedAuthorities = trustedAuthorities,
                Audit = options.Audit,
                Origin = OwnOrigin.Of(options),
                Log = log,
            },
            cancellationToken);
    }
}

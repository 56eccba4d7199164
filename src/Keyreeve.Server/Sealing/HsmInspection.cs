using Keyreeve.Pkcs11;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Sealing;

/// <summary>Tries the token that a configuration names, without a server.</summary>
public static class HsmInspection
{
    /// <summary>Tries it.</summary>
    /// <exception cref="ConfigurationException">The configuration names none.</exception>
    /// <exception cref="HsmException">It cannot be used; the message says why.</exception>
    public static async Task<HsmReport> RunAsync(KeyreeveOptions options, Action<string> log, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var tokenOptions = ConfiguredSlots.TokenOptionsOf(options)
            ?? throw new ConfigurationException([new ConfigurationFault("[hsm]", "No module is configured: set module, token-label and pin-file.")]);
        using var token = new HsmToken(tokenOptions, TimeProvider.System, log);
        return await HsmCheck.RunAsync(token, cancellationToken);
    }
}

namespace Keyreeve.Server.Configuration;

/// <summary>What holds between options.</summary>
internal static class OptionRules
{
    public static void Check(KeyreeveOptions options, string fileName, List<ConfigurationFault> faults)
    {
        if (!options.Rest.Enabled && !options.Kmip.Enabled)
            faults.Add(new ConfigurationFault(fileName, "Neither [rest] nor [kmip] is enabled: nothing would be served."));

        var samePort = options.Rest.Port == options.Kmip.Port && options.Rest.Port != 0;
        if (samePort && options.Rest.Enabled && options.Kmip.Enabled && options.Rest.Listen.Equals(options.Kmip.Listen))
            faults.Add(new ConfigurationFault(fileName, $"[rest] and [kmip] both have port {options.Rest.Port}; each needs its own."));

        var certificate = options.Server.Certificate;
        if (certificate.CertificateFile is null != certificate.KeyFile is null)
            faults.Add(new ConfigurationFault(fileName, "[server] certificate-file and certificate-key-file go together: set both, or neither."));
        if (certificate.KeyFile is { } key && IsInside(key, options.Server.DataDirectory))
            faults.Add(new ConfigurationFault(fileName, $"The certificate-key-file '{key}' lies in the data-directory: a backup of the folder would hold it."));

        // A passphrase kept with the data opens the data for whoever copies it.
        if (IsInside(options.Seal.PassphraseFile, options.Server.DataDirectory))
            faults.Add(new ConfigurationFault(
                fileName, $"The passphrase-file '{options.Seal.PassphraseFile}' lies in the data-directory: a copy of the folder would open itself."));

        if (options.Hsm.Module is not null && options.Hsm.TokenLabel is null && options.Hsm.TokenSerial is null)
            faults.Add(new ConfigurationFault(fileName, "[hsm] has a module, but neither token-label nor token-serial says which token."));
        if (options.Hsm.Module is not null && IsInside(options.Hsm.PinFile, options.Server.DataDirectory))
            faults.Add(new ConfigurationFault(fileName, $"The pin-file '{options.Hsm.PinFile}' lies in the data-directory: a backup of the folder would hold it."));

        if (options.SealKmip.Endpoint is not null && IsInside(options.SealKmip.KeyFile, options.Server.DataDirectory))
            faults.Add(new ConfigurationFault(fileName, $"The [seal-kmip] key-file '{options.SealKmip.KeyFile}' lies in the data-directory: a backup of the folder would hold it."));

        if (options.Notify.Endpoint is null != options.Notify.Principal is null)
            faults.Add(new ConfigurationFault(fileName, "[notify] needs both an endpoint and the principal that it is, or neither."));
        if (options.Notify is { Encoding: not MessageEncoding.Ttlv, Endpoint: not { Address: not null } })
            faults.Add(new ConfigurationFault(fileName, "[notify] encoding xml or json needs an endpoint of HTTPS, such as 'https://tape-library.example/kmip'."));

        if (!options.Attestation.IsEmpty && options.Kmip.Attesters.IsEmpty)
            faults.Add(new ConfigurationFault(fileName, "[attestation] demands attestations, but [attesters] names no machine that could give one."));

        CheckConnections(options.Rest.MaxConnectionsPerIdentity, options.Rest.MaxConnections, "rest", fileName, faults);
        CheckConnections(options.Kmip.MaxConnectionsPerIdentity, options.Kmip.MaxConnections, "kmip", fileName, faults);
    }

    private static void CheckConnections(int perIdentity, int all, string section, string fileName, List<ConfigurationFault> faults)
    {
        if (perIdentity > all)
            faults.Add(new ConfigurationFault(
                fileName, $"[{section}] max-connections-per-identity is {perIdentity}, above max-connections, which is {all}."));
    }

    private static bool IsInside(string path, string folder)
    {
        var relative = Path.GetRelativePath(folder, path);
        return !Path.IsPathRooted(relative) && relative is not ".." && !relative.StartsWith("../", StringComparison.Ordinal);
    }
}

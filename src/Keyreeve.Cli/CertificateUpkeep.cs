using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli;

/// <summary>Renews the certificate when a command is done and it is due: nobody waits for it otherwise, and the command has succeeded.</summary>
internal static class CertificateUpkeep
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    public static async Task RenewIfDueAsync(KeyreeveClient client, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            foreach (var renewal in await client.RenewCertificatesAsync(evenIfNotDue: false, either.Token))
            {
                if (renewal.Outcome == CertificateRenewalOutcome.NotPossible)
                    Warn($"The certificate in '{renewal.CertificateFile}' ends {renewal.ValidUntil:u} and does not renew itself. {renewal.Reason}");
            }
        }
        catch (Exception e) when (e is KeyreeveClientException or IOException or UnauthorizedAccessException or PrivateFileException or CryptographicException or OperationCanceledException)
        {
            Warn($"The certificate is due to be renewed, and could not be: {e.Message} It is tried again with the next command; keyreeve client renew tries now.");
        }
    }

    private static void Warn(string message) => Console.Error.WriteLine($"keyreeve: {message}");
}

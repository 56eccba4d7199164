using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve authority crl</c></summary>
internal static class AuthorityCrlCommand
{
    public static Command Create()
    {
        var output = new Option<string?>("--out", "-o") { Description = "The file to write (default: standard output); comes into being whole or not at all", HelpName = "FILE" };
        var command = new CliCommand("crl", "Write the lists of revoked certificates, PEM, for others that take these certificates")
        {
            Remarks = "One list of each authority that 'keyreeve authority status' shows. A list holds for 24 hours: fetch it more often than that.",
            Examples = ["keyreeve authority crl --out /etc/nginx/keyreeve-crl.pem"],
        };
        command.Add(output);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var lists = new StringBuilder();
            foreach (var authority in await session.Client.Authorities.ListAsync(cancellationToken))
            {
                var list = await session.Client.Authorities.GetRevocationListAsync(authority.Fingerprint, cancellationToken);
                lists.Append(PemEncoding.WriteString("X509 CRL", list)).Append('\n');
            }

            if (parsed.GetValue(output) is not { } path)
            {
                await Console.Out.WriteAsync(lists, cancellationToken);
                return;
            }

            using var file = PendingFile.Create(path);
            await file.Stream.WriteAsync(Encoding.ASCII.GetBytes(lists.ToString()), cancellationToken);
            file.Commit(overwrite: true);
        }));
        return command;
    }
}

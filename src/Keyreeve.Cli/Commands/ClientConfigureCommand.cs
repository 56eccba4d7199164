using System.CommandLine;
using System.Text;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve client configure</c></summary>
internal static class ClientConfigureCommand
{
    public static Command Create()
    {
        var force = new Option<bool>("--force", "-f") { Description = "Replace the configuration that is there" };
        var command = new CliCommand("configure", "Walk through the configuration of a client, write it, and register where that is wanted")
        {
            Remarks = "Asks on the terminal, or reads the answers, one a line, from standard input. With a one-time code for a Keyreeve\n"
                + "server a key is made here and certified, as 'keyreeve enroll' does; otherwise certificate and key are named.",
            Examples = ["keyreeve client configure", "keyreeve client configure --config shop.conf --force"],
        };
        command.Add(force);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = Path.GetFullPath(parsed.GetValue(GlobalOptions.Config) ?? ClientConfiguration.DefaultPath);
            if (Path.Exists(path) && !parsed.GetValue(force))
                throw new CliException(ExitCode.File, $"'{path}' exists already.", "replace it with --force, or name another with --config");
            var folder = Path.GetDirectoryName(path)!;
            if (!OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder, PrivateFile.DirectoryMode);
            var text = await ComposeAsync(path, cancellationToken);
            // What would not be read again is not written.
            ClientSettings.Parse(text, path);
            PrivateFile.Write(path, Encoding.UTF8.GetBytes(text));
            new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)).WriteRemark($"written to {path}\n\nNext: keyreeve client check --config {path}");
            return ExitCode.Success;
        });
        return command;
    }

    private static async Task<string> ComposeAsync(string path, CancellationToken cancellationToken)
    {
        var provider = Ask("Key provider (keyreeve, kmip or pkcs11)", "keyreeve");
        var text = new StringBuilder("# Keyreeve, client. Written by 'keyreeve client configure'; docs/client-configuration.md has every setting.\n\n[client]\n");
        Set(text, "provider", provider);
        if (provider is "pkcs11")
        {
            Set(text, "token-module", Ask("Full path of the PKCS #11 module"));
            Set(text, "token", Ask("Label of the token"));
            Set(text, "token-pin-file", Ask("File with the PIN"));
        }
        else
        {
            var port = provider is "kmip" ? 5696 : 8443;
            var servers = Ask($"Servers, the preferred one first, separated by commas (HOST or HOST:PORT; port {port} if left out)");
            var code = provider is "keyreeve" ? Ask("One-time code (empty: you have a certificate already)", "") : "";
            if (code.Length > 0)
                await EnrolAsync(path, servers, code, cancellationToken);
            Set(text, "servers", servers);
            Set(text, "authority", code.Length > 0 ? "client-authority.pem" : Ask("Certificate authority: file, folder, or sha256:FINGERPRINT"));
            Set(text, "certificate", code.Length > 0 ? "client-certificate.pem" : Ask("Your certificate: PEM or PKCS #12 (.p12)"));
            var needsKey = code.Length == 0 && !text.ToString().TrimEnd().EndsWith(".p12", StringComparison.OrdinalIgnoreCase);
            if (code.Length > 0 || needsKey)
                Set(text, "private-key", code.Length > 0 ? "client-key.pem" : Ask("Its private key: PEM or a PKCS #11 URI (pkcs11:…)"));
            else
                Set(text, "private-key-password-file", Ask("File with the password of the PKCS #12 (empty: none)", ""));
            if (provider is "kmip")
            {
                Set(text, "user", Ask("User name, where the server wants one (empty: none)", ""));
                Set(text, "password-file", Ask("File with that user's password (empty: none)", ""));
            }
        }

        Set(text, "key", Ask("Name of the key to encrypt under (empty: it is named each time)", ""));
        Set(text, "purpose", Ask("Purpose code for the audit trail (empty: none)", ""));
        return text.ToString();
    }

    private static async Task EnrolAsync(string path, string servers, string code, CancellationToken cancellationToken)
    {
        var folder = Path.GetDirectoryName(path)!;
        try
        {
            await Enrolment.RunAsync(
                new EnrolmentRequest
                {
                    Server = ClientSettings.ParseAddress(servers.Split(',')[0].Trim()),
                    Code = code,
                    CaFingerprint = CaFingerprint.Parse(Ask("Fingerprint that came with the code")),
                    PrivateKeyFile = Path.Combine(folder, "client-key.pem"),
                    CertificateFile = Path.Combine(folder, "client-certificate.pem"),
                    CertificateAuthorityFile = Path.Combine(folder, "client-authority.pem"),
                    Overwrite = true,
                },
                cancellationToken);
        }
        catch (FormatException e)
        {
            throw new CliException(ExitCode.Usage, $"The answer {e.Message}");
        }
    }

    private static void Set(StringBuilder text, string key, string value)
    {
        if (value.Length > 0)
            text.Append(key).Append(" = ").Append(value).Append('\n');
    }

    private static string Ask(string question, string? standard = null)
    {
        Console.Error.Write(standard is { Length: > 0 } ? $"{question} [{standard}]: " : $"{question}: ");
        var answer = Console.In.ReadLine()?.Trim() ?? throw new CliException(ExitCode.Usage, "The answers ended.", "answer on the terminal, or give one answer a line on standard input");
        return answer.Length > 0 ? answer : standard ?? throw new CliException(ExitCode.Usage, $"'{question}' needs an answer.");
    }
}

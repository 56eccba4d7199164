using System.CommandLine;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve enroll</c></summary>
internal static class EnrollCommand
{
    public static Command Create()
    {
        var server = new Option<string>("--server", "-s") { Description = "The server, such as https://localhost:8443", HelpName = "ADDRESS", Required = true };
        var code = new Option<string?>("--code") { Description = "The one-time code; '-' reads it from standard input (default: it is asked for)", HelpName = "CODE" };
        var fingerprint = new Option<string>("--ca-fingerprint") { Description = "The fingerprint that came with the code", HelpName = "HEX", Required = true };
        var curve = new Option<string>("--curve") { Description = "Curve of the key pair: p256 (default) or p384", HelpName = "CURVE" };
        curve.AcceptOnlyFromAmong("p256", "p384");
        var certificate = new Option<string?>("--certificate") { Description = "The certificate that your own authority issued, PEM, where the server issues none", HelpName = "FILE" };
        var privateKey = new Option<string?>("--private-key") { Description = "That certificate's key, PEM, or a pkcs11: URI", HelpName = "FILE" };
        var force = new Option<bool>("--force", "-f") { Description = "Replace the key, certificate and configuration that are there" };
        var command = new CliCommand("enroll", "Become a principal: make a key here, and get a certificate for a one-time code")
        {
            Remarks = "Key, certificate and configuration go to the folder of the configuration file, for you alone to read. The\n"
                + "private key is made here and never leaves. The code is worthless once used, so it may stand on the command line;\n"
                + "until then others on this machine could read it there. With --certificate nothing is made: the code binds that certificate's\n"
                + "key to the principal, and the configuration names the files where they are.",
            Examples =
            [
                "keyreeve enroll --server https://localhost:8443 --code kr-… --ca-fingerprint 3f2a…",
                "keyreeve enroll -s https://kms:8443 --ca-fingerprint 3f2a… --config ./shop.conf --code - < code.txt",
                "keyreeve enroll -s https://kms:8443 --ca-fingerprint 3f2a… --code kr-… --certificate alice.pem --private-key alice.key",
            ],
        };
        foreach (var option in (Option[])[server, code, fingerprint, curve, certificate, privateKey, force])
            command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = Path.GetFullPath(parsed.GetValue(GlobalOptions.Config) ?? ClientConfiguration.DefaultPath);
            var replace = parsed.GetValue(force);
            if (!replace && File.Exists(configuration))
                throw new CliException(ExitCode.File, $"'{configuration}' exists already.", "replace it with --force, or choose another with --config");
            var stem = Path.Combine(Path.GetDirectoryName(configuration)!, Path.GetFileNameWithoutExtension(configuration));
            var (own, ownKey) = (PathOf(parsed.GetValue(certificate)), PathOf(parsed.GetValue(privateKey)));
            CheckOwn(own, ownKey, parsed.GetValue(curve));
            var request = new EnrolmentRequest
            {
                Server = Parse(parsed.GetRequiredValue(server), "--server", ClientConfiguration.Server),
                Code = ReadCode(parsed.GetValue(code)),
                CaFingerprint = Parse(parsed.GetRequiredValue(fingerprint), "--ca-fingerprint", CaFingerprint.Parse),
                PrivateKeyFile = ownKey ?? $"{stem}-key.pem",
                CertificateFile = own ?? $"{stem}-certificate.pem",
                HasCertificate = own is not null,
                CertificateAuthorityFile = $"{stem}-authority.pem",
                Curve = parsed.GetValue(curve) is "p384" ? EnrolmentCurve.P384 : EnrolmentCurve.P256,
                Overwrite = replace,
            };
            var options = await InFolderAsync(Path.GetDirectoryName(configuration)!, () => Enrolment.RunAsync(request, cancellationToken));
            PrivateFile.Write(configuration, Encoding.UTF8.GetBytes(ClientConfiguration.Write(options, configuration)));
            Report(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), options, configuration, hasOwnName: own is null);
            return ExitCode.Success;
        });
        return command;
    }

    // A certificate of another authority says what that calls its holder, and not whom the code made of him.
    private static void Report(OutputWriter output, ClientOptions options, string configuration, bool hasOwnName)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(options.CertificateFile!));
        var enrolled = new Enrolled(
            hasOwnName ? certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) : null,
            ClientConfiguration.Address(options.Servers[0]),
            options.PrivateKeyFile!,
            options.CertificateFile!,
            new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            configuration);
        output.WriteFields(
            enrolled,
            new Column<Enrolled>("enrolled as", static e => e.Name),
            new Column<Enrolled>("at", static e => e.Server),
            new Column<Enrolled>("private key", static e => e.PrivateKeyFile),
            new Column<Enrolled>("certificate", static e => e.CertificateFile),
            new Column<Enrolled>("valid until", static e => Size.Time(e.ValidUntil)),
            new Column<Enrolled>("configuration", static e => e.Configuration));
        var option = string.Equals(configuration, ClientConfiguration.DefaultPath, StringComparison.Ordinal) ? "" : $" --config {configuration}";
        output.WriteRemark($"\nNext: keyreeve status{option}");
    }

    // Of files, where they are, wherever the configuration is read from later.
    private static string? PathOf(string? given) => given is null || given.StartsWith("pkcs11:", StringComparison.Ordinal) ? given : Path.GetFullPath(given);

    private static void CheckOwn(string? certificate, string? privateKey, string? curve)
    {
        if ((certificate is null) != (privateKey is null))
            throw new CliException(ExitCode.Usage, "--certificate and --private-key belong together.", "give both, PEM, or neither to have a key made here");
        if (certificate is not null && curve is not null)
            throw new CliException(ExitCode.Usage, "--curve is for a key that is made here; with --certificate none is.", "leave one of the two out");
        if (certificate is not null && !File.Exists(certificate))
            throw new CliException(ExitCode.File, $"There is no file '{certificate}'.", "give the certificate that your authority issued");
    }

    // Makes the folder, and takes it back, with those above it that were made, if nothing comes of it: who is refused leaves nothing behind.
    private static async Task<ClientOptions> InFolderAsync(string folder, Func<Task<ClientOptions>> enrol)
    {
        var made = new List<string>();
        for (var missing = folder; missing is not null && !Directory.Exists(missing); missing = Path.GetDirectoryName(missing)) made.Add(missing);
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder, PrivateFile.DirectoryMode);
        try
        {
            return await enrol();
        }
        catch
        {
            foreach (var empty in made.TakeWhile(static one => Directory.Exists(one) && !Directory.EnumerateFileSystemEntries(one).Any())) Directory.Delete(empty);
            throw;
        }
    }

    private static string ReadCode(string? given) =>
        (given switch
        {
            null => Prompt.Ask("One-time code: "),
            "-" => Console.In.ReadLine()?.Trim(),
            _ => given,
        }) is { Length: > 0 } code
            ? code
            : throw new CliException(ExitCode.Usage, "A one-time code is needed.", "--code CODE, or --code - to read it from standard input");

    private static T Parse<T>(string text, string option, Func<string, T> parse)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            throw new CliException(ExitCode.Usage, $"'{option}': {e.Message}");
        }
    }

    private sealed record Enrolled(
        string? Name, string Server, string PrivateKeyFile, string CertificateFile, DateTimeOffset ValidUntil, string Configuration);
}

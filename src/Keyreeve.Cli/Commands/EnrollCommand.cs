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
        var force = new Option<bool>("--force", "-f") { Description = "Replace the key, certificate and configuration that are there" };
        var command = new CliCommand("enroll", "Become a principal: make a key here, and get a certificate for a one-time code")
        {
            Remarks = "Key, certificate and configuration go to the folder of the configuration file, for you alone to read. The\n"
                + "private key is made here and never leaves. The code is worthless once used, so it may stand on the command line;\n"
                + "until then others on this machine could read it there.",
            Examples =
            [
                "keyreeve enroll --server https://localhost:8443 --code kr-… --ca-fingerprint 3f2a…",
                "keyreeve enroll -s https://kms:8443 --ca-fingerprint 3f2a… --config ./shop.conf --code - < code.txt",
            ],
        };
        foreach (var option in (Option[])[server, code, fingerprint, curve, force])
            command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var configuration = Path.GetFullPath(parsed.GetValue(GlobalOptions.Config) ?? ClientConfiguration.DefaultPath);
            var replace = parsed.GetValue(force);
            if (!replace && File.Exists(configuration))
                throw new CliException(ExitCode.File, $"'{configuration}' exists already.", "replace it with --force, or choose another with --config");
            var stem = Path.Combine(PrepareFolder(configuration), Path.GetFileNameWithoutExtension(configuration));
            var options = await Enrolment.RunAsync(
                new EnrolmentRequest
                {
                    Server = Parse(parsed.GetRequiredValue(server), "--server", ClientConfiguration.Server),
                    Code = ReadCode(parsed.GetValue(code)),
                    CaFingerprint = Parse(parsed.GetRequiredValue(fingerprint), "--ca-fingerprint", CaFingerprint.Parse),
                    PrivateKeyFile = $"{stem}-key.pem",
                    CertificateFile = $"{stem}-certificate.pem",
                    CertificateAuthorityFile = $"{stem}-authority.pem",
                    Curve = parsed.GetValue(curve) is "p384" ? EnrolmentCurve.P384 : EnrolmentCurve.P256,
                    Overwrite = replace,
                },
                cancellationToken);
            PrivateFile.Write(configuration, Encoding.UTF8.GetBytes(ClientConfiguration.Write(options, configuration)));
            Report(new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed)), options, configuration);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Report(OutputWriter output, ClientOptions options, string configuration)
    {
        using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(options.CertificateFile!));
        var enrolled = new Enrolled(
            certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false),
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

    private static string PrepareFolder(string configuration)
    {
        var folder = Path.GetDirectoryName(configuration)!;
        if (!OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder, PrivateFile.DirectoryMode);
        return folder;
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
        string Name, string Server, string PrivateKeyFile, string CertificateFile, DateTimeOffset ValidUntil, string Configuration);
}

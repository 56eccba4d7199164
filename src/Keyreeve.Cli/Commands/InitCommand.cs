using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve init</c></summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var set = ServerConfiguration.Set();
        var administrator = new Option<string>("--administrator") { Description = "Name of the administrator who enrols with the code", HelpName = "NAME", DefaultValueFactory = static _ => "admin" };
        var trusted = new Option<string?>("--client-authorities") { Description = "Certificates, in PEM, of your own authorities that issue clients' certificates (default: Keyreeve's own authority does)", HelpName = "FILE" };
        var command = new CliCommand("init", "Make a new installation: root key, certificate authority, and a one-time code for the first administrator")
        {
            RunsAtServer = true,
            Remarks = "Runs on the server's machine while the server does not. Run again, it keeps what is there and makes a new code.\n"
                + "The administrator administers keys and principals, and may neither use nor export keys.",
            Examples =
            [
                "keyreeve init --config /etc/keyreeve/keyreeve.conf",
                "keyreeve init --config keyreeve.conf --client-authorities our-ca.pem --administrator alice",
            ],
        };
        command.Add(set);
        command.Add(administrator);
        command.Add(trusted);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ServerProcess.Harden();
            var options = OptionsReader.ReadFile(ServerConfiguration.PathOf(parsed), parsed.GetValue(set) ?? []);
            var authorities = parsed.GetValue(trusted) is { } file ? await File.ReadAllTextAsync(file, cancellationToken) : null;
            var made = await Installation.InitialiseAsync(
                options, parsed.GetRequiredValue(administrator), authorities, Console.Error.WriteLine, cancellationToken);
            var output = new OutputWriter(Console.Out, GlobalOptions.FormatOf(parsed));
            output.WriteFields(
                new Made(made.IsNew, options.Server.DataDirectory, made.AdministratorName, made.AdministratorCode, made.CodeExpiresAt, made.AuthorityFingerprint, made.AuthorityFile),
                new Column<Made>("data", static m => $"{m.DataDirectory}{(m.IsNew ? "" : " (was there already; only the code is new)")}"),
                new Column<Made>("administrator", static m => m.Administrator),
                new Column<Made>("code", static m => m.Code),
                new Column<Made>("valid until", static m => Size.Time(m.ExpiresAt)),
                new Column<Made>("fingerprint", static m => m.CaFingerprint),
                new Column<Made>("authority", static m => m.CaFile));
            output.WriteRemark("\nNext: start the server (keyreeve server), then on the administrator's machine:");
            output.WriteRemark($"  keyreeve enroll --server https://{options.Server.Names[0]}:{options.Rest.Port} --code {made.AdministratorCode} --ca-fingerprint {made.AuthorityFingerprint}");
            return ExitCode.Success;
        });
        return command;
    }

    // A class: a record's generated ToString would print the code.
    private sealed class Made(bool isNew, string dataDirectory, string administrator, string code, DateTimeOffset expiresAt, string caFingerprint, string caFile)
    {
        public bool IsNew { get; } = isNew;

        public string DataDirectory { get; } = dataDirectory;

        public string Administrator { get; } = administrator;

        public string Code { get; } = code;

        public DateTimeOffset ExpiresAt { get; } = expiresAt;

        public string CaFingerprint { get; } = caFingerprint;

        public string CaFile { get; } = caFile;
    }
}

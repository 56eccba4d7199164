using System.CommandLine;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>The options by which a command is told a credential.</summary>
internal sealed class CredentialOptions
{
    private readonly Option<string?> _issuer = new("--issuer") { Description = "The issuer of tokens, exactly as they have it in 'iss'", HelpName = "ISSUER" };
    private readonly Option<string?> _subject = new("--subject") { Description = "The tokens' subject, exactly as they have it in 'sub'", HelpName = "SUBJECT" };
    private readonly Option<string?> _name = new("--certificate-name") { Description = "A name in certificates of your authority: uri:spiffe://… or dns:…", HelpName = "NAME" };
    private readonly Option<string?> _authority = new("--authority") { Description = "SHA-256 of your root's public key, if the server trusts several", HelpName = "FINGERPRINT" };

    public void AddTo(Command command)
    {
        command.Add(_issuer);
        command.Add(_subject);
        command.Add(_name);
        command.Add(_authority);
    }

    public NewCredential Read(ParseResult parsed) => (parsed.GetValue(_issuer), parsed.GetValue(_subject), parsed.GetValue(_name)) switch
    {
        ({ } issuer, { } subject, null) => NewCredential.OfTokenSubject(issuer, subject),
        (null, null, { } name) => NewCredential.OfCertificateName(name, parsed.GetValue(_authority)),
        _ => throw new CliException(ExitCode.Usage, "It is not said by what the principal is recognised.", "name --issuer and --subject, or --certificate-name"),
    };
}

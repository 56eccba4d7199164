using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve tenant create</c></summary>
internal static class TenantCreateCommand
{
    public static Command Create()
    {
        var tenant = TenantTable.Argument();
        var administrator = new Option<string>("--administrator") { Description = "Name of its first administrator, who enrols with the code", HelpName = "NAME", Required = true };
        var issuer = new Option<string[]>("--issuer")
        {
            Description = "An issuer of tokens (its 'iss') or an authority (SHA-256 of its public key) that vouches for this tenant's principals and nobody else's; may be repeated",
            HelpName = "ISSUER",
        };
        var validFor = TenantTable.ValidFor();
        var command = new CliCommand("create", "Make a tenant: an isolated owner with a key-encryption key of its own, and a one-time code for its first administrator")
        {
            Remarks = "Whoever makes a tenant has no right in it. Its administrator administers keys and principals there, and reads its audit trail.",
            Examples = ["keyreeve tenant create acme --administrator alice", "keyreeve tenant create acme --administrator alice --issuer https://login.acme.example --valid-for 1d"],
        };
        command.Add(tenant);
        command.Add(administrator);
        command.Add(issuer);
        command.Add(validFor);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var created = await session.Client.Tenants.CreateAsync(
                new NewTenant
                {
                    Name = parsed.GetRequiredValue(tenant),
                    Administrator = parsed.GetRequiredValue(administrator),
                    Issuers = [.. parsed.GetValue(issuer) ?? []],
                    ValidFor = TenantTable.ValidFor(parsed, validFor),
                },
                cancellationToken);
            session.Output.WriteFields(
                created,
                new Column<CreatedTenant>("tenant", static c => c.Tenant.Name),
                new Column<CreatedTenant>("number", static c => c.Tenant.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                new Column<CreatedTenant>("code", static c => c.Code.Code),
                new Column<CreatedTenant>("fingerprint", static c => c.Code.CaFingerprint),
                new Column<CreatedTenant>("valid until", static c => Size.Time(c.Code.ExpiresAt)));
            TenantTable.WriteNext(session, created.Code);
        }));
        return command;
    }
}

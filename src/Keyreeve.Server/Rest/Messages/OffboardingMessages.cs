using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("Who is to be shut out: exactly one of principal, group, tenant and issuer.")]
internal sealed record OffboardingBody
{
    [Description("The principal of that name.")]
    public string? Principal { get; init; }

    [Description("Everybody whose rights lie in that key group, and in no other.")]
    public string? Group { get; init; }

    [Description("That tenant, which is frozen; asked in the root tenant.")]
    public string? Tenant { get; init; }

    [Description("Whatever that issuer of tokens or authority vouches for: its 'iss', or the SHA-256 of its public key.")]
    public string? Issuer { get; init; }

    [Description("Whether it is only to be found out what would be done; false if absent.")]
    public bool DryRun { get; init; }

    [Description("What is done with the keys they touched: leave (if absent), rotate or disable.")]
    public string? Keys { get; init; }
}

[Description("A report and its signature.")]
internal sealed record OffboardingMessage
{
    [Description("The report, a JSON document; what is signed is its UTF-8.")]
    public required string Report { get; init; }

    [Description("The Ed25519 signature by the key that signs the audit trail's checkpoints.")]
    public required byte[] Signature { get; init; }

    [Description("The public key, as the trail's verifier.pub has it.")]
    public required string Verifier { get; init; }
}

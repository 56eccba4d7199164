using System.Net;
using System.Threading.RateLimiting;
using Keyreeve.Core.Operations.Grants;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Identity;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>The operations on principals, and the brake on whoever guesses enrolment codes.</summary>
internal sealed class PrincipalServices : IDisposable
{
    private readonly PartitionedRateLimiter<string> _attempts;

    public PrincipalServices(ServerIdentity identity, int enrolmentsPerMinute)
    {
        IssueCode = new IssueEnrolmentCodeOperation(identity.Principals);
        Enrol = new EnrolOperation(identity.Principals, identity.Issuer);
        Renew = new RenewCertificateOperation(identity.Principals, identity.Issuer);
        List = new ListPrincipalsOperation(identity.Principals);
        Add = new AddPrincipalOperation(identity.Principals);
        Disable = new DisablePrincipalOperation(identity.Principals);
        AddCredential = new AddCredentialOperation(identity.Principals);
        RemoveCredential = new RemoveCredentialOperation(identity.Principals);
        Tokens = new TokenServices(identity.Principals);
        CreateGrant = new CreateGrantOperation(identity.Principals);
        Identity = identity;
        ReplaceAuthority = new ReplaceAuthorityOperation(identity.Authorities);
        _attempts = PartitionedRateLimiter.Create<string, string>(address => RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = enrolmentsPerMinute, Window = TimeSpan.FromMinutes(1), QueueLimit = 0 }));
    }

    public IssueEnrolmentCodeOperation IssueCode { get; }

    public EnrolOperation Enrol { get; }

    public RenewCertificateOperation Renew { get; }

    public ListPrincipalsOperation List { get; }

    public AddPrincipalOperation Add { get; }

    public DisablePrincipalOperation Disable { get; }

    public AddCredentialOperation AddCredential { get; }

    public RemoveCredentialOperation RemoveCredential { get; }

    public TokenServices Tokens { get; }

    public ReplaceAuthorityOperation ReplaceAuthority { get; }

    public CreateGrantOperation CreateGrant { get; }

    /// <summary>Which authorities and issuers are trusted.</summary>
    public ServerIdentity Identity { get; }

    /// <summary>Of the one whose certificates the server shows.</summary>
    public string AuthorityFingerprint => Identity.RootFingerprint;

    /// <summary>Whether one more attempt is allowed from that address now.</summary>
    public bool TryEnrolFrom(string address)
    {
        using var lease = _attempts.AttemptAcquire(OriginOf(address));
        return lease.IsAcquired;
    }

    public void Dispose() => _attempts.Dispose();

    internal static string OriginOf(string address) => IPAddress.TryParse(address, out var parsed) ? NetworkOrigin.Of(parsed) : address;
}

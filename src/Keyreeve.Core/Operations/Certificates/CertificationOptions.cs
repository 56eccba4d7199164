using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>
/// What the standard leaves to the server when a certificate is asked for. The authority is a key pair that is a managed object
/// like any other; never the one whose certificates clients enrol with.
/// </summary>
public sealed record CertificationOptions
{
    /// <summary>The Name of the private key that signs for requests that name no authority; empty: such requests are refused.
    /// If there is no such key, one is made when it is first asked for.</summary>
    public string AuthorityName { get; init; } = "certificate-authority";

    /// <summary>The key group that this key has to be in, so that nobody puts his own in its place.</summary>
    public GroupName AuthorityGroup { get; init; } = GroupName.Parse("certificate-authority");

    /// <summary>The subject of an authority that is made, as in <c>CN=Authority, O=Example, C=US</c>.</summary>
    public string AuthoritySubject { get; init; } = "CN=Keyreeve Certificate Authority";

    /// <summary>How long certificates hold whose requests do not say it.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(365);

    /// <summary>How long the certificate of an authority that is made holds.</summary>
    public TimeSpan AuthorityLifetime { get; init; } = TimeSpan.FromDays(3652);
}

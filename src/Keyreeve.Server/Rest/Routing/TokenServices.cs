using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>The operations on tokens: on others', and on the caller's own.</summary>
internal sealed class TokenServices(PrincipalDirectory principals)
{
    public CreateTokenOperation Create { get; } = new(principals, isOwn: false);

    public CreateTokenOperation CreateOwn { get; } = new(principals, isOwn: true);

    public ListTokensOperation List { get; } = new(principals, isOwn: false);

    public ListTokensOperation ListOwn { get; } = new(principals, isOwn: true);

    public RevokeTokenOperation Revoke { get; } = new(principals, isOwn: false);

    public RevokeTokenOperation RevokeOwn { get; } = new(principals, isOwn: true);

    /// <summary>Whether a token is the caller's own.</summary>
    public bool IsOf(Principal caller, string identity) =>
        principals.FindToken(identity) is { } found && string.Equals(found.Principal.Fingerprint, caller.Fingerprint, StringComparison.Ordinal);
}

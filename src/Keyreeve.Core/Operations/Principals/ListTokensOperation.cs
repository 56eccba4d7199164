using System.Collections.Immutable;
using Keyreeve.Core.Access;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks which tokens there are.</summary>
/// <param name="PrincipalName">Whose; null for everybody's.</param>
public sealed record ListTokensRequest(string? PrincipalName);

/// <summary>A token that there is.</summary>
/// <param name="PrincipalName">Whose.</param>
/// <param name="Credential">What is kept of it.</param>
/// <param name="LastUsedAt">When it was used last; null if it never was.</param>
public sealed record KnownToken(string PrincipalName, PrincipalCredential Credential, DateTimeOffset? LastUsedAt);

/// <summary>Lists tokens, those of others or the caller's own; the tokens themselves nobody can list.</summary>
/// <param name="directory">Who is known.</param>
/// <param name="isOwn">Whether only the caller's own.</param>
public sealed class ListTokensOperation(PrincipalDirectory directory, bool isOwn) : Operation<ListTokensRequest, ImmutableArray<KnownToken>>
{
    /// <inheritdoc/>
    public override OperationName Name => isOwn ? OperationName.ListOwnTokens : OperationName.ListTokens;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ListTokensRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(isOwn || request.PrincipalName is not { } name ? null : directory.ScopeOf(scope, name), null));

    /// <inheritdoc/>
    protected internal override ValueTask<ImmutableArray<KnownToken>> ExecuteAsync(
        OperationScope scope, OperationTarget target, ListTokensRequest request, CancellationToken cancellationToken)
    {
        var name = isOwn ? scope.Call.Principal.Name : request.PrincipalName;
        // By name already, and each principal's by age.
        var tokens = from known in directory.List(scope.Tenant)
                     where !known.Principal.IsDisabled && (name is null || string.Equals(known.Principal.Name, name, StringComparison.Ordinal))
                     from credential in known.Credentials
                     where credential.Token is not null
                     select new KnownToken(known.Principal.Name, credential, directory.TokenUses.LastOf(credential.Identity));
        ImmutableArray<KnownToken> found = [.. tokens];
        scope.Audit.Count = found.Length;
        return ValueTask.FromResult(found);
    }
}

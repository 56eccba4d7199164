using System.Collections.Immutable;
using System.Xml;
using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Principals;

/// <summary>Asks for a token with which a principal is recognised for a while, with a part of its rights.</summary>
public sealed record CreateTokenRequest
{
    /// <summary>Whose it is to be, compared ordinally; for one of one's own, the caller's name.</summary>
    public required string PrincipalName { get; init; }

    /// <summary>What it is for.</summary>
    public required string Label { get; init; }

    /// <summary>Which roles of its principal it has; at least one. What the principal may not, its token may not either.</summary>
    public required ImmutableArray<Role> Roles { get; init; }

    /// <summary>In which key groups.</summary>
    public ImmutableArray<GroupName> Groups { get; init; } = [];

    /// <summary>For which keys besides.</summary>
    public ImmutableArray<UniqueIdentifier> Keys { get; init; } = [];

    /// <summary>From which networks.</summary>
    public ImmutableArray<string> Networks { get; init; } = [];

    /// <summary>How long it holds.</summary>
    public TimeSpan ValidFor { get; init; } = TokenTerms.DefaultLifetime;
}

/// <summary>A token, shown once.</summary>
// A class: a record's generated ToString would print the token.
public sealed class IssuedToken
{
    /// <summary>The token itself.</summary>
    public required string Token { get; init; }

    /// <summary>Whose it is.</summary>
    public required string PrincipalName { get; init; }

    /// <summary>What is kept of it.</summary>
    public required PrincipalCredential Credential { get; init; }
}

/// <summary>
/// Makes a token, for another principal or for the caller itself. Who makes one for another needs the right for all that this one
/// may do. A token makes none: else it would never end.
/// </summary>
/// <param name="directory">Who is known.</param>
/// <param name="isOwn">Whether it is for the caller itself.</param>
public sealed class CreateTokenOperation(PrincipalDirectory directory, bool isOwn) : Operation<CreateTokenRequest, IssuedToken>, IGuarded<CreateTokenRequest>
{
    /// <summary>The most tokens that one principal has at a time; those that have expired do not count.</summary>
    public const int MostTokens = 100;

    private const int LongestLabel = 128;
    private const int MostEntries = 64;
    private static readonly TimeSpan ShortestLifetime = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public override OperationName Name => isOwn ? OperationName.CreateOwnToken : OperationName.CreateToken;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateTokenRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(isOwn ? null : directory.ScopeOf(scope, request.PrincipalName), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<IssuedToken> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateTokenRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        var name = isOwn ? scope.Call.Principal.Name : request.PrincipalName;
        var stored = await directory.ReadEnabledAsync(scope.Tenant, name, cancellationToken);
        var ended = stored.Credentials.Where(c => c.Token is { } terms && terms.ExpiresAt <= scope.Now).ToList();
        if (stored.Credentials.Count(static c => c.Token is not null) - ended.Count >= MostTokens)
            throw new KeyreeveException(KeyreeveError.ServerLimitExceeded, $"A principal has at most {MostTokens} tokens at a time; revoke one.");

        var token = ApiToken.Generate(out var identity, out var secretHash);
        var credential = PrincipalCredential.OfToken(identity, TermsOf(scope, request, secretHash));
        await directory.RequireFreeAsync(identity, cancellationToken);
        scope.Audit.Detail = Describe(name, credential);
        var changed = stored with { Credentials = [.. stored.Credentials.Except(ended), credential], RowVersion = checked(stored.RowVersion + 1) };
        foreach (var old in ended) await RemoveCredentialOperation.StageRemovalAsync(scope, old.Identity, cancellationToken);
        scope.Write(changed.Seal(directory.Sealer));
        scope.Write(credential.Seal(directory.Sealer, stored.Principal.Fingerprint, 1));
        scope.OnCommitted(() => directory.Apply(changed));
        return new IssuedToken { Token = token, PrincipalName = name, Credential = credential };
    }

    /// <summary>Who has another's token speaks in his name.</summary>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, CreateTokenRequest request)
    {
        ArgumentNullException.ThrowIfNull(scope);
        ArgumentNullException.ThrowIfNull(request);
        if (isOwn || string.Equals(request.PrincipalName, scope.Call.Principal.Name, StringComparison.Ordinal)) return null;
        string[][] said =
        [
            [request.PrincipalName, request.Label], [.. request.Roles.Distinct().Order().Select(static r => r.ToString())],
            [.. request.Groups.Select(static g => g.Value)], [.. request.Keys.Select(static k => k.ToString())], [.. request.Networks],
        ];
        return new GuardedAct
        {
            Kind = ApprovalKind.Policy,
            Summary = $"make a token with which somebody speaks as '{request.PrincipalName}', with {string.Join(", ", said[1])}, for {XmlConvert.ToString(request.ValidFor)}",
            Describe = digest =>
            {
                digest.Add(request.ValidFor.Ticks);
                foreach (var part in said)
                {
                    digest.Add(part.Length);
                    foreach (var text in part) digest.Add(text);
                }
            },
        };
    }

    private static TokenTerms TermsOf(OperationScope scope, CreateTokenRequest request, string secretHash) => new()
    {
        SecretHash = secretHash,
        Label = request.Label,
        CreatedAt = scope.Now,
        CreatedBy = scope.Call.Principal.Name,
        ExpiresAt = scope.Now + request.ValidFor,
        Roles = [.. request.Roles.Distinct().Order()],
        Groups = [.. request.Groups.Select(static g => g.Value)],
        Keys = [.. request.Keys.Select(static k => k.ToString())],
        Networks = request.Networks,
    };

    private static string Describe(string name, PrincipalCredential credential)
    {
        var terms = credential.Token!;
        var places = terms.Groups.Concat(terms.Keys.Select(static key => "key:" + key)).ToList();
        return $"'{name}': {credential.Identity}, {string.Join(' ', terms.Roles)}@{(places.Count == 0 ? "*" : string.Join(',', places))}"
            + $"{(terms.Networks.IsEmpty ? "" : $" from {string.Join(',', terms.Networks)}")}, until {terms.ExpiresAt.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}";
    }

    private static void Check(CreateTokenRequest request)
    {
        if (request.Roles.Length == 0 || request.Roles.Any(static r => r == Role.None || !Enum.IsDefined(r)))
            throw Refused("Say what the token may do: at least one role.");
        if (request.Label.Length is 0 or > LongestLabel || request.Label.Any(char.IsControl))
            throw Refused($"A token's label has 1 to {LongestLabel} characters, and no control characters.");
        if (request.ValidFor < ShortestLifetime || request.ValidFor > TokenTerms.LongestLifetime)
            throw Refused($"A token holds from a minute to {TokenTerms.LongestLifetime.TotalDays:0} days.");
        if (request.Groups.Length > MostEntries || request.Keys.Length > MostEntries || request.Networks.Length > MostEntries)
            throw Refused($"A token has at most {MostEntries} groups, keys and networks of each.");
        foreach (var network in request.Networks) TokenRights.ReadNetwork(network);
    }

    private static KeyreeveException Refused(string message) => new(KeyreeveError.InvalidField, message);
}

using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Crypto;

namespace Keyreeve.Tests.Access;

/// <summary>Policies and questions by chance, small enough that they meet: few names, few groups, few operations.</summary>
internal sealed class RandomPolicies(int seed)
{
    private static readonly string[] Names = ["ann", "bob", "Bob"];
    private static readonly string[] GroupNames = ["a", "a/b", "a/b/c", "ab", "d"];
    private static readonly string[] Codes = ["billing", "support", "audit/2"];
    private static readonly string[] CustomRoles = ["deploy", "watch"];
    private static readonly string[] Networks = ["10.0.0.0/8", "10.1.2.0/24", "192.168.0.0/16", "2001:db8::/32", "0.0.0.0/0"];
    private static readonly string[] Addresses = ["10.1.2.3", "10.200.0.1", "192.168.7.7", "2001:db8::1", "8.8.8.8"];
    private static readonly OperationName[] Operations =
        [OperationName.Encrypt, OperationName.Decrypt, OperationName.Get, OperationName.Create, OperationName.GetAttributes, OperationName.ReadAudit, OperationName.Query];

    private static readonly NetworkRange[] Ranges = [.. Networks.Select(static n => NetworkRange.TryParse(n, out var range) ? range : throw new FormatException(n))];
    private static readonly EncryptionContext[] Contexts =
    [
        EncryptionContext.Empty, EncryptionContext.Of(("tenant", "acme")), EncryptionContext.Of(("tenant", "acme*"), ("row", "7")), EncryptionContext.Of(("row", "*")),
    ];

    private readonly Random _random = new(seed);

    public TenantPolicy Policy()
    {
        ImmutableArray<PurposeCode> codes = Chance(2) ? [.. Codes.Take(1 + _random.Next(3)).Select(static c => new PurposeCode(c, null))] : [];
        return new TenantPolicy
        {
            Roles = [.. CustomRoles.Select(name => new CustomRole(name, OperationSet.Of([.. Operations.Where(o => Chance(2) && o != OperationName.Query)])))],
            Bindings = [.. Enumerable.Range(0, _random.Next(8)).Select(_ => Binding())],
            Purposes = codes,
            Groups = codes.IsEmpty ? [] : [.. GroupNames.Where(_ => Chance(4)).Select(g => new GroupRule
            {
                Group = GroupName.Parse(g), DemandsPurpose = Chance(2), Purposes = Chance(3) ? [codes[0].Code] : [],
            })],
        };
    }

    public AccessBinding Binding(bool? isDeny = null)
    {
        var where = _random.Next(6);
        return new AccessBinding
        {
            IsDeny = isDeny ?? Chance(3),
            IsForEveryone = Chance(5) is var everyone && everyone,
            Principals = everyone ? [] : [.. Names.Where(_ => Chance(2)).DefaultIfEmpty(Names[0])],
            Role = Chance(3) ? Pick(CustomRoles) : ((Role)(1 + _random.Next(Enum.GetValues<Role>().Length - 1))).ToString(),
            Group = where < 4 ? GroupName.Parse(Pick(GroupNames)) : null,
            Key = where == 4 ? Key() : null,
            Conditions = Chance(2) ? AccessConditions.None : Conditions(),
        };
    }

    public AccessQuestion Question()
    {
        RoleBinding[] given = Chance(3) ? [new RoleBinding((Role)(1 + _random.Next(5)), Chance(3) ? null : GroupName.Parse(Pick(GroupNames)))] : [];
        var principal = Questions.Principal(Pick(Names), given) with { IsDisabled = Chance(20), CredentialSince = Questions.Noon.AddDays(-_random.Next(100)) };
        var call = Questions.Call(principal) with
        {
            Protocol = Chance(2) ? Protocol.Rest : Protocol.Kmip,
            SourceAddress = Pick(Addresses),
            Purpose = Chance(2) ? null : Pick(Codes),
            Time = Questions.Noon.AddMinutes(_random.Next(7 * 24 * 60)),
        };
        var key = Chance(2) ? (UniqueIdentifier?)Key() : null;
        return new AccessQuestion
        {
            Call = call, Operation = Pick(Operations), Key = key, Context = Chance(3) ? null : Pick(Contexts),
            // A key lies in a group.
            Group = key is null && Chance(4) ? null : GroupName.Parse(Pick(GroupNames)),
        };
    }

    /// <summary>Everybody there is.</summary>
    public Principal[] People() =>
    [
        .. Names.Select(name => Questions.Principal(name, Chance(3) ? [new RoleBinding(Role.KeyUser, Chance(2) ? null : GroupName.Parse(Pick(GroupNames)))] : []) with { IsDisabled = Chance(10) }),
    ];

    /// <summary>A policy in which some may make grants, and grants among those there are.</summary>
    public (TenantPolicy Policy, KeyGrant[] Grants) PolicyWithGrants()
    {
        var policy = Policy();
        AccessBinding Plain(string role) => new() { Principals = [Pick(Names)], Role = role, Group = Chance(2) ? GroupName.Parse(Pick(GroupNames)) : null };
        return (policy with { Bindings = [.. policy.Bindings, Plain("Granter"), Plain("Granter"), Plain("KeyUser")] }, [.. Enumerable.Range(0, 1 + _random.Next(5)).Select(_ => Grant())]);
    }

    private KeyGrant Grant() => new()
    {
        Id = UniqueIdentifier.New(Questions.Noon),
        GrantedBy = Pick(Names),
        GrantedTo = Pick(Names),
        Key = Key(),
        Roles = Chance(2) ? [Role.KeyUser] : [(Role)(1 + _random.Next(5)), Role.Encrypter],
        Context = Chance(5) ? [new ContextTerm("tenant", "acme", null)] : [],
        MayBeHandedOn = Chance(2),
        CreatedAt = Questions.Noon,
        ExpiresAt = Questions.Noon.AddDays(1 + _random.Next(12)),
    };

    public TenantPolicy Shuffled(TenantPolicy policy)
    {
        var bindings = policy.Bindings.ToArray();
        _random.Shuffle(bindings);
        return policy with { Bindings = [.. bindings] };
    }

    private AccessConditions Conditions() => new()
    {
        Networks = Chance(3) ? [Pick(Ranges)] : [],
        Times = Chance(3) ? [new TimeWindow(Chance(2) ? [] : [(DayOfWeek)_random.Next(7), (DayOfWeek)_random.Next(7)], Hour(), Hour())] : [],
        NotBefore = Chance(5) ? Questions.Noon.AddDays(_random.Next(7)) : null,
        NotAfter = Chance(5) ? Questions.Noon.AddDays(_random.Next(7)) : null,
        Context = Chance(4) ? [Chance(2) ? new ContextTerm("tenant", "acme", null) : new ContextTerm("row", null, "*")] : [],
        Purposes = Chance(4) ? [Pick(Codes)] : [],
        Protocols = Chance(4) ? [Protocol.Kmip] : [],
        CredentialAtLeast = Chance(6) ? TimeSpan.FromDays(_random.Next(1, 100)) : null,
        CredentialAtMost = Chance(6) ? TimeSpan.FromDays(_random.Next(1, 100)) : null,
    };

    private TimeOnly Hour() => new(_random.Next(24), _random.Next(2) * 30);

    private UniqueIdentifier Key() => Chance(2) ? Questions.KeyOne : Questions.KeyTwo;

    private bool Chance(int oneIn) => _random.Next(oneIn) == 0;

    private T Pick<T>(T[] from) => from[_random.Next(from.Length)];
}

using System.Collections.Frozen;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Access;

/// <summary>A ticket that is used up: who is told of it, the request or each operation.</summary>
public sealed class TicketBookTests
{
    private static readonly Call Caller = new()
    {
        Principal = new Principal
        {
            Tenant = TenantId.Default,
            Name = "app",
            Fingerprint = new string('a', 64),
            HomeGroup = GroupName.Parse("default"),
            Bindings = [],
        },
        Protocol = Protocol.Kmip,
        SourceAddress = "192.0.2.1",
        SourcePort = 1,
        CorrelationId = "1",
        Time = DateTimeOffset.UnixEpoch,
    };

    private readonly TicketBook _book = new(TimeProvider.System);

    [Fact]
    public void Redeem_TicketWithoutRightsUsedUp_RefusesTheRequest()
    {
        var ticket = _book.Issue(Caller, new TicketTerms { Requests = 1 });
        _book.Redeem(Caller, ticket).Rights.Take(OperationName.Locate, null);

        Assert.Equal(KeyreeveError.UsageLimitExceeded, Assert.Throws<KeyreeveException>(() => _book.Redeem(Caller, ticket)).Error);
    }

    [Fact]
    public void Redeem_TicketWithRightsUsedUp_RefusesEveryOperation()
    {
        var right = new DelegatedRight { Operations = FrozenSet.Create(OperationName.Locate) };
        var ticket = _book.Issue(Caller, new TicketTerms { Requests = 1, Rights = new DelegatedRights([right], null) });
        _book.Redeem(Caller, ticket).Rights.Take(OperationName.Locate, null);

        var spent = _book.Redeem(Caller, ticket).Rights;

        Assert.True(spent.Covers(OperationName.Locate));
        Assert.Equal(KeyreeveError.UsageLimitExceeded, Refused(spent, OperationName.Locate));
        Assert.Equal(KeyreeveError.NotAuthorized, Refused(spent, OperationName.Destroy));
    }

    private static KeyreeveError Refused(DelegatedRights rights, OperationName operation) =>
        Assert.Throws<KeyreeveException>(() => rights.Take(operation, null)).Error;
}

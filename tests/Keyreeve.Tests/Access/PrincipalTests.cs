using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class PrincipalTests
{
    [Theory]
    [InlineData("admin")]
    [InlineData("Billing-App_2.prod")]
    [InlineData("7")]
    public void Require_Name_IsAccepted(string name)
    {
        PrincipalName.Require(name);

        Assert.True(PrincipalName.IsWellFormed(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ADMIN ")]
    [InlineData(" admin")]
    [InlineData("\u0430dmin")]
    [InlineData("adm\u0131n")]
    [InlineData("admin\u200b")]
    [InlineData("a/b")]
    [InlineData("a*")]
    [InlineData("a\nb")]
    [InlineData("-a")]
    [InlineData("..")]
    [InlineData("anonymous")]
    [InlineData("Server")]
    [InlineData("LOCAL")]
    [Trait("Attack", "27")]
    public void Require_LookAlikesAndReservedNames_AreRefused(string name)
    {
        var refusal = Assert.Throws<KeyreeveException>(() => PrincipalName.Require(name));

        Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
    }

    [Theory]
    [InlineData("payments", new[] { "payments" }, "payments")]
    [InlineData("payments", new[] { "payments/cards", "payments" }, "payments")]
    [InlineData("payments/cards", new[] { "payments" }, "payments")]
    [InlineData("payments", new[] { "hr" }, null)]
    [InlineData("payments", new[] { "payments2" }, null)]
    [InlineData("payments", new[] { "payments", "*" }, null)]
    public void Scope_OfBindings_CoversThemAll(string home, string[] groups, string? expected)
    {
        var principal = With(home, groups.Select(g => new RoleBinding(Role.KeyUser, string.Equals(g, "*", StringComparison.Ordinal) ? null : GroupName.Parse(g))));

        Assert.Equal(expected, principal.Scope?.Value);
    }

    [Fact]
    public void Rule_OfBinding_NamesRoleAndScope()
    {
        Assert.Equal("KeyUser@payments/cards", new RoleBinding(Role.KeyUser, GroupName.Parse("payments/cards")).Rule);
        Assert.Equal("Auditor@*", new RoleBinding(Role.Auditor, null).Rule);
    }

    [Fact]
    public void Decide_SomebodyUnknown_MayEnrolAndNothingElse()
    {
        var unknown = Principal.Unknown("");

        var allowed = Enum.GetValues<OperationName>().Where(operation => MayDo(unknown, operation, null));

        Assert.Equal([OperationName.Enrol], allowed);
    }

    [Fact]
    [Trait("Attack", "26")]
    public void Decide_DisabledPrincipal_MayDoNothing()
    {
        var disabled = With("default", Enum.GetValues<Role>().Select(role => new RoleBinding(role, null))) with { IsDisabled = true };

        var allowed = Enum.GetValues<OperationName>().Where(operation => MayDo(disabled, operation, GroupName.Default));

        Assert.Empty(allowed);
    }

    private static bool MayDo(Principal principal, OperationName operation, GroupName? group) => AccessPolicy.BuiltIn.Decide(new AccessQuestion
    {
        Call = new Call
        {
            Principal = principal, Protocol = Protocol.Rest, SourceAddress = "127.0.0.1", SourcePort = 1, CorrelationId = "0", Time = DateTimeOffset.UnixEpoch,
        },
        Operation = operation,
        Group = group,
    }).IsAllowed;

    private static Principal With(string home, IEnumerable<RoleBinding> bindings) => new()
    {
        Tenant = TenantId.Default,
        Name = "app",
        Fingerprint = "00",
        HomeGroup = GroupName.Parse(home),
        Bindings = [.. bindings],
    };
}

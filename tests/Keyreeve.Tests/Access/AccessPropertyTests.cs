using System.Collections.Immutable;
using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class AccessPropertyTests
{
    private const int Policies = 100_000;
    private const int QuestionsEach = 3;

    [Fact]
    [Trait("Speed", "Slow")]
    public void Decide_RandomPolicies_AsTheReferenceModel()
    {
        var random = new RandomPolicies(20_260_401);
        var allowed = 0;
        for (var i = 0; i < Policies; i++)
        {
            var policy = random.Policy();
            var compiled = Questions.Compile(policy);
            for (var n = 0; n < QuestionsEach; n++)
            {
                var question = random.Question();
                var decision = compiled.Decide(question);
                if (decision.IsAllowed) allowed++;
                if (decision.IsAllowed != ReferenceModel.Allows(policy, question)) Assert.Fail($"Policy {i}, question {n}: {decision.Rule}. {Describe(policy, question)}");
            }
        }

        // Chance must have hit both answers often, or nothing was shown.
        Assert.InRange(allowed, Policies * QuestionsEach / 10, Policies * QuestionsEach * 9 / 10);
    }

    [Fact]
    [Trait("Speed", "Slow")]
    [Trait("Attack", "31")]
    public void Decide_RandomPoliciesWithGrants_AsTheReferenceModel()
    {
        var random = new RandomPolicies(20_260_402);
        var byGrant = 0;
        for (var i = 0; i < Policies; i++)
        {
            var (policy, grants) = random.PolicyWithGrants();
            var people = random.People();
            var compiled = Questions.Compile(policy, grants, people);
            for (var n = 0; n < QuestionsEach; n++)
            {
                var asked = random.Question();
                var question = asked with { Call = asked.Call with { Principal = people.First(p => p.Name == asked.Call.Principal.Name) } };
                var decision = compiled.Decide(question);
                if (decision.IsAllowed && decision.Rule.StartsWith("grant:", StringComparison.Ordinal)) byGrant++;
                if (decision.IsAllowed != ReferenceModel.Allows(policy, grants, people, question)) Assert.Fail($"Policy {i}, question {n}: {decision.Rule}. {Describe(policy, question)}");
            }
        }

        Assert.True(byGrant > Policies / 100, $"Only {byGrant} decisions were by grants.");
    }

    [Fact]
    public void Decide_OneDenyMore_NeverAllowsMore()
    {
        var random = new RandomPolicies(1);
        var taken = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var policy = random.Policy();
            var more = policy with { Bindings = policy.Bindings.Add(random.Binding(isDeny: true)) };
            var question = random.Question();
            var (before, after) = (Questions.Compile(policy).Decide(question), Questions.Compile(more).Decide(question));
            if (after.IsAllowed && !before.IsAllowed) Assert.Fail($"Policy {i}: {before.Rule} became {after.Rule}. {Describe(more, question)}");
            if (before.IsAllowed && !after.IsAllowed) taken++;
        }

        Assert.True(taken > 50, $"Only {taken} denies took anything away.");
    }

    [Fact]
    public void Decide_BindingsInAnotherOrder_SameDecisionBySameRule()
    {
        var random = new RandomPolicies(2);
        for (var i = 0; i < 10_000; i++)
        {
            var policy = random.Policy();
            var question = random.Question();

            Assert.Equal(Questions.Compile(policy).Decide(question), Questions.Compile(random.Shuffled(policy)).Decide(question));
        }
    }

    [Fact]
    public void Explain_RandomPolicies_SaysWhatIsDecided()
    {
        var random = new RandomPolicies(3);
        for (var i = 0; i < 5_000; i++)
        {
            var compiled = Questions.Compile(random.Policy());
            var question = random.Question();

            var explanation = AccessExplanation.Of(compiled, question);

            Assert.Equal(compiled.Decide(question), explanation.Decision);
            Assert.NotEmpty(explanation.Reason);
            var isDenied = explanation.Considered.Any(c => c is { IsDeny: true, Outcome: "holds" });
            if (isDenied && !RoleCatalog.Open.Contains(question.Operation)) Assert.False(explanation.Decision.IsAllowed);
        }
    }

    [Fact]
    public void ReadAndWrite_RandomPolicies_GiveBackTheSamePolicy()
    {
        var random = new RandomPolicies(4);
        for (var i = 0; i < 5_000; i++)
        {
            var policy = Complete(random.Policy());

            var read = PolicyReader.Read(PolicyWriter.Write(policy));

            Assert.Equal(VersionOf(policy), VersionOf(read));
            Assert.Equal(VersionOf(policy), VersionOf(random.Shuffled(read)));
            var question = random.Question();
            Assert.Equal(Questions.Compile(policy).Decide(question), Questions.Compile(read).Decide(question));
        }
    }

    // What is written down is complete: no empty role, no purpose that the tenant does not have.
    private static TenantPolicy Complete(TenantPolicy policy) => policy with
    {
        Roles = [.. policy.Roles.Select(static r => r.Operations.IsEmpty ? r with { Operations = RoleCatalog.Reads } : r)],
        Purposes = [new("billing", "Invoices"), new("support", null), new("audit/2", null)],
        Groups = [.. policy.Groups.Select(static g => g.DemandsPurpose ? g : g with { Purposes = [] })],
        Bindings =
        [
            .. policy.Bindings.Select(static b => b.Conditions is { NotBefore: { } begin, NotAfter: { } end } && end <= begin
                ? b with { Conditions = b.Conditions with { NotAfter = null } }
                : b),
        ],
    };

    private static string VersionOf(TenantPolicy policy) => WholePolicy.Of(policy, ImmutableArray<EnrolledPrincipal>.Empty).Version;

    private static string Describe(TenantPolicy policy, AccessQuestion question) =>
        $"{question.Call.Principal.Name} {question.Operation} {question.Group} {question.Key} among {string.Join(", ", policy.Bindings.Select(b => b.Rule))}";
}

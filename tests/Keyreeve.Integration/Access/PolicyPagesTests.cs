using System.Text.Json;
using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>What the pages about access show of a policy, a policy can say.</summary>
public sealed class PolicyPagesTests
{
    public static TheoryData<string> Pages { get; } = ["access.md", "policy.md", "approvals.md", "limits.md"];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_PoliciesOnIt_AreTaken(string page)
    {
        var shown = File.ReadAllText(Path.Combine(Repository.Root, "docs", page)).Split("```json\n").Skip(1).Select(static part => part[..part.IndexOf("```", StringComparison.Ordinal)]).ToList();

        Assert.NotEmpty(shown);
        Assert.All(shown, static text => PolicyReader.Read(JsonSerializer.Deserialize(Whole(text), PolicyJson.Default.PolicyFile)!));
    }

    // A part of one is a policy that says nothing else.
    private static string Whole(string text) => text.StartsWith('{') ? text : $$"""{"format": "{{PolicyFile.CurrentFormat}}", "bindings": [], {{text}} }""";
}

using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>docs/roles.md says which role contains which operation, as the code has it.</summary>
public sealed class RolesPageTests
{
    private static readonly OperationName[] All = [.. Enum.GetValues<OperationName>().Where(static name => name != OperationName.None)];

    [Fact]
    public void Page_IsWhatTheRolesContain()
    {
        var page = new StringBuilder("# Which role contains which operation\n\nWhat the roles of [access.md](access.md) are made of, from the code; a role of your own is made of the same. Who has a role on keys sees\nbesides what it is for: ")
            .Append(Listed(RoleCatalog.Reads)).Append(".\n\n| Role | Operations |\n|---|---|\n");
        foreach (var role in Enum.GetValues<Role>().Where(static role => role != Role.None))
            page.Append("| `").Append(role).Append("` | ").Append(RoleCatalog.OperationsOf(role) is var own && All.Any(o => own.Contains(o)) ? Listed(own) : "nothing but the seeing").Append(" |\n");
        page.Append("| whoever is known | ").Append(Listed(RoleCatalog.Open)).Append(" |\n");
        page.Append("| whoever is known, on what is its own, unless it is denied | ").Append(Listed(RoleCatalog.OnOnesOwn)).Append(" |\n");
        page.Append("| the server alone; no role gives it | ").Append(Listed(RoleCatalog.Internal)).Append(" |\n");

        Snapshot.AssertEqual("docs/roles.md", page.ToString());
    }

    /// <summary>No operation is forgotten: each is somebody's, or everybody's, or the server's.</summary>
    [Fact]
    public void Operations_AllHaveAPlace()
    {
        var placed = RoleCatalog.Grantable.Union(RoleCatalog.Open).Union(RoleCatalog.Internal);

        Assert.Equal([OperationName.Enrol], All.Where(name => !placed.Contains(name)));
    }

    private static string Listed(OperationSet set) => string.Join(", ", All.Where(name => set.Contains(name)).Select(static name => name.ToString()).Order(StringComparer.Ordinal));
}

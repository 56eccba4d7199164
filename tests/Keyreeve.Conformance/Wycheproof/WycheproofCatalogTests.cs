using System.Reflection;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Nothing in the folder is passed over in silence.</summary>
public sealed class WycheproofCatalogTests
{
    [Fact]
    public void Folder_EveryFile_IsRunOnceOrListedWithReason()
    {
        var folder = VectorFiles.RequireCollection(WycheproofRunner.Collection);
        Assert.NotEmpty(WycheproofCatalog.Files);
        var faults = WycheproofCatalog.Files
            .Where(file => WycheproofCatalog.RunnersOf(file).Count() != (WycheproofCatalog.NotRun.ContainsKey(file) ? 0 : 1))
            .Concat(WycheproofCatalog.NotRun.Keys.Where(file => !File.Exists(Path.Combine(folder, file))));
        Assert.Empty(faults);
    }

    [Fact]
    public void Runners_EveryClass_HasTheoryOverItsFiles()
    {
        Assert.All(WycheproofCatalog.Runners, runner =>
        {
            var theory = runner.GetMethod(nameof(KeywrapTests.File_EveryVector_AgreesWithFile));
            Assert.NotNull(theory);
            Assert.NotNull(theory.GetCustomAttribute<TheoryAttribute>());
            Assert.Null(theory.GetCustomAttribute<TheoryAttribute>()!.Skip);
        });
    }

    [Fact]
    public void Documentation_Decisions_AreTheTablesInCode()
    {
        Assert.SkipWhen(VectorFiles.RepositoryRoot is null, "the tests run outside of the repository");
        var text = File.ReadAllText(Path.Combine(VectorFiles.RepositoryRoot!, "docs", "crypto.md"));
        Assert.All(AcceptableCases.All, c => Assert.Contains(
            $"| `{c.Flag}` | {(c.Kind == OutcomeKind.Accepted ? "accepted" : "refused")} | {c.Reason} |", text, StringComparison.Ordinal));
        Assert.All(UnofferedCases.All, c => Assert.Contains($"| `{c.File}` | {c.Reason} |", text, StringComparison.Ordinal));
        Assert.All(WycheproofNotRun.Reasons.Values.Distinct(StringComparer.Ordinal), r => Assert.Contains(r, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Counts_EveryRow_IsInFolderOrKnownToBeAbsent()
    {
        var folder = VectorFiles.RequireCollection(WycheproofRunner.Collection);
        var absent = WycheproofCounts.Read(folder).Keys.Except(WycheproofCatalog.Files, StringComparer.Ordinal);
        Assert.Equal(WycheproofCatalog.CountedButAbsent.Order(StringComparer.Ordinal), absent.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Counts_EveryFileInFolder_HasRow()
    {
        var folder = VectorFiles.RequireCollection(WycheproofRunner.Collection);
        Assert.Empty(WycheproofCatalog.Files.Except(WycheproofCounts.Read(folder).Keys, StringComparer.Ordinal));
    }
}

using System.Collections.Immutable;
using Keyreeve.Analyzers;
using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Crypto;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Keyreeve.Tests.Analyzers;

/// <summary>Programs that are compiled, and what the compiler is told of them.</summary>
public sealed class ProtectionAnalyzerTests
{
    private const string Classes = """
        # ours
        [email]
        level = field
        search = yes
        ; and more
        [ card-number ]
        level = field
        [empty]
        """;

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(static path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "netstandard.dll" or "Microsoft.EntityFrameworkCore.dll")
            .Concat([typeof(ProtectedAttribute).Assembly.Location, typeof(EncryptionContext).Assembly.Location, typeof(EntityProtection).Assembly.Location])
            .Distinct(StringComparer.Ordinal).Select(static path => MetadataReference.CreateFromFile(path)),
    ];

    [Fact]
    public async Task Property_OfAKnownClass_IsFine() =>
        Assert.Empty(await FindAsync("""[Protected("email", Searchable = true)] public string? A { get; set; } [Protected("card-number")] public int B { get; init; }"""));

    [Theory]
    [InlineData("[Protected(\"emial\")] public string? A { get; set; }", "KRV001", "'emial' has no rule; there are: card-number, email")]
    [InlineData("[Protected(\"empty\")] public string? A { get; set; }", "KRV001", "'empty' has no rule")]
    [InlineData("const string Class = \"Email\"; [Protected(Class)] public string? A { get; set; }", "KRV001", "'Email' has no rule")]
    [InlineData("[Protected(\"card-number\", Searchable = true)] public string? A { get; set; }", "KRV002", "'A' is searchable, which the data class 'card-number' does not allow")]
    [InlineData("[Protected(\"email\")] public string? A { get; }", "KRV003", "no setter")]
    [InlineData("[Protected(\"email\")] public static string? A { get; set; }", "KRV003", "static")]
    [InlineData("[Protected(\"email\")] public System.IO.FileStream? A { get; set; }", "KRV003", "JSON cannot hold a FileStream")]
    [InlineData("[Protected(\"email\")] public System.Func<int>? A { get; set; }", "KRV003", "JSON cannot hold a Func<int>")]
    [InlineData("[Protected(\"email\")] public nint A { get; set; }", "KRV003", "JSON cannot hold")]
    public async Task Property_ThatCannotBeProtected_IsSaid(string member, string rule, string message)
    {
        var found = Assert.Single(await FindAsync(member));

        Assert.Equal(rule, found.Id);
        Assert.Equal(DiagnosticSeverity.Error, found.Severity);
        Assert.Contains(message, found.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Contains("Protected(", (await found.Location.SourceTree!.GetTextAsync(TestContext.Current.CancellationToken)).ToString(found.Location.SourceSpan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("void M(DataClassRules rules) => _ = rules[\"other\"];", "KRV001")]
    [InlineData("void M(DataClassRules rules) => rules.Find(\"other\");", "KRV001")]
    [InlineData("public string? T { get; set; } void M(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<C> e) => e.Protect(c => c.T, \"other\");", "KRV001")]
    [InlineData("void M(DataClassRules rules) => rules.Find(\"email\");", null)]
    [InlineData("void M(DataClassRules rules, string name) => rules.Find(name);", null)]
    [InlineData("object M() => EncryptionContext.Of();", "KRV004")]
    [InlineData("object M() => EncryptionContext.Of([]);", "KRV004")]
    [InlineData("object M() => EncryptionContext.Create([]);", "KRV004")]
    [InlineData("object M() => EncryptionContext.Create(new System.Collections.Generic.KeyValuePair<string, string>[] { });", "KRV004")]
    [InlineData("object M() => EncryptionContext.Empty;", null)]
    [InlineData("object M() => EncryptionContext.Of((\"row\", \"7\"));", null)]
    [InlineData("object M((string, string)[] pairs) => EncryptionContext.Of(pairs);", null)]
    public async Task Code_ThatNamesAClassOrMakesAContext_IsComparedToo(string member, string? rule) =>
        Assert.Equal(rule is null ? [] : [rule], (await FindAsync(member)).Select(static found => found.Id));

    [Fact]
    public async Task Compilation_WithoutAFile_IsLeftToTheStartOfTheProgram() =>
        Assert.Empty(await FindAsync("[Protected(\"other\")] public string? A { get; set; }", classes: null));

    [Fact]
    public async Task File_ThatIsNotSaidToBeOne_IsNotRead() =>
        Assert.Empty(await FindAsync("[Protected(\"other\")] public string? A { get; set; }", isMarked: false));

    private static async Task<ImmutableArray<Diagnostic>> FindAsync(string members, string? classes = Classes, bool isMarked = true)
    {
        var source = $"using Keyreeve.Client; using Keyreeve.Client.EntityFrameworkCore; using Keyreeve.Crypto; public class C {{ {members} }}";
        var options = new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable);
        var compilation = CSharpCompilation.Create("Program", [CSharpSyntaxTree.ParseText(source, new CSharpParseOptions(LanguageVersion.Latest))], References, options);
        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(static found => found.Severity == DiagnosticSeverity.Error));
        ImmutableArray<AdditionalText> files = classes is null ? [] : [new ClassFile(classes)];
        var analysis = compilation.WithAnalyzers([new ProtectionAnalyzer()], new AnalyzerOptions(files, new Marks(isMarked)));
        // AD0001: the analyzer itself failed.
        return [.. (await analysis.GetAllDiagnosticsAsync(TestContext.Current.CancellationToken)).Where(static found => found.Id.StartsWith("KRV", StringComparison.Ordinal) || found.Id is "AD0001")];
    }

    private sealed class ClassFile(string text) : AdditionalText
    {
        public override string Path => "/project/data-classes.conf";

        public override SourceText GetText(CancellationToken cancellationToken = default) => SourceText.From(text);
    }

    /// <summary>What MSBuild says of the files.</summary>
    private sealed class Marks(bool isMarked) : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions => new Options(false);

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new Options(isMarked);
    }

    private sealed class Options(bool isMarked) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = "true";
            return isMarked && key is "build_metadata.AdditionalFiles.KeyreeveDataClasses";
        }
    }
}

using System.Collections.Frozen;
using Xunit;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>Every case of OASIS, played over TTLV against our own server on the network: one test each.</summary>
public sealed class OasisCasesOverTtlvTests(OasisCasesOverTtlvTests.Run run) : IClassFixture<OasisCasesOverTtlvTests.Run>
{
    public static TheoryData<string> Cases => OasisRun.Names("");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Play_Case_AnswersAsExpected(string name) => run.RequirePassed(name);

    /// <summary>The run in which the tests look.</summary>
    public sealed class Run() : OasisRun(Encoding.Ttlv, "");
}

/// <summary>The cases of KMIP 2.0 and 2.1 over HTTPS, in XML.</summary>
[Trait("Speed", "Slow")]
public sealed class OasisCasesOverXmlTests(OasisCasesOverXmlTests.Run run) : IClassFixture<OasisCasesOverXmlTests.Run>
{
    public static TheoryData<string> Cases => OasisRun.Names("2.");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Play_Case_AnswersAsExpected(string name) => run.RequirePassed(name);

    /// <summary>The run in which the tests look.</summary>
    public sealed class Run() : OasisRun(Encoding.Xml, "2.");
}

/// <summary>The cases of KMIP 2.0 and 2.1 over HTTPS, in JSON.</summary>
[Trait("Speed", "Slow")]
public sealed class OasisCasesOverJsonTests(OasisCasesOverJsonTests.Run run) : IClassFixture<OasisCasesOverJsonTests.Run>
{
    public static TheoryData<string> Cases => OasisRun.Names("2.");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Play_Case_AnswersAsExpected(string name) => run.RequirePassed(name);

    /// <summary>The run in which the tests look.</summary>
    public sealed class Run() : OasisRun(Encoding.Json, "2.");
}

/// <summary>All cases of an encoding, played in one run, since some go on from others; each test tells how its case went.</summary>
public abstract class OasisRun : IAsyncLifetime
{
    /// <summary>Cases that contradict the specification, another case, or themselves: docs/spec-exceptions.md has the quotations.</summary>
    private static readonly FrozenDictionary<string, string> Contradictory = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["TC-ECC-3-10"] = "what is registered as an EC private key in clear is expected back encrypted under a password that nobody has given",
        ["TC-ECC-3-11"] = "what is registered as an EC private key in clear is expected back encrypted under a password that nobody has given",
        ["TC-OFFSET-1-13"] = "its third request expects the order of its second reversed",
        ["TC-CS-CORVAL-1-20"] = "it expects a Server Correlation Value where all other cases of KMIP 2.0 expect none",
        ["TC-NP-2-12"] = "it expects messages of KMIP 1.0 where TC-NP-1-12 expects those of KMIP 1.2",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private readonly Encoding _encoding;
    private readonly string _versions;
    private FrozenDictionary<string, CaseOutcome> _outcomes = FrozenDictionary<string, CaseOutcome>.Empty;

    /// <param name="encoding">How messages travel.</param>
    /// <param name="versions">What the versions played begin with.</param>
    private protected OasisRun(Encoding encoding, string versions)
    {
        _encoding = encoding;
        _versions = versions;
    }

    /// <summary>The names for a table of tests; without vectors there is one row, which is skipped or fails as everywhere.</summary>
    public static TheoryData<string> Names(string versions) => VectorFiles.FindCollection("kmip") is { } folder
        ? [.. CaseCatalog.Load(folder, versions).Cases.Select(c => c.Name)]
        : ["(no vectors)"];

    public async ValueTask InitializeAsync()
    {
        if (VectorFiles.FindCollection("kmip") is not { } folder) return;
        await using var self = await SelfServer.StartAsync(_encoding);
        var outcomes = await ConformanceRunner.PlayAsync(
            CaseCatalog.Load(folder, _versions), self.Server, self.Endpoint, _encoding, trace: false, TextWriter.Null, self.Users.ProvideAsync, CancellationToken.None);
        _outcomes = outcomes.ToFrozenDictionary(o => o.Case.Name, StringComparer.Ordinal);
    }

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <summary>The case has passed; with the first difference if it has not.</summary>
    public void RequirePassed(string name)
    {
        VectorFiles.RequireCollection("kmip");
        if (Contradictory.TryGetValue(name, out var why)) Assert.Skip(why);
        using var text = new StringWriter();
        RunReport.WriteCase(text, _outcomes[name]);
        if (_outcomes[name].Status == CaseStatus.Skipped) Assert.Skip(text.ToString());
        Assert.True(_outcomes[name].Status == CaseStatus.Passed, text.ToString());
    }
}

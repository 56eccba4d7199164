using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Kmip;
using Keyreeve.Server.Kmip.Asynchronous;
using Keyreeve.Server.Kmip.Batches;
using Keyreeve.Server.Kmip.Translation;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>docs/kmip.md says what the server does: its tables are written from the server's answers.</summary>
public sealed class KmipDocumentationTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private const string Page = "docs/kmip.md";

    /// <summary>What the server sends and does not take.</summary>
    private static readonly Operation[] ServersOwn = [Operation.Notify, Operation.Put];

    private static IEnumerable<ProtocolVersion> Versions => KmipRoutes.SupportedVersions.Order();

    [Fact]
    public async Task KmipPage_Operations_AreThoseThatQueryTellsOf()
    {
        using var certificate = EnrolWithEveryRole("documentation-1");
        var offered = new Dictionary<ProtocolVersion, HashSet<Operation>>();
        foreach (var version in Versions)
        {
            await using var client = door.Client(certificate, version);
            offered[version] = [.. (await client.QueryAsync([QueryFunction.QueryOperations])).Operations];
        }

        var table = new StringBuilder($"| Operation | {string.Join(" | ", Versions)} |\n|---|{string.Concat(Versions.Select(_ => ":-:|"))}\n");
        foreach (var row in Standard())
        {
            var cells = Versions.Select(v => !IsOfTheStandard(row, v) ? "" : offered[v].Contains((Operation)row.Value) ? "yes" : "**no**");
            table.Append($"| {row.Text} | {string.Join(" | ", cells)} |\n");
        }

        Snapshot.AssertSection(Page, "operations", table.ToString());
    }

    // Query could promise too much, or keep something to itself.
    [Fact]
    public async Task Query_OperationsOfEveryVersion_AreThoseThatAreTaken()
    {
        using var certificate = EnrolWithEveryRole("documentation-2");
        foreach (var version in Versions)
        {
            await using var client = door.Client(certificate, version);
            var offered = (await client.QueryAsync([QueryFunction.QueryOperations])).Operations;
            foreach (var operation in Standard().Select(row => (Operation)row.Value).Except(ServersOwn))
            {
                await using var raw = await RawKmipClient.ConnectAsync(door, certificate);
                await raw.SendAsync(RawKmipClient.Message(version, null, (operation, [])));
                var answer = await raw.ReceiveAsync();
                var isTaken = answer!.Value.ResultReason != ResultReason.OperationNotSupported;
                Assert.True(isTaken == offered.Contains(operation), $"{operation} in KMIP {version}: Query says {!isTaken}, the server does the other");
            }
        }
    }

    [Fact]
    public void KmipPage_Attributes_AreTheRules()
    {
        var table = new StringBuilder("| Attribute | Versions | Objects | Stated | Changed | Deleted | Several |\n|---|---|---|:-:|---|:-:|:-:|\n");
        foreach (var (rule, row) in AttributeRules.All.Where(r => !AttributeRules.IsInternal(r.Name))
            .Select(rule => (rule, Row: AttributeTranslator.ToReference(rule.Name) is { } reference ? AttributeTable.Find(reference.Tag) : null))
            .Where(pair => pair.Row is not null).OrderBy(pair => pair.Row!.Name, StringComparer.Ordinal))
        {
            var versions = $"{row!.Introduced}{(row.Last is { } last ? $" to {last}" : " on")}";
            table.Append($"| {row.Name} | {versions} | {Described(rule.AppliesTo)} | {YesOr(rule.IsStatedByClient)} | {Described(rule.Change)} | {YesOr(rule.IsDeletable)} | {YesOr(rule.IsMultiInstance)} |\n");
        }

        Snapshot.AssertSection(Page, "attributes", table.ToString());

        static string YesOr(bool value) => value ? "yes" : "";
        static string Described(Enum value) => value.ToString() is "All" ? "all" : string.Join(", ", value.ToString().Split(", ").Select(InWords));
        static string InWords(string name) => name is "Never" ? "" : string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));
    }

    [Fact]
    public void KmipPage_Limits_AreTheDefaults()
    {
        var defaults = new KmipOptions();
        Snapshot.AssertSection(Page, "limits", $"""
            | What | Default | Setting |
            |---|---|---|
            | largest message | {defaults.MaxMessageSizeInBytes / 1024} KiB | `max-message-size` |
            | items in a batch | {defaults.MaxBatchItems} | `max-batch-items` |
            | nesting of structures | {TtlvReader.MaximumDepth} | |
            | connections | {defaults.MaxConnections} | `max-connections` |
            | connections of one certificate | {defaults.MaxConnectionsPerIdentity} | `max-connections-per-identity` |
            | TLS handshake | {defaults.HandshakeTimeLimit.TotalSeconds} s | `handshake-time-limit` |
            | idle between messages | {defaults.IdleTimeLimit.TotalMinutes} min | `idle-time-limit` |
            | a message's arrival | {defaults.MessageTimeLimit.TotalSeconds} s | `message-time-limit` |
            | a client's reading of an answer | {defaults.SendTimeLimit.TotalSeconds} s | `send-time-limit` |
            | computing for a message, estimated | {RequestWork.Most.TotalSeconds} s | |
            | results of a batch | {BatchExecutor.MostResultsInBytes >> 20} MiB | |
            | pending requests of a principal | {PendingRequests.MostPerPrincipal}, {PendingRequests.MostBytesPerPrincipal >> 20} MiB with their results, {PendingRequests.Life.TotalMinutes} min | |

            """);
    }

    [Fact]
    public void KmipPage_Profiles_AreAllThatTheStandardNames()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, Page));
        var named = NameTables.All.Single(t => t.Name == "ProfileName").Rows
            .Select(row => row.Name.Split("KMIP")[0])
            .Where(name => name.EndsWith("Server", StringComparison.Ordinal) || name.Contains("ServerBasic", StringComparison.Ordinal) || name.Contains("ServerTLS", StringComparison.Ordinal))
            .Distinct();
        Assert.All(named, name => Assert.Contains($"`{name}`", text, StringComparison.Ordinal));
    }

    private X509Certificate2 EnrolWithEveryRole(string name) => door.Enrol(name, KmipDoor.InteropGroup, [.. Enum.GetValues<Role>().Where(role => role != Role.None)]);

    private static IEnumerable<NameTableRow> Standard() => NameTables.All.Single(t => t.Name == "Operation").Rows.OrderBy(row => row.Text, StringComparer.Ordinal);

    private static bool IsOfTheStandard(NameTableRow row, ProtocolVersion version) => version >= row.Introduced && (row.Last is null || version <= row.Last);
}

using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Keyreeve.Integration.Rest;
using Keyreeve.Server.Rest.Routing;
using Xunit;

namespace Keyreeve.Integration.Access;

/// <summary>
/// Every route whose path names something: who has no right over it is answered, byte by byte, as if it were not there, whether it is or not.
/// </summary>
public sealed partial class StrangersAnswersTests(StrangersAnswersTests.Place server) : IClassFixture<StrangersAnswersTests.Place>
{
    /// <summary>The routes, by name: a route that is new fails until it is here.</summary>
    public static TheoryData<string> Routes => [.. RouteTable.Rows.Where(static r => r.Pattern.Contains('{', StringComparison.Ordinal)).Select(static r => r.Name)];

    [Theory]
    [MemberData(nameof(Routes))]
    [Trait("Attack", "28")]
    public async Task Stranger_AsksAboutWhatIsThereAndWhatIsNot_TheAnswersAreTheSame(string name)
    {
        var route = RouteTable.Rows.Single(r => string.Equals(r.Name, name, StringComparison.Ordinal));
        var names = server.NamesOf(route.Pattern);
        foreach (var (who, stranger, token) in server.StrangersTo(route.Pattern))
        {
            using var client = server.Client(stranger);
            var real = await AskAsync(client, token, route, [.. names.Select(static n => n.There)]);
            Assert.True(real.Status is 403 or 404, $"{who}: {real.Status} {real.Body}");
            // Each name by itself, and all of them.
            for (var absent = 1; absent < 1 << names.Count; absent++)
            {
                var none = await AskAsync(client, token, route, [.. names.Select((n, i) => (absent & (1 << i)) == 0 ? n.There : n.Absent)]);
                Assert.True(string.Equals(Text(none), Text(real), StringComparison.Ordinal), $"{who} is told more where it is:\n{Text(real)}\nthan where it is not:\n{Text(none)}");
            }
        }

        string Text(RestReply reply)
        {
            var text = $"{reply.Status}\n{reply.Headers}{reply.ContentHeaders}\n{reply.Body}";
            // What the stranger named himself is not told to him by that.
            foreach (var (_, there, absent) in names) text = text.Replace(there, "…", StringComparison.Ordinal).Replace(absent, "…", StringComparison.Ordinal);
            return NumberAndDate().Replace(text, "#");
        }
    }

    private static Task<RestReply> AskAsync(RestClient client, string? token, RestRoute route, string[] values)
    {
        var next = 0;
        var path = Parameter().Replace(route.Pattern, _ => values[next++]);
        var headers = token is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = "Bearer " + token };
        return client.SendAsync(new HttpMethod(route.Method), path + (route.Name is "DestroyKey" ? $"?confirm={values[0]}" : ""), BodyOf(route.Name), headers);
    }

    // What the route takes, so that nothing but the name is left to refuse.
    private static JsonObject? BodyOf(string route) => route switch
    {
        "AddCredential" => new JsonObject { ["certificateName"] = "uri:spiffe://example.org/someone" },
        "InviteTenantAdministrator" => new JsonObject { ["administrator"] = "mallory" },
        "DecryptWithKey" or "ReEncrypt" => new JsonObject { ["ciphertext"] = "AAAA" },
        "EncryptBatch" => new JsonObject { ["items"] = new JsonArray(new JsonObject { ["plaintext"] = "aGVsbG8=" }) },
        "Encrypt" => new JsonObject { ["plaintext"] = "aGVsbG8=" },
        _ => null,
    };

    [GeneratedRegex("[0-9a-f]{12}-[0-9a-f]{8}|Date: [^\n]*", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex NumberAndDate();

    [GeneratedRegex("{[a-z]+}", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Parameter();

    /// <summary>A server with one of everything in the key group <c>place</c>, and those whose affair it is not.</summary>
    public sealed class Place : ServerFixture
    {
        private const string Group = "place";
        private readonly Dictionary<string, (string There, string Absent)> _names = new(StringComparer.Ordinal);
        private readonly List<(string Who, TestPrincipal Principal, string? Token, bool KnowsKeys)> _strangers = [];

        /// <summary>For every part of a route's path that is a name: one that is there, and one as long that is not.</summary>
        public IReadOnlyList<(string Parameter, string There, string Absent)> NamesOf(string pattern) =>
        [
            .. Parameter().Matches(pattern).Select(match =>
            {
                var (there, absent) = _names[pattern[..match.Index] + match.Value];
                return (match.Value, there, absent);
            }),
        ];

        /// <summary>Who has no right over it. Who uses the group's keys knows of them, and of nothing else.</summary>
        public IEnumerable<(string Who, TestPrincipal Principal, string? Token)> StrangersTo(string pattern) => _strangers
            .Where(s => !s.KnowsKeys || !pattern.StartsWith("/v1/keys/", StringComparison.Ordinal)).Select(static s => (s.Who, s.Principal, s.Token));

        protected override async Task PrepareAsync()
        {
            await ChangePolicyAsync(static policy => policy["approvals"] = JsonNode.Parse("""[{"for": ["destroy"], "tenant": true, "approvals": 1}]"""));
            var owner = await EnrolAsync("someone-there", Group, "use", "manage", "grant");
            using var own = Client(owner);
            using var officer = Client(Admin);
            await own.CreateKeyAsync("key-there", Group);
            _names["/v1/keys/{key}"] = ("key-there", "key-where");
            _names["/v1/principals/{name}"] = ("someone-there", "someone-where");
            var token = (await own.PostAsync("/v1/tokens", new JsonObject { ["label"] = "of-there", ["allow"] = new JsonArray("use") })).Expect(201).Json["terms"]!["id"]!.ToString();
            _names["/v1/tokens/{id}"] = (token, Other(token));
            _names["/v1/principals/{name}/credentials/{id}"] = (token, Other(token));
            var grant = (await own.PostAsync("/v1/grants", new JsonObject { ["key"] = "key-there", ["to"] = "app", ["allow"] = new JsonArray("use") })).Expect(201).Text("id");
            _names["/v1/grants/{id}"] = (grant, Other(grant));
            var slot = (await officer.GetAsync("/v1/seal")).Expect(200).Json["slots"]![0]!["id"]!.ToString();
            _names["/v1/seal/slots/{id}"] = (slot, Other(slot));
            var tenant = (await officer.PostAsync("/v1/tenants", new JsonObject { ["name"] = "tenant-there", ["administrator"] = "alice" })).Expect(201).Json;
            _names["/v1/tenants/{name}"] = ("tenant-there", "tenant-where");

            _strangers.Add(("nobody in particular", await EnrolAsync("outsider", "elsewhere", "use", "manage", "export"), null, false));
            _strangers.Add(("an officer of another group", await EnrolAsync("officer-elsewhere", "elsewhere", "officer"), null, false));
            _strangers.Add(("another tenant's administrator", await EnrolWithCodeAsync("alice", tenant["code"]!["code"]!.ToString()), null, false));
            var user = await EnrolAsync("user-there", Group, "use");
            _strangers.Add(("a user of the group's keys", user, null, true));
            using var client = Client(user);
            var narrow = new JsonObject { ["label"] = "narrow", ["allow"] = new JsonArray("use"), ["groups"] = new JsonArray(Group) };
            _strangers.Add(("a token for the group's keys", user, (await client.PostAsync("/v1/tokens", narrow)).Expect(201).Text("token"), true));
            await EnrolAsync("second", "*", "officer");
            var approval = (await own.DeleteAsync("/v1/keys/key-there?confirm=key-there")).ExpectError(403, "ApprovalRequired").Text("reference");
            _names["/v1/approvals/{id}"] = (approval, Other(approval));
        }

        // As long, and well formed.
        private static string Other(string name) => name[..^1] + (name[^1] == '0' ? '1' : '0');
    }
}

using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Audit;
using Keyreeve.Integration.Rest;
using Keyreeve.Server.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Keyreeve.Integration.Alerts;

/// <summary>A whole server that is watched: what is found, where it is told, and that a restart loses nothing.</summary>
public sealed class AlertServiceTests(AlertServiceTests.WatchedServer server) : IClassFixture<AlertServiceTests.WatchedServer>
{
    [Fact]
    public async Task ManyRefusals_AreToldOnceToLogTrailHookMetricsAndApi()
    {
        using var curious = server.Client(await server.EnrolAsync("curious", "elsewhere", "use"));
        using var app = server.Client(server.App);
        using var auditor = server.Client(await server.EnrolAsync("auditor", "*", "audit"));
        await app.CreateKeyAsync("guarded", "guarded-group");
        for (var i = 0; i < 30; i++) (await curious.PostAsync("/v1/keys/guarded/encrypt", new JsonObject { ["plaintext"] = "eA==" })).ExpectError(404, "ItemNotFound");

        var alert = await AlertAsync(auditor, "many-refusals", "curious");

        Assert.Equal("Warning", alert["severity"]!.GetValue<string>());
        await TrailFixture.UntilAsync(() => server.Hooked("many-refusals", "curious").Any(), "the hook");
        Assert.Single(server.Hooked("many-refusals", "curious"));
        Assert.Contains(server.Log.Lines, static line => line.Contains("ALERT Warning many-refusals", StringComparison.Ordinal));
        var page = (await app.GetAsync("/metrics")).Expect(200).Body;
        Assert.Contains("keyreeve_alerts_total{rule=\"many-refusals\",severity=\"Warning\"} 1", page, StringComparison.Ordinal);
        Assert.Single(server.ReadAudit().Select(static line => line["event"]!.AsObject()), static e => e["operation"]!.GetValue<string>() == "Alert" && e["rule"]!.GetValue<string>() == "many-refusals");
    }

    [Fact]
    public async Task Request_ThatTakesOthersToAgree_IsToldToTheHookWithHowToApproveIt()
    {
        using var app = server.Client(server.App);
        // A rule that is written holds at once, whoever is there.
        await server.ChangePolicyAsync(static policy => policy["approvals"] = JsonNode.Parse("""[{"for": ["destroy"], "group": "vault", "approvals": 1}]"""));
        await app.CreateKeyAsync("waiting", "vault");

        var request = (await app.DeleteAsync("/v1/keys/waiting?confirm=waiting")).ExpectError(403, "ApprovalRequired").Text("reference");

        await TrailFixture.UntilAsync(() => server.Hooked("approval-asked", "app", "waiting").Any(), "the hook");
        var told = Assert.Single(server.Hooked("approval-asked", "app", "waiting"));
        Assert.Contains($"keyreeve approval show {request}", told["text"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OwnRule_OfTheConfiguration_Holds()
    {
        using var app = server.Client(server.App);
        using var auditor = server.Client(await server.EnrolAsync("auditor", "*", "audit"));
        await app.CreateKeyAsync("crown", "jewels");
        await app.EncryptAsync("crown", "x"u8.ToArray());

        var alert = await AlertAsync(auditor, "jewels-used", "crown");

        Assert.Equal(("Critical", "crown"), (alert["severity"]!.GetValue<string>(), alert["key"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Restart_LosesNoAlertAndTellsNoneTwice()
    {
        using (var app = server.Client(server.App))
        {
            await app.CreateKeyAsync("kept", "jewels");
            await app.EncryptAsync("kept", "x"u8.ToArray());
        }

        using (var before = server.Client(await server.EnrolAsync("auditor", "*", "audit"))) await AlertAsync(before, "jewels-used", "kept");
        await TrailFixture.UntilAsync(() => server.Hooked("jewels-used", null, "kept").Any(), "the hook");

        await server.RestartAsync();

        using var auditor = server.Client(await server.EnrolAsync("auditor", "*", "audit"));
        var kept = await AlertAsync(auditor, "jewels-used", "kept");
        Assert.Empty(kept["pending"]!.AsArray());
        Assert.Equal(kept["id"]!.GetValue<string>(), Assert.Single(server.Hooked("jewels-used", null, "kept"))["id"]!.GetValue<string>());
        Assert.True(File.Exists(Path.Combine(server.DataDirectory, "alerts", "watch")));
    }

    [Fact]
    public async Task Reload_WithOtherRules_GoesOnUnderThemAndKeepsWhatItKnows()
    {
        await using var own = new WatchedServer();
        await ((IAsyncLifetime)own).InitializeAsync();
        using var app = own.Client(own.App);
        using var auditor = own.Client(await own.EnrolAsync("auditor", "*", "audit"));
        await app.CreateKeyAsync("first", "jewels");
        await app.EncryptAsync("first", [1]);
        var before = await AlertAsync(auditor, "jewels-used", "first");

        await own.Server.TakeOverAsync(OptionsReader.ReadFile(own.ConfigurationFile, ["alert-rules.papers-used=group=papers operation=Encrypt per=key severity=notice", "alert-rules.first-use=off"]));
        await app.CreateKeyAsync("second", "papers");
        await app.EncryptAsync("second", [1]);

        Assert.Equal("Notice", (await AlertAsync(auditor, "papers-used", "second"))["severity"]!.GetValue<string>());
        Assert.Equal(before["id"]!.GetValue<string>(), (await AlertAsync(auditor, "jewels-used", "first"))["id"]!.GetValue<string>());
        var record = Assert.Single(own.ReadAudit().Select(static line => line["event"]!.AsObject()), static e => e["operation"]!.GetValue<string>() == "ReloadConfiguration");
        Assert.Contains("alerts with 2 rules, 0 silences and 0 destinations of the configuration", record["detail"]!.GetValue<string>(), StringComparison.Ordinal);

        await own.Server.TakeOverAsync(OptionsReader.ReadFile(own.ConfigurationFile, ["alerts.enabled=no"]));
        Assert.Empty((await auditor.GetAsync("/v1/alerts")).Expect(200).Json["alerts"]!.AsArray());
    }

    [Fact]
    public async Task List_IsForAuditorsAndOfficersAlone()
    {
        using var app = server.Client(server.App);
        using var officer = server.Client(server.Admin);
        using var nobody = server.Client();

        (await officer.GetAsync("/v1/alerts?severity=critical")).Expect(200);
        (await officer.GetAsync("/v1/alerts?severity=red")).ExpectError(400, "InvalidField");
        (await app.GetAsync("/v1/alerts")).ExpectError(403, "PermissionDenied");
        (await nobody.GetAsync("/v1/alerts")).ExpectError(401, "AuthenticationFailed");
    }

    internal static async Task<JsonObject> AlertAsync(RestClient auditor, string rule, string about)
    {
        JsonObject? found = null;
        for (var patience = 0; found is null && patience < 600; patience++)
        {
            var reply = (await auditor.GetAsync("/v1/alerts")).Expect(200);
            found = reply.Json["alerts"]!.AsArray().Select(static a => a!.AsObject()).FirstOrDefault(
                a => a["rule"]!.GetValue<string>() == rule && (a["principal"]?.GetValue<string>() == about || a["key"]?.GetValue<string>() == about));
            if (found is null) await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        return found ?? throw new TimeoutException($"No alert of {rule} about {about}.");
    }

    /// <summary>A server with a hook, and one rule of its own.</summary>
    public sealed class WatchedServer : ServerFixture, IAsyncLifetime
    {
        private readonly ConcurrentQueue<JsonObject> _hooked = new();
        private WebApplication? _hook;

        protected override IReadOnlyList<string> Settings =>
        [
            "alert-rules.jewels-used=group=jewels operation=Encrypt per=key severity=critical",
            .. _hook is null ? (IReadOnlyList<string>)[] : [$"alert-destinations.hook={_hook.Urls.First().Replace("http://", "insecure-http://", StringComparison.Ordinal)}/hook severity=notice"],
        ];

        public IEnumerable<JsonObject> Hooked(string rule, string? principal, string? key = null) => _hooked.Where(
            alert => alert["rule"]!.GetValue<string>() == rule && alert["principal"]?.GetValue<string>() == principal && alert["key"]?.GetValue<string>() == key);

        async ValueTask IAsyncLifetime.InitializeAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            _hook = builder.Build();
            _hook.Run(async context => _hooked.Enqueue((await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!.AsObject()));
            await _hook.StartAsync();
            await InitializeAsync();
        }

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            await DisposeAsync();
            await _hook!.DisposeAsync();
        }
    }
}

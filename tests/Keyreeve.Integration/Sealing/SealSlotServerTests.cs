using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Crypto.Files;
using Keyreeve.Integration.Kmip;
using Keyreeve.Integration.Rest;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>A whole server whose root key another key manager opens, or this machine's TPM; and drills that are due.</summary>
[Trait("Speed", "Slow")]
public sealed class SealSlotServerTests(KmipDoor door) : IClassFixture<KmipDoor>, IAsyncLifetime
{
    private readonly X509Certificate2 _certificate = door.Enrol("sealed-server", "seals");
    private readonly Fixture _server = new();
    private SoftTpm? _tpm;

    public async ValueTask InitializeAsync()
    {
        using var key = _certificate.GetECDsaPrivateKey()!;
        Write("ca.pem", door.Authority.Certificate.ExportCertificatePem());
        Write("client.pem", _certificate.ExportCertificatePem());
        Write("client-key.pem", key.ExportPkcs8PrivateKeyPem());
        _server.More =
        [
            $"seal-kmip.endpoint=127.0.0.1:{door.EndPoint.Port}", "seal-kmip.server-name=localhost", "seal-kmip.time-limit=15s", "audit.wait-limit=1m", $"seal-kmip.ca-file={Path.Combine(_server.Folder, "ca.pem")}",
            $"seal-kmip.certificate-file={Path.Combine(_server.Folder, "client.pem")}", $"seal-kmip.key-file={Path.Combine(_server.Folder, "client-key.pem")}",
        ];
        if (SoftTpm.IsInstalled)
        {
            _tpm = await SoftTpm.StartAsync();
            _server.More = [.. _server.More, "tpm.device=" + _tpm.Device, "tpm.time-limit=50s"];
        }

        await _server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _tpm?.Dispose();
        _certificate.Dispose();
    }

    [Fact]
    public async Task Server_OpenedByAnotherManagerOrATpm_StartsByEitherAndDrillsAreDueInTime()
    {
        Assert.SkipUnless(SoftTpm.IsInstalled, "swtpm and the TPM software stack are not installed");
        var admin = _server.Client(_server.Admin);
        // The first of what is configured sealed the root key when the installation was made.
        var tpm = Assert.Single(await SlotsAsync(admin))["id"]!.GetValue<string>();
        var kmip = (await admin.PostAsync("/v1/seal/slots", new JsonObject { ["kind"] = "kmip" })).Expect(201).Json["slot"]!["id"]!.GetValue<string>();
        foreach (var slot in (string[])[tpm, kmip]) (await admin.PostAsync($"/v1/seal/slots/{slot}/drill")).Expect(200);
        Assert.Null((await admin.GetAsync("/v1/ready")).Expect(200).Json["drillsDue"]);

        _server.Clock.Jump(TimeSpan.FromHours(3));
        (await admin.PostAsync($"/v1/seal/slots/{kmip}/drill")).Expect(200);
        await WaitAsync(async () => (await admin.GetAsync("/v1/ready")).Expect(200).Json["drillsDue"]?.GetValue<int>() == 1);
        Assert.Contains("\nkeyreeve_seal_drills_due 1\n", (await admin.GetAsync("/metrics")).Expect(200).Body, StringComparison.Ordinal);
        Assert.True((await SlotsAsync(admin)).Single(slot => slot["id"]!.GetValue<string>() == tpm)["drillDue"]!.GetValue<bool>());

        // Without its TPM the other manager opens it; without either it is sealed, and opens by itself when one is back.
        _tpm!.PowerOff();
        await _server.RestartAsync();
        Assert.Null(_server.Server.WhySealed);
        File.Move(Path.Combine(_server.Folder, "client-key.pem"), Path.Combine(_server.Folder, "away.pem"));
        await _server.RestartAsync();
        Assert.Contains("kmip", _server.Server.WhySealed, StringComparison.Ordinal);
        await _tpm.PowerOnAsync();
        await _server.Server.WhenOpen.WaitAsync(TimeSpan.FromSeconds(60));
        admin.Dispose();
    }

    private static async Task<List<JsonObject>> SlotsAsync(RestClient admin) =>
        [.. (await admin.GetAsync("/v1/seal")).Expect(200).Json["slots"]!.AsArray().Select(static slot => slot!.AsObject())];

    private static async Task WaitAsync(Func<Task<bool>> isSo)
    {
        for (var until = DateTimeOffset.UtcNow + TimeSpan.FromSeconds(60); DateTimeOffset.UtcNow < until; await Task.Delay(100))
            if (await isSo()) return;
        Assert.Fail("What was waited for did not come.");
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(_server.Folder, name);
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, PrivateFile.Mode);
    }

    private sealed class Fixture : ServerFixture
    {
        public JumpingTime Clock { get; } = new();

        public IReadOnlyList<string> More { get; set; } = [];

        public override TimeProvider Time => Clock;

        protected override IReadOnlyList<string> Settings => [.. More, "seal.drill-interval=2h", "seal.retry-interval=200ms"];
    }
}

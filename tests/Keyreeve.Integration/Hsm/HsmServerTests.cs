using System.Text.Json.Nodes;
using Keyreeve.Integration.Rest;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Keyreeve.Server.Sealing;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>A whole server whose root key is opened by a token.</summary>
[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class HsmServerTests(SoftHsm softHsm) : IAsyncLifetime
{
    private readonly HsmServerFixture _server = new(softHsm);
    private RestClient _admin = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _admin = _server.Client(_server.Admin);
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Start_RootInTheToken_OpensWithoutAPassphrase()
    {
        File.Delete(_server.PassphraseFile);
        using var app = _server.Client(_server.App);
        await app.CreateKeyAsync("kept");
        var ciphertext = await app.EncryptAsync("kept", [1, 2, 3]);

        await _server.RestartAsync();

        using var again = _server.Client(_server.App);
        (await again.DecryptAsync(ciphertext)).Expect(200);
        using var admin = _server.Client(_server.Admin);
        var status = (await admin.GetAsync("/v1/seal")).Expect(200).Json;
        Assert.Equal("pkcs11", Assert.Single(status["slots"]!.AsArray())!["kind"]!.GetValue<string>());
        await HsmServerFixture.WaitForAsync(admin, "Ready");
        Assert.DoesNotContain(_server.Log.Lines, static line => line.Contains("passphrase file", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Token_TakenAwayUnderLoad_FailsNoRequestAndComesBackByItself()
    {
        using var app = _server.Client(_server.App);
        await app.CreateKeyAsync("busy");
        await HsmServerFixture.WaitForAsync(_admin, "Ready");
        using var ending = new CancellationTokenSource();
        var load = Task.Run(async () =>
        {
            while (!ending.IsCancellationRequested) (await app.DecryptAsync(await app.EncryptAsync("busy", [1]))).Expect(200);
        });
        await _server.WithoutTokenAsync(async () =>
        {
            await HsmServerFixture.WaitForAsync(_admin, "NoToken");
            var slot = (await _admin.GetAsync("/v1/seal")).Json["slots"]![0]!["id"]!.GetValue<string>();
            Assert.Equal("Sealed", (await _admin.PostAsync($"/v1/seal/slots/{slot}/drill")).Expect(503).Error);
        });

        await HsmServerFixture.WaitForAsync(_admin, "Ready");
        await ending.CancelAsync();
        await load;
    }

    [Fact]
    public async Task Rotate_MasterKeyInTheToken_TakesANewOneAndDestroysTheOldWhenItsSlotGoes()
    {
        var before = (await _admin.GetAsync("/v1/seal")).Json["slots"]![0]!["id"]!.GetValue<string>();
        Assert.Equal(1, await CountMasterKeysAsync());

        var status = (await _admin.PostAsync("/v1/seal/rotate")).Expect(200).Json;

        Assert.Equal((2, 2), (status["generation"]!.GetValue<int>(), await CountMasterKeysAsync()));
        (await _admin.DeleteAsync($"/v1/seal/slots/{before}")).Expect(200);
        Assert.Equal(1, await CountMasterKeysAsync());
        await _server.RestartAsync();
        Assert.Null(_server.Server.WhySealed);
    }

    [Fact]
    public async Task Open_AnyOneSlot_IsEnough()
    {
        (await _admin.PostAsync("/v1/seal/slots", new JsonObject { ["kind"] = "passphrase-file" })).Expect(201);
        // The token is another's now.
        _server.Token = softHsm.MakeToken();

        await _server.RestartAsync();

        Assert.Null(_server.Server.WhySealed);
    }

    [Fact]
    public async Task Data_CopiedWithoutTheToken_OpensNothing()
    {
        File.Delete(_server.PassphraseFile);
        _server.Token = softHsm.MakeToken();

        await _server.RestartAsync();

        Assert.Contains("no key", _server.Server.WhySealed, StringComparison.Ordinal);
        using var app = _server.Client(_server.App);
        Assert.Equal("Sealed", (await app.GetAsync("/v1/keys")).Expect(503).Error);
    }

    [Fact]
    public async Task Check_SoftHsm_SaysWhichFunctionsItServes()
    {
        var report = await HsmInspection.RunAsync(_server.ReadOptions(), static _ => { }, default);

        // SoftHSM's OAEP knows SHA-1 alone.
        Assert.Equal(["RSA-2048, OAEP SHA-256"], report.Functions.Where(static function => function.Fault is not null).Select(static function => function.Name));
        Assert.Equal(18, report.Functions.Count);
        Assert.True(report.CanSeal);
        Assert.False((report with { Functions = [.. report.Functions.Where(static function => !function.Name.StartsWith("AES", StringComparison.Ordinal))] }).CanSeal);
        Assert.Equal(1, await CountMasterKeysAsync());
        Assert.Contains("AesGcm", report.Mechanisms);
    }

    private async Task<int> CountMasterKeysAsync()
    {
        using var token = new HsmToken(_server.Token, TimeProvider.System, static _ => { });
        return await token.RunAsync(
            static session =>
            {
                using var template = new AttributeTemplate().With(AttributeType.Class, Cryptoki.ClassSecretKey);
                return session.Find(template).Count;
            },
            isRepeatable: true, default);
    }
}

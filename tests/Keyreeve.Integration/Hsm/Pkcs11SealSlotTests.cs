using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Xunit;

namespace Keyreeve.Integration.Hsm;

[Trait("Speed", "Slow")]
[Collection(SoftHsmTests.Name)]
public sealed class Pkcs11SealSlotTests(SoftHsm softHsm) : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("keyreeve-hsm-data-").FullName;
    private readonly List<string> _log = [];

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Open_SameToken_GivesTheRootKey()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        using var token = Token(options);

        using var opened = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default);

        Assert.Equal(made, opened);
        Assert.Equal(HsmState.Ready, token.Health.State);
        Assert.Equal(1, token.Health.LoginAttempts);
    }

    [Fact]
    public async Task Seal_MasterKey_NeverLeavesTheToken()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        using var token = Token(options);
        var entry = Assert.Single(new SealFile(_data).Read());
        var id = Convert.FromHexString(entry.Parameters["key"]!.GetValue<string>());

        var facts = await token.RunAsync(
            session =>
            {
                var key = session.Require(Cryptoki.ClassSecretKey, id);
                var refusal = Assert.Throws<Pkcs11Exception>(() => session.ReadSecret(key, 32).Dispose());
                return (
                    Extractable: session.ReadBoolean(key, AttributeType.Extractable), Sensitive: session.ReadBoolean(key, AttributeType.AlwaysSensitive),
                    Never: session.ReadBoolean(key, AttributeType.NeverExtractable), Local: session.ReadBoolean(key, AttributeType.Local),
                    refusal.Code);
            },
            isRepeatable: true, default);

        // spec: PKCS#11 2.40 §5.7 "CKR_ATTRIBUTE_SENSITIVE"
        Assert.Equal((false, true, true, true, 0x11u), facts);
    }

    [Fact]
    public async Task Open_KeyThatWasPutIntoTheToken_IsRefused()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        using var token = Token(options);
        var entry = Assert.Single(new SealFile(_data).Read());
        await new Pkcs11SealSlot(token).DiscardAsync(entry, default);
        using var known = SecretBytes.Random(32);
        await token.RunAsync(
            session =>
            {
                using var template = new AttributeTemplate()
                    .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeAes)
                    .With(AttributeType.Token, value: true).With(AttributeType.Sensitive, value: true).With(AttributeType.Extractable, value: false)
                    .With(AttributeType.Decrypt, value: true).With(AttributeType.Id, Convert.FromHexString(entry.Parameters["key"]!.GetValue<string>()));
                return session.CreateObject(template, known);
            },
            isRepeatable: false, default);

        Assert.Contains("was not generated there", await RefusalAsync(token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/slots/0/wrapped", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("/slots/0/wrapped", "AAAA")]
    [InlineData("/slots/0/id", "00000000")]
    [InlineData("/slots/0/parameters/serial", "0123")]
    [InlineData("/slots/0/parameters/nonce", "AAAAAAAAAAAAAAAA")]
    [InlineData("/slots/0/parameters/nonce", "AAAA")]
    [InlineData("/slots/0/parameters/mechanism", "aes-key-wrap-pad")]
    [InlineData("/slots/0/parameters/mechanism", "none")]
    [InlineData("/slots/0/parameters/key", "00000000000000000000000000000000")]
    [InlineData("/slots/0/parameters/key", "not hex")]
    public async Task Open_SealFileAltered_IsRefused(string pointer, string value)
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        var path = Path.Combine(_data, SealFile.FileName);
        var file = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        var steps = pointer[1..].Split('/');
        var parent = steps[..^1].Aggregate(file, static (node, step) => int.TryParse(step, System.Globalization.CultureInfo.InvariantCulture, out var index) ? node[index]! : node[step]!);
        parent[steps[^1]] = value;
        await File.WriteAllTextAsync(path, file.ToJsonString());
        using var token = Token(options);

        Assert.NotEmpty(await RefusalAsync(token));
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Login_WrongPin_IsShownOnceAlsoAfterARestart()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        SoftHsm.WritePin(options.PinFile, "not the pin");
        using (var token = Token(options))
        {
            for (var i = 0; i < 5; i++)
            {
                Assert.Contains("PIN", await RefusalAsync(token), StringComparison.Ordinal);
                await Task.Delay(options.RetryInterval * 1.5);
            }

            Assert.Equal((HsmState.PinRefused, 1), (token.Health.State, token.Health.LoginAttempts));
        }

        using var restarted = Token(options);
        Assert.Contains("not tried again", await RefusalAsync(restarted), StringComparison.Ordinal);
        Assert.Equal(0, restarted.Health.LoginAttempts);

        SoftHsm.WritePin(options.PinFile, SoftHsm.Pin);
        await Task.Delay(options.RetryInterval * 1.5);
        using var opened = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(restarted)], default);
        Assert.Equal((made, 1), (opened, restarted.Health.LoginAttempts));
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Open_SessionsLostBelow_ConnectsAgain()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        using var token = Token(options);
        using var first = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default);
        await token.RunAsync(CloseAllSessions, isRepeatable: true, default);

        using var again = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default);

        Assert.Equal(made, again);
        Assert.Equal(2, token.Health.LoginAttempts);
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Open_TokenTakenAwayAndBroughtBack_RecoversByItself()
    {
        var options = softHsm.MakeToken();
        using var made = await MakeAsync(options);
        using var token = Token(options);
        using var first = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default);
        var away = softHsm.TokenDirectory + ".away";
        Directory.Move(softHsm.TokenDirectory, away);
        Directory.CreateDirectory(softHsm.TokenDirectory);
        try
        {
            // SoftHSM goes on with what it has read, as long as nobody begins it anew.
            await token.RunAsync(CloseAllSessions, isRepeatable: true, default);
            var module = await token.RunAsync(static session => session.Module, isRepeatable: true, default);
            Assert.True(module.TryRestart(module.Generation, TimeSpan.FromSeconds(5)));
            Assert.Contains("no token", await RefusalAsync(token), StringComparison.OrdinalIgnoreCase);
            Assert.Equal(HsmState.NoToken, token.Health.State);
        }
        finally
        {
            Directory.Delete(softHsm.TokenDirectory);
            Directory.Move(away, softHsm.TokenDirectory);
        }

        await Task.Delay(options.RetryInterval * 1.5);
        using var again = await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default);
        Assert.Equal((made, HsmState.Ready), (again, token.Health.State));
    }

    private static unsafe bool CloseAllSessions(TokenSession session) => session.Module.Functions->CloseAllSessions(session.Slot) == 0;

    private async Task<SecretBytes> MakeAsync(HsmOptions options)
    {
        using var token = Token(options);
        return await new SealFile(_data).CreateAsync(new Pkcs11SealSlot(token), default);
    }

    private async Task<string> RefusalAsync(HsmToken token)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => (await new SealFile(_data).OpenAsync([new Pkcs11SealSlot(token)], default)).Dispose());
        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        return refusal.Message;
    }

    private HsmToken Token(HsmOptions options) => new(options, TimeProvider.System, _log.Add);
}

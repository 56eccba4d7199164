using System.Collections.Frozen;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Configuration;
using Xunit;
using GroupName = Keyreeve.Core.Objects.GroupName;

namespace Keyreeve.Integration.Kmip;

/// <summary>Operations that are for machines alone whose TPM attests to their state.</summary>
[Trait("Speed", "Slow")]
public sealed class KmipAttestationTests : IAsyncLifetime
{
    private const string Ecc = "ecc256:ecdsa-sha256:null";
    private const string Rsa = "rsa2048:rsassa-sha256:null";

    private AttestingMachine _machine = null!;
    private KmipDoor _door = null!;
    private X509Certificate2 _certificate = null!;
    private KmipClient _client = null!;
    private UniqueIdentifier _key;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
        _certificate?.Dispose();
        if (_door is not null) await _door.DisposeAsync();
        _machine?.Dispose();
    }

    [Theory]
    [InlineData(Ecc, "1.2")]
    [InlineData(Rsa, "1.4")]
    [InlineData(Ecc, "2.1")]
    public async Task Get_QuoteOfThePinnedTpm_GivesTheKey(string algorithm, string version)
    {
        await StartAsync(algorithm, version);
        var attesting = _client.With(new KmipRequestOptions { Attest = (nonce, _) => _machine.AttestAsync(nonce) });
        using var got = await attesting.GetAsync(_key);
        Assert.Equal(ObjectType.SymmetricKey, got.Payload.Object.ObjectType);
        // What is not demanded goes without.
        Assert.NotNull((await _client.GetAttributesAsync(_key)).Find(Tag.State));
    }

    [Fact]
    public async Task Get_WithoutAttestation_IsRefusedAsTheClientsAbilitySays()
    {
        await StartAsync(Ecc, "2.1");
        Assert.Equal(ResultReason.PermissionDenied, await ReasonAsync(_client));
        Assert.Equal(ResultReason.AttestationRequired, await ReasonAsync(_client.With(new KmipRequestOptions { AttestationTypes = [AttestationType.TPMQuote] })));
        Assert.Equal([AttestationType.TPMQuote], (await _client.QueryAsync([QueryFunction.QueryAttestationTypes])).AttestationTypes);
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Get_SameAttestationAgain_IsRefused()
    {
        await StartAsync(Ecc, "2.1");
        AttestationCredential credential = default;
        var attesting = _client.With(new KmipRequestOptions { Attest = async (nonce, _) => credential = await _machine.AttestAsync(nonce) });
        (await attesting.GetAsync(_key)).Dispose();
        Assert.Equal(ResultReason.AttestationFailed, await ReasonAsync(KmipPeople.As(_client, credential)));
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Get_NonceOfSomebodyElseOrTooOld_IsRefused()
    {
        await StartAsync(Ecc, "2.1");
        using var other = _door.Enrol("other");
        await using var stranger = _door.Client(other, ProtocolVersion.Kmip21);
        ResultReason? reason = null;
        var strangers = stranger.With(new KmipRequestOptions
        {
            Attest = async (nonce, _) =>
            {
                var credential = await _machine.AttestAsync(nonce);
                reason = await ReasonAsync(KmipPeople.As(_client, credential));
                return credential;
            },
        });
        // Nor does the machine of one principal attest for another.
        Assert.Equal(ResultReason.AttestationFailed, await ReasonAsync(strangers));
        Assert.Equal(ResultReason.AttestationFailed, reason);

        var late = _client.With(new KmipRequestOptions
        {
            Attest = async (nonce, _) =>
            {
                var credential = await _machine.AttestAsync(nonce);
                _door.Time.Jump(TimeSpan.FromMinutes(2));
                return credential;
            },
        });
        Assert.Equal(ResultReason.AttestationFailed, await ReasonAsync(late));
    }

    [Theory]
    [InlineData("another nonce")]
    [InlineData("another state")]
    [InlineData("other registers")]
    [InlineData("altered")]
    [InlineData("cut short")]
    [InlineData("longer")]
    [InlineData("SAML")]
    [InlineData("no measurement")]
    public async Task Get_AttestationThatDoesNotHold_IsRefused(string how)
    {
        await StartAsync(Ecc, "2.1");
        if (how is "another state") await _machine.ChangeStateAsync();
        var attesting = _client.With(new KmipRequestOptions { Attest = (nonce, _) => FalsifiedAsync(nonce, how) });
        Assert.Equal(ResultReason.AttestationFailed, await ReasonAsync(attesting));
        if (how is "another state") return;
        // The server serves, and the true quote of the same machine holds.
        (await _client.With(new KmipRequestOptions { Attest = (nonce, _) => _machine.AttestAsync(nonce) }).GetAsync(_key)).Dispose();
    }

    [Fact]
    public async Task Get_QuoteOfAnotherTpm_IsRefused()
    {
        await StartAsync(Ecc, "2.1");
        using var another = await AttestingMachine.StartAsync(Ecc);
        Assert.Equal(ResultReason.AttestationFailed, await ReasonAsync(_client.With(new KmipRequestOptions { Attest = (nonce, _) => another.AttestAsync(nonce) })));
    }

    private async ValueTask<AttestationCredential> FalsifiedAsync(Nonce nonce, string how)
    {
        if (how is "another nonce")
        {
            var quoted = await _machine.AttestAsync(new Nonce { NonceId = nonce.NonceId, NonceValue = new byte[32] });
            return new() { Nonce = nonce, AttestationType = AttestationType.TPMQuote, AttestationMeasurement = quoted.AttestationMeasurement };
        }

        var credential = await _machine.AttestAsync(nonce, how is "other registers" ? "sha256:1,7" : "sha256:0,7");
        var measurement = credential.AttestationMeasurement!.Value.ToArray();
        if (how is "altered") measurement[^1] ^= 1;
        if (how is "cut short") measurement = measurement[..^1];
        if (how is "longer") measurement = [.. measurement, 0];
        return how switch
        {
            "SAML" => new() { Nonce = nonce, AttestationType = AttestationType.SAMLAssertion, AttestationAssertion = "<Assertion/>"u8.ToArray() },
            "no measurement" => new() { Nonce = nonce, AttestationType = AttestationType.TPMQuote, AttestationAssertion = measurement },
            _ => new() { Nonce = nonce, AttestationType = AttestationType.TPMQuote, AttestationMeasurement = measurement },
        };
    }

    private async Task<ResultReason?> ReasonAsync(KmipClient client) =>
        (await Assert.ThrowsAsync<KmipException>(async () => (await client.GetAsync(_key)).Dispose())).ResultReason;

    // A door that demands an attestation for Get, and a key behind it.
    private async Task StartAsync(string algorithm, string version)
    {
        _machine = await AttestingMachine.StartAsync(algorithm);
        _door = new KmipDoor
        {
            Options = new KmipOptions { Port = 0, Attesters = new KmipOptions().Attesters.SetItem("library-1", await _machine.AttesterAsync("library")) },
            Attestation = new AttestationPolicy([KeyValuePair.Create(GroupName.Parse("default"), FrozenSet.Create(OperationName.Get))]),
        };
        await _door.InitializeAsync();
        _certificate = _door.Enrol("library");
        _client = _door.Client(_certificate, new ProtocolVersion(version[0] - '0', version[2] - '0'));
        _key = await _client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES),
            KmipAttribute.CryptographicLength(256),
            KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
    }
}

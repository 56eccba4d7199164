using System.Text.Json.Nodes;
using Keyreeve.Integration.Audit;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Alerts;

/// <summary>
/// A whole server of which much is wrong: a clients' authority and a key near their ends, a key that is nearly used up, a key that is
/// compromised and used, a sink and an alert destination that nobody answers, a drill that is overdue.
/// </summary>
public sealed class ServerInTrouble : ServerFixture, IAsyncLifetime
{
    private readonly TestAuthority _authority = new(until: DateTimeOffset.UtcNow.AddDays(60));

    public JumpingTime Clock { get; } = new();

    public override TimeProvider Time => Clock;

    /// <summary>A key that ends in twenty days.</summary>
    public string Ending { get; private set; } = "";

    /// <summary>A key of which more than nine tenths are used.</summary>
    public string NearlyUsedUp { get; private set; } = "";

    /// <summary>A key that is marked compromised.</summary>
    public string Compromised { get; private set; } = "";

    protected override TestAuthority OutsideAuthority => _authority;

    // Port 1 answers nobody.
    protected override IReadOnlyList<string> Settings =>
    [
        "alerts.expiry-notice=365d", "seal.drill-interval=1h", "sinks.gone=tcp://127.0.0.1:1", "alert-destinations.gone=insecure-http://127.0.0.1:1/hook",
    ];

    async ValueTask IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        await using (var kmip = Kmip(App))
        {
            Ending = await CreateAsync(kmip, new KmipAttribute(Tag.DeactivationDate, KmipValue.DateTime(Clock.GetUtcNow().AddDays(20))));
            NearlyUsedUp = await CreateAsync(kmip, new KmipAttribute(Tag.UsageLimits, KmipValue.Structure(
                new KmipField(Tag.UsageLimitsTotal, KmipValue.LongInteger(100)), new KmipField(Tag.UsageLimitsCount, KmipValue.LongInteger(100)),
                new KmipField(Tag.UsageLimitsUnit, KmipValue.Enumeration(UsageLimitsUnit.Byte)))));
            await kmip.SendAsync(new EncryptRequest { UniqueIdentifier = UniqueIdentifier.From(NearlyUsedUp), Data = DataReference.From(new byte[95]) });
        }

        await RestartAsync();
        // The start was a drill; this is past the next one's time, and the certificates last longer.
        Clock.Jump(TimeSpan.FromHours(2));
    }

    async ValueTask IAsyncDisposable.DisposeAsync()
    {
        await DisposeAsync();
        _authority.Dispose();
    }

    /// <summary>Marks a key compromised and opens something with it.</summary>
    public async Task UseCompromisedAsync()
    {
        await using var kmip = Kmip(App);
        Compromised = await CreateAsync(kmip);
        var id = UniqueIdentifier.From(Compromised);
        var encrypted = await kmip.SendAsync(new EncryptRequest { UniqueIdentifier = id, Data = DataReference.From(new byte[16]) });
        await kmip.RevokeAsync(id, new RevocationReason { RevocationReasonCode = RevocationReasonCode.KeyCompromise }, Clock.GetUtcNow().AddDays(-1));
        await kmip.SendAsync(new DecryptRequest
        {
            UniqueIdentifier = id, Data = encrypted.Payload.Data, IVCounterNonce = encrypted.Payload.IVCounterNonce,
            AuthenticatedEncryptionTag = encrypted.Payload.AuthenticatedEncryptionTag,
        });
    }

    /// <summary>Waits until an alert of a rule about something has been found.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="about">A part of what it says.</param>
    public async Task<JsonObject> AlertAsync(string rule, string about)
    {
        using var auditor = Client(await EnrolAsync("auditor", "*", "audit"));
        JsonObject? found = null;
        await TrailFixture.UntilAsync(
            async () =>
            {
                var alerts = (await auditor.GetAsync("/v1/alerts")).Expect(200).Json["alerts"]!.AsArray().Select(static a => a!.AsObject());
                found = alerts.FirstOrDefault(a => a["rule"]!.GetValue<string>() == rule && a["text"]!.GetValue<string>().Contains(about, StringComparison.Ordinal));
                return found is not null;
            },
            $"an alert of {rule} about {about}");
        return found!;
    }

    private static async Task<string> CreateAsync(KmipClient kmip, params KmipAttribute[] more)
    {
        var usage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;
        var id = await kmip.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
        [
            new(Tag.CryptographicAlgorithm, KmipValue.Enumeration(CryptographicAlgorithm.AES)), new(Tag.CryptographicLength, KmipValue.Integer(256)),
            new(Tag.CryptographicUsageMask, KmipValue.Integer((int)usage)), .. more,
        ]));
        await kmip.ActivateAsync(id);
        return id.ToString();
    }
}

using System.Text.Json.Nodes;
using Keyreeve.Integration.Approvals;
using Keyreeve.Integration.Identity;

namespace Keyreeve.Integration.Doors;

/// <summary>A whole server for the attacks at its doors: certificates and tokens of issuers of the test's own, a second tenant, a clock that jumps.</summary>
public sealed class DoorHouse : ServerFixture
{
    private readonly string _keys = Directory.CreateTempSubdirectory("keyreeve-issuer-").FullName;
    private ApprovalDoorTests.Door? _careful;

    public DoorHouse() => Tokens = new TokenIssuerForTests(_keys);

    public JumpingTime Clock { get; } = new();

    public override TimeProvider Time => Clock;

    /// <summary>Who issues the clients' certificates.</summary>
    internal TestAuthority Issuer { get; } = new();

    /// <summary>Who issues tokens.</summary>
    internal TokenIssuerForTests Tokens { get; }

    /// <summary>Somebody of another tenant, who may do there what the application may do here.</summary>
    public TestPrincipal Stranger { get; private set; } = null!;

    protected override TestAuthority? OutsideAuthority => Issuer;

    protected override IReadOnlyList<string> Settings => ["token-issuers.login=" + Tokens.Setting];

    protected override async Task PrepareAsync()
    {
        using var root = Client(Admin);
        var made = (await root.PostAsync("/v1/tenants", new JsonObject { ["name"] = "elsewhere", ["administrator"] = "stranger" })).Expect(201).Json;
        Stranger = await EnrolWithCodeAsync("stranger", made["code"]!["code"]!.GetValue<string>());
    }

    /// <summary>A server with two officers, who have to agree; started when it is first wanted.</summary>
    public async Task<ApprovalDoorTests.Door> CarefulAsync()
    {
        if (_careful is not null) return _careful;
        _careful = new ApprovalDoorTests.Door();
        await _careful.InitializeAsync();
        return _careful;
    }

    /// <inheritdoc/>
    protected override async ValueTask EndAsync()
    {
        if (_careful is not null) await _careful.DisposeAsync();
        Stranger?.Dispose();
        Tokens.Dispose();
        Issuer.Dispose();
        Directory.Delete(_keys, recursive: true);
    }
}

namespace Keyreeve.Integration.Rest;

/// <summary>A server whose clients' certificates are the test's business: right ones, and every kind of wrong one.</summary>
public class RestDoor : ServerFixture
{
    public TestAuthority Issuer { get; } = new();

    protected override TestAuthority? OutsideAuthority => Issuer;

    /// <summary>A client of somebody who may do everything with keys.</summary>
    public async Task<RestClient> EverythingClientAsync(string name) => Client(await EnrolAsync("all-" + name, "*", "manage", "use", "export"));
}

using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Tickets in the wrong hands, and after their end.</summary>
public sealed class KmipTicketTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly AttributeList Aes = new(
        KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(128),
        KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt));

    [Fact]
    [Trait("Attack", "26")]
    public async Task Ticket_StolenOverOrMadeUp_IsRefusedInTheSameWords()
    {
        using var certificate = door.Enrol("t-app");
        using var other = door.Enrol("t-thief");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        await using var thief = door.Client(other, ProtocolVersion.Kmip21);
        var ticket = await LoginAsync(client);
        await With(client, ticket).QueryAsync([QueryFunction.QueryObjects]);

        var stolen = await RefusalAsync(With(thief, ticket));
        Assert.Equal(ResultReason.InvalidTicket, stolen.Reason);
        Assert.Equal(stolen, await RefusalAsync(With(client, new byte[32])));
        await Assert.ThrowsAsync<KmipException>(() => thief.SendAsync(new LogoutRequest { Ticket = TicketOf(ticket) }));

        (await client.SendAsync(new LogoutRequest { Ticket = TicketOf(ticket) })).Dispose();
        Assert.Equal(stolen, await RefusalAsync(With(client, ticket)));

        var brief = await LoginAsync(client, TimeSpan.FromMinutes(1));
        door.Time.Jump(TimeSpan.FromMinutes(2));
        Assert.Equal(stolen, await RefusalAsync(With(client, brief)));
        var longest = await LoginAsync(client, TimeSpan.FromDays(30));
        door.Time.Jump(TimeSpan.FromDays(1));
        Assert.Equal(stolen, await RefusalAsync(With(client, longest)));
    }

    [Theory]
    [InlineData("destroyed user")]
    [InlineData("archived user")]
    [InlineData("destroyed credential")]
    [Trait("Attack", "26")]
    public async Task Ticket_OfAUserWhoIsGone_IsRefused(string what)
    {
        var name = what.Replace(' ', '-');
        await using var people = new KmipPeople(door, $"{name}-officer");
        var (user, credential) = await people.UserAsync(name, "secret");
        using var certificate = door.Enrol($"{name}-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var ticket = await LoginAsync(KmipPeople.As(client, name, "secret"));
        await With(client, ticket).QueryAsync([QueryFunction.QueryObjects]);

        if (what == "archived user") (await people.Officer.SendAsync(new ArchiveRequest { UniqueIdentifier = user })).Dispose();
        else await people.Officer.DestroyAsync(what == "destroyed user" ? user : credential);
        Assert.Equal(ResultReason.InvalidTicket, (await RefusalAsync(With(client, ticket))).Reason);
        Assert.Equal(ResultReason.AuthenticationNotSuccessful, (await RefusalAsync(KmipPeople.As(client, name, "secret"))).Reason);
        if (what != "archived user") return;
        // Who is back logs in anew.
        (await people.Officer.SendAsync(new RecoverRequest { UniqueIdentifier = user })).Dispose();
        Assert.Equal(ResultReason.InvalidTicket, (await RefusalAsync(With(client, ticket))).Reason);
        await KmipPeople.As(client, name, "secret").QueryAsync([QueryFunction.QueryObjects]);
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task Ticket_DoesNotServeToGetAnotherOrMore()
    {
        using var certificate = door.Enrol("more-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        using var login = await client.SendAsync(new DelegatedLoginRequest
        {
            RequestCount = 4,
            Rights = new Rights { Items = [new Right { Operations = new() { Items = [Operation.Query, Operation.Login, Operation.DelegatedLogin] } }] },
        });
        var delegated = With(client, login.Payload.Ticket.TicketValue.ToArray());
        Assert.Equal(ResultReason.PermissionDenied, (await Assert.ThrowsAsync<KmipException>(() => LoginAsync(delegated))).ResultReason);
        await Assert.ThrowsAsync<KmipException>(() => delegated.CreateAsync(ObjectType.SymmetricKey, Aes));
        await delegated.QueryAsync([QueryFunction.QueryObjects]);
        await delegated.QueryAsync([QueryFunction.QueryObjects]);
        Assert.Equal(ResultReason.UsageLimitExceeded, (await RefusalAsync(delegated)).Reason);
    }

    [Fact]
    public async Task Ticket_OfOneUser_WithTheCredentialOfAnother_IsRefused()
    {
        await using var people = new KmipPeople(door, "two-officer");
        await people.UserAsync("two-fred", "f");
        await people.UserAsync("two-barney", "b");
        using var certificate = door.Enrol("two-app");
        await using var client = door.Client(certificate, ProtocolVersion.Kmip21);
        var ticket = await LoginAsync(KmipPeople.As(client, "two-fred", "f"));
        var both = client.With(new KmipRequestOptions
        {
            Authentication = new Authentication
            {
                Credentials =
                [
                    Credential.From(new TicketCredential { Ticket = TicketOf(ticket) }),
                    Credential.From(new UsernameAndPasswordCredential { Username = "two-barney", Password = "b"u8.ToArray() }),
                ],
            },
        });
        Assert.Equal(ResultReason.InvalidField, (await RefusalAsync(both)).Reason);
    }

    private static async Task<byte[]> LoginAsync(KmipClient client, TimeSpan? life = null)
    {
        using var login = await client.SendAsync(new LoginRequest { LeaseTime = life is { } time ? KmipValue.Interval((uint)time.TotalSeconds) : null });
        return login.Payload.Ticket.TicketValue.ToArray();
    }

    private static Ticket TicketOf(byte[] value) => new() { TicketType = TicketType.Login, TicketValue = value };

    private static KmipClient With(KmipClient client, byte[] ticket) => KmipPeople.As(client, new TicketCredential { Ticket = TicketOf(ticket) });

    private static async Task<(ResultReason? Reason, string Message)> RefusalAsync(KmipClient client)
    {
        var refusal = await Assert.ThrowsAsync<KmipException>(() => client.QueryAsync([QueryFunction.QueryObjects]));
        return (refusal.ResultReason, refusal.Message);
    }
}

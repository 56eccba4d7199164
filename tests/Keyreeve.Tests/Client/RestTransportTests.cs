using System.Net;
using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class RestTransportTests
{
    private const string KeyJson =
        """{"id":"1","name":"orders","group":"g","algorithm":"AES","lengthInBits":256,"state":"Active","enabled":true,"currentVersion":1,"createdAt":"2026-01-02T03:04:05Z","destructionDate":null,"usage":["Encrypt"],"laterMember":7}""";

    [Fact]
    public async Task Get_FirstServerRefusesConnection_TakesTheSecondAndStaysThere()
    {
        using var server = new FakeServer();
        server.Interpose = request => request.RequestUri!.Host is "a"
            ? throw new HttpRequestException(HttpRequestError.ConnectionError)
            : FakeServer.Json(HttpStatusCode.OK, KeyJson);
        using var client = FakeServer.Connect(server, "https://a:8443", "https://b:8443");

        await client.Keys.GetAsync("orders");
        await client.Keys.GetAsync("orders");

        Assert.Equal(["GET a:8443 /v1/keys/orders", "GET b:8443 /v1/keys/orders", "GET b:8443 /v1/keys/orders"], server.Requests);
    }

    [Fact]
    public async Task Get_NoServerAcceptsConnection_SaysWhichWereTried()
    {
        using var server = new FakeServer();
        server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ConnectionError, "nobody there");
        using var client = FakeServer.Connect(server, "https://a:8443", "https://b:8443");

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync("orders"));

        Assert.Equal(ClientError.ServerUnreachable, refusal.Error);
        Assert.Contains("a:8443", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("b:8443", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task Get_FirstServerEndsTheHandshake_TakesTheSecond()
    {
        using var server = new FakeServer();
        server.Interpose = request => request.RequestUri!.Host is "a"
            ? throw new HttpRequestException(HttpRequestError.SecureConnectionError, "handshake", new IOException("unexpected EOF"))
            : FakeServer.Json(HttpStatusCode.OK, KeyJson);
        using var client = FakeServer.Connect(server, "https://a:8443", "https://b:8443");

        Assert.Equal("orders", (await client.Keys.GetAsync("orders")).Name);
    }

    [Fact]
    public async Task Get_FirstServerNotTrusted_AsksNobodyElse()
    {
        using var server = new FakeServer();
        server.Interpose = static _ => throw new HttpRequestException(
            HttpRequestError.SecureConnectionError, "handshake", new System.Security.Authentication.AuthenticationException("not ours"));
        using var client = FakeServer.Connect(server, "https://a:8443", "https://b:8443");

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync("orders"));

        Assert.Equal(ClientError.ServerNotTrusted, refusal.Error);
        Assert.Single(server.Requests);
    }

    [Fact]
    [Trait("Attack", "53")]
    public async Task Create_ConnectionLostAfterSending_RepeatsUnderTheSameIdempotencyKey()
    {
        using var server = new FakeServer();
        var calls = 0;
        server.Interpose = _ => ++calls == 1
            ? throw new HttpRequestException(HttpRequestError.ResponseEnded)
            : FakeServer.Json(HttpStatusCode.Created, KeyJson);
        using var client = FakeServer.Connect(server);

        await client.Keys.CreateAsync(new NewKey { Name = "orders" });

        Assert.Equal(2, server.IdempotencyKeys.Count);
        Assert.Equal(server.IdempotencyKeys[0], server.IdempotencyKeys[1]);
    }

    [Fact]
    public async Task Disable_ConnectionLostAfterSending_IsNotSentAgain()
    {
        using var server = new FakeServer();
        server.Interpose = static _ => throw new HttpRequestException(HttpRequestError.ResponseEnded);
        using var client = FakeServer.Connect(server, "https://a:8443", "https://b:8443");

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.DisableAsync("orders"));

        Assert.Equal(ClientError.ConnectionLost, refusal.Error);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Get_Problem_BecomesTheNamedError()
    {
        using var server = new FakeServer { Interpose = static _ => FakeServer.Problem(HttpStatusCode.Conflict, "NonUniqueName") };
        using var client = FakeServer.Connect(server);

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync("orders"));

        Assert.True(refusal.Is("NonUniqueName"));
        Assert.Equal(HttpStatusCode.Conflict, refusal.Status);
        Assert.Equal("c1", refusal.CorrelationId);
        Assert.Equal("d", refusal.Message);
    }

    [Theory]
    [InlineData("<html>gateway</html>", "text/html")]
    [InlineData("{", "application/problem+json")]
    [InlineData("null", "application/problem+json")]
    [InlineData("""{"type":"about:blank"}""", "application/problem+json")]
    public async Task Get_FailureThatIsNotOurs_IsUnexpectedAnswer(string body, string mediaType)
    {
        using var server = new FakeServer { Interpose = _ => FakeServer.Json(HttpStatusCode.BadGateway, body, mediaType) };
        using var client = FakeServer.Connect(server);

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync("orders"));

        Assert.Equal(ClientError.UnexpectedAnswer, refusal.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"id":"1"}""")]
    public async Task Get_AnswerOfAnotherShape_IsUnexpectedAnswer(string body)
    {
        using var server = new FakeServer { Interpose = _ => FakeServer.Json(HttpStatusCode.OK, body) };
        using var client = FakeServer.Connect(server);

        var refusal = await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync("orders"));

        Assert.Equal(ClientError.UnexpectedAnswer, refusal.Error);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    [InlineData("a?b")]
    [InlineData("ключ")]
    [Trait("Attack", "14")]
    public async Task Get_NameThatCannotBeAKeys_IsNotSent(string name)
    {
        using var server = new FakeServer();
        using var client = FakeServer.Connect(server);

        await Assert.ThrowsAsync<KeyreeveClientException>(() => client.Keys.GetAsync(name));

        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task List_SeveralPages_FollowsTheCursor()
    {
        using var server = new FakeServer();
        server.Interpose = static request => FakeServer.Json(
            HttpStatusCode.OK,
            request.RequestUri!.Query.Contains("cursor=", StringComparison.Ordinal)
                ? $$"""{"keys":[{{KeyJson}}],"next":null}"""
                : $$"""{"keys":[{{KeyJson}},{{KeyJson}}],"next":"p2"}""");
        using var client = FakeServer.Connect(server);

        var names = new List<string?>();
        await foreach (var key in client.Keys.ListAsync(new KeyFilter { Prefix = "or" }))
            names.Add(key.Name);

        Assert.Equal(3, names.Count);
        Assert.Equal("GET a:8443 /v1/keys?limit=500&prefix=or&cursor=p2", server.Requests[1]);
    }
}

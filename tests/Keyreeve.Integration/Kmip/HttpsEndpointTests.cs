using System.Net;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Kmip.Notifications;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>The server's own requests by HTTPS: how they are written, to whom they go, and which answers are taken.</summary>
public sealed class HttpsEndpointTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = new();
    private readonly List<(string Method, string Path, string? Type, string? CacheControl, string? Certificate, byte[] Body)> _asked = [];
    private X509Certificate2 _client = null!;
    private X509Certificate2 _own = null!;
    private WebApplication _web = null!;
    private RequestDelegate _answer = null!;

    public async ValueTask InitializeAsync()
    {
        _client = _authority.IssueServer("tape-library");
        _own = _authority.IssueClient("keyreeve-notify");
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = _client,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = static (_, _, _) => true,
        })));
        _web = builder.Build();
        _web.Run(async exchange =>
        {
            using var body = new MemoryStream();
            await exchange.Request.Body.CopyToAsync(body);
            _asked.Add((exchange.Request.Method, exchange.Request.Path, exchange.Request.ContentType, exchange.Request.Headers.CacheControl, exchange.Connection.ClientCertificate?.Thumbprint, body.ToArray()));
            await _answer(exchange);
        });
        await _web.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _client.Dispose();
        _own.Dispose();
        _authority.Dispose();
    }

    [Theory]
    [InlineData(MessageEncoding.Ttlv, "application/octet-stream")]
    [InlineData(MessageEncoding.Xml, "text/xml")]
    [InlineData(MessageEncoding.Json, "application/json")]
    public async Task Exchange_EachEncoding_PostsTheMessageAndReadsTheAnswer(MessageEncoding encoding, string mediaType)
    {
        _answer = exchange => AnswerAsync(exchange, mediaType, Written(encoding, Response()));
        await using var endpoint = Endpoint(encoding);

        Assert.Equal(Response(), await endpoint.ExchangeAsync(Request(), default));
        Assert.Equal(Response(), await endpoint.ExchangeAsync(Request(), default));

        Assert.Equal(2, _asked.Count);
        Assert.Equal(("POST", "/kmip", mediaType, "no-store, no-cache", _own.Thumbprint), (_asked[0].Method, _asked[0].Path, _asked[0].Type, _asked[0].CacheControl, _asked[0].Certificate));
        Assert.Equal(Written(encoding, Request()), _asked[0].Body);
    }

    [Fact]
    [Trait("Attack", "58")]
    public async Task Exchange_EndpointShowsAnotherKey_IsToldNothing()
    {
        _answer = exchange => AnswerAsync(exchange, "text/xml", Written(MessageEncoding.Xml, Response()));
        using var another = _authority.IssueServer("tape-library");
        await using var endpoint = Endpoint(MessageEncoding.Xml, another);

        await Assert.ThrowsAsync<IOException>(() => endpoint.ExchangeAsync(Request(), default));

        Assert.Empty(_asked);
    }

    [Theory]
    [InlineData(307)]
    [InlineData(204)]
    [InlineData(400)]
    [InlineData(503)]
    public async Task Exchange_AnotherStatus_IsNoAnswerAndNobodyElseIsAsked(int status)
    {
        _answer = exchange =>
        {
            exchange.Response.Headers.Location = "/elsewhere";
            exchange.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        await using var endpoint = Endpoint(MessageEncoding.Json);

        await Assert.ThrowsAsync<IOException>(() => endpoint.ExchangeAsync(Request(), default));

        Assert.Equal("/kmip", Assert.Single(_asked).Path);
    }

    [Theory]
    [InlineData("text/plain", "<ResponseMessage/>")]
    [InlineData("text/xml", "<ResponseMessage>")]
    [InlineData("text/xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><ResponseMessage/>")]
    [InlineData("text/xml; charset=utf-16", "<ResponseMessage/>")]
    [InlineData("application/json", "{}")]
    public async Task Exchange_WhatIsNoMessage_IsNoAnswer(string mediaType, string text)
    {
        _answer = exchange => AnswerAsync(exchange, mediaType, System.Text.Encoding.UTF8.GetBytes(text));
        await using var endpoint = Endpoint(MessageEncoding.Xml);

        await Assert.ThrowsAsync<IOException>(() => endpoint.ExchangeAsync(Request(), default));
    }

    [Fact]
    [Trait("Attack", "11")]
    public async Task Exchange_AnswerIsLongerThanAny_IsNotReadToItsEnd()
    {
        _answer = async exchange =>
        {
            exchange.Response.ContentType = "application/octet-stream";
            try
            {
                while (true) await exchange.Response.Body.WriteAsync(new byte[1 << 16], exchange.RequestAborted);
            }
            catch (Exception left) when (left is OperationCanceledException or IOException)
            {
                await exchange.Response.CompleteAsync();
            }
        };
        await using var endpoint = Endpoint(MessageEncoding.Ttlv);

        await Assert.ThrowsAsync<IOException>(() => endpoint.ExchangeAsync(Request(), default));
    }

    [Fact]
    public async Task Exchange_CharacterThatXmlCannotCarry_IsSaidAndNotSent()
    {
        await using var endpoint = Endpoint(MessageEncoding.Xml);

        await Assert.ThrowsAsync<FormatException>(() => endpoint.ExchangeAsync(Request("a\u0001b"), default));

        Assert.Empty(_asked);
    }

    private HttpsEndpoint Endpoint(MessageEncoding encoding, X509Certificate2? expected = null) => new(
        new Uri(_web.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/kmip"), encoding, new PinnedTls(TestAuthority.FingerprintOf(expected ?? _client), _own));

    private static Task AnswerAsync(HttpContext exchange, string mediaType, byte[] body)
    {
        exchange.Response.ContentType = mediaType;
        return exchange.Response.Body.WriteAsync(body).AsTask();
    }

    private static byte[] Request(string identifier = "a-key")
    {
        using var output = new TtlvWriter();
        var message = new RequestWriter(output);
        message.Begin(new RequestHeader { ProtocolVersion = ProtocolVersion.Kmip21, BatchCount = 1 });
        message.WriteItem(new RequestBatchItem { Operation = Operation.Notify }, new NotifyRequest { UniqueIdentifier = UniqueIdentifier.From(identifier) });
        message.Complete();
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Response() => RawKmipClient.Answer(Operation.Notify, default(EmptyResponse));

    private static byte[] Written(MessageEncoding encoding, byte[] ttlv) => encoding switch
    {
        MessageEncoding.Xml => XmlEncoding.Encode(ttlv),
        MessageEncoding.Json => JsonEncoding.Encode(ttlv),
        _ => ttlv,
    };
}

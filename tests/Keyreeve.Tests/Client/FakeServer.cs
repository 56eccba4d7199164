using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Client;
using Keyreeve.Client.Rest;
using Keyreeve.Crypto;

namespace Keyreeve.Tests.Client;

/// <summary>A server in memory that makes and opens data keys under one key of its own, and can be told to misbehave.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    public static readonly Guid KeyId = Guid.Parse("0199f3a0-1111-7000-8000-000000000001");
    public static readonly Guid VersionId = Guid.Parse("0199f3a0-1111-7000-8000-000000000002");
    private readonly CommittingAead _kek = new(SecretBytes.Random(32));

    /// <summary>Every request, as "METHOD authority path".</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The idempotency keys that came.</summary>
    public List<string> IdempotencyKeys { get; } = [];

    /// <summary>Answers or throws before anything else is tried.</summary>
    public Func<HttpRequestMessage, HttpResponseMessage?>? Interpose { get; set; }

    public static KeyreeveClient Connect(FakeServer server, params string[] servers)
    {
        var options = new ClientOptions
        {
            Servers = [.. (servers.Length == 0 ? ["https://a:8443"] : servers).Select(static text => KeyServer.FromUri(new Uri(text)))],
            CertificateAuthorityFile = "unused",
            RetryDelay = TimeSpan.Zero,
        };
        return new KeyreeveClient(new RestTransport(options, server, new ManualTime()));
    }

    public static HttpResponseMessage Json(HttpStatusCode status, string json, string mediaType = "application/json") =>
        new(status) { Content = new StringContent(json, Encoding.UTF8, mediaType) };

    public static HttpResponseMessage Problem(HttpStatusCode status, string error) => Json(
        status, $$"""{"type":"urn:keyreeve:error:{{error}}","title":"t","status":{{(int)status}},"detail":"d","correlationId":"c1"}""", "application/problem+json");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Requests)
            Requests.Add($"{request.Method} {request.RequestUri!.Authority} {request.RequestUri.PathAndQuery}");
        if (request.Headers.TryGetValues("Idempotency-Key", out var keys))
            IdempotencyKeys.AddRange(keys);
        var answer = Interpose?.Invoke(request);
        if (answer is not null)
        {
            answer.RequestMessage = request;
            return answer;
        }

        var body = request.Content is null ? null : JsonNode.Parse(await request.Content.ReadAsStringAsync(cancellationToken));
        answer = request.RequestUri.AbsolutePath switch
        {
            "/v1/keys/orders/datakey" => GenerateDataKey(body!),
            "/v1/decrypt" => Decrypt(body!),
            "/v1/decrypt-batch" => DecryptBatch(body!),
            _ => Problem(HttpStatusCode.NotFound, "ItemNotFound"),
        };
        answer.RequestMessage = request;
        return answer;
    }

    protected override void Dispose(bool disposing)
    {
        _kek.Dispose();
        base.Dispose(disposing);
    }

    private HttpResponseMessage GenerateDataKey(JsonNode body)
    {
        using var dataKey = SecretBytes.Random(body["lengthInBytes"]!.GetValue<int>());
        using var lease = dataKey.Reveal();
        var wrapped = EnvelopeWriter.WriteDirect(_kek, VersionId, ContextOf(body), lease.Span);
        return Json(HttpStatusCode.OK, JsonSerializer.Serialize(new
        {
            plaintext = Convert.ToBase64String(lease.Span),
            ciphertext = Convert.ToBase64String(wrapped),
            keyId = KeyId.ToString(),
            version = 3,
        }));
    }

    private HttpResponseMessage Decrypt(JsonNode body)
    {
        var envelope = Convert.FromBase64String(body["ciphertext"]!.GetValue<string>());
        if (!EnvelopeHeader.TryParse(envelope, out var header))
            return Problem(HttpStatusCode.BadRequest, "InvalidField");
        if (header.UniqueIdentifier != VersionId)
            return Problem(HttpStatusCode.NotFound, "ItemNotFound");
        if (!EnvelopeReader.TryGetPlaintextLength(envelope, out var length))
            return Problem(HttpStatusCode.UnprocessableEntity, "CryptographicFailure");
        var plaintext = new byte[length];
        return EnvelopeReader.TryOpen(envelope, _kek, ContextOf(body), plaintext, out _)
            ? Json(HttpStatusCode.OK, JsonSerializer.Serialize(new { plaintext = Convert.ToBase64String(plaintext), keyId = KeyId.ToString(), version = 3 }))
            : Problem(HttpStatusCode.UnprocessableEntity, "CryptographicFailure");
    }

    private HttpResponseMessage DecryptBatch(JsonNode body)
    {
        var items = new JsonArray();
        foreach (var item in body["items"]!.AsArray())
        {
            using var answer = Decrypt(item!);
            var text = new StreamReader(answer.Content.ReadAsStream()).ReadToEnd();
            items.Add(answer.IsSuccessStatusCode ? JsonNode.Parse(text) : new JsonObject { ["plaintext"] = null, ["error"] = JsonNode.Parse(text)!["type"]!.GetValue<string>()[19..] });
        }

        return Json(HttpStatusCode.OK, new JsonObject { ["items"] = items }.ToJsonString());
    }

    private static EncryptionContext ContextOf(JsonNode body) =>
        body["context"] is null ? EncryptionContext.Empty : EncryptionContext.Create(body["context"]!.AsObject().Select(static pair => new KeyValuePair<string, string>(pair.Key, pair.Value!.GetValue<string>())));
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace Keyreeve.Integration.Rest;

/// <summary>Plain HTTP and JSON, as any client would speak; deliberately without the SDK.</summary>
public sealed class RestClient : IDisposable
{
    private readonly HttpClient _http;

    public RestClient(Uri address, X509Certificate2 authority, X509Certificate2? certificate, Version? version)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30), UseCookies = false, AllowAutoRedirect = false };
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { authority },
        };
        if (certificate is not null)
        {
            handler.SslOptions.ClientCertificates = [certificate];
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        _http = new HttpClient(handler)
        {
            BaseAddress = address,
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    public async Task<RestReply> SendAsync(
        HttpMethod method, string path, JsonNode? body = null, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var content = body is null ? null : new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await SendAsync(method, path, content, headers);
    }

    public async Task<RestReply> SendAsync(
        HttpMethod method, string path, HttpContent? content, IReadOnlyDictionary<string, string>? headers = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers ?? new Dictionary<string, string>()) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new RestReply((int)response.StatusCode, text, response.Headers, response.Content.Headers);
    }

    /// <summary>Asks for an answer that goes on; the reader's end is the answer's.</summary>
    public async Task<StreamReader> OpenAsync(string path)
    {
        var response = await _http.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);
        return response.IsSuccessStatusCode
            ? new StreamReader(await response.Content.ReadAsStreamAsync())
            : throw new HttpRequestException(await response.Content.ReadAsStringAsync(), null, response.StatusCode);
    }

    public Task<RestReply> GetAsync(string path) => SendAsync(HttpMethod.Get, path, (HttpContent?)null);

    public Task<RestReply> PostAsync(string path, JsonNode? body = null) => SendAsync(HttpMethod.Post, path, body);

    public Task<RestReply> DeleteAsync(string path, JsonNode? body = null) => SendAsync(HttpMethod.Delete, path, body);

    public async Task<RestReply> CreateKeyAsync(string name, string? group = null)
    {
        var body = new JsonObject { ["name"] = name };
        if (group is not null) body["group"] = group;
        return (await PostAsync("/v1/keys", body)).Expect(201);
    }

    public async Task<string> EncryptAsync(string key, byte[] plaintext, JsonObject? context = null)
    {
        var body = new JsonObject { ["plaintext"] = Convert.ToBase64String(plaintext) };
        if (context is not null) body["context"] = context.DeepClone();
        return (await PostAsync($"/v1/keys/{key}/encrypt", body)).Expect(200).Text("ciphertext");
    }

    public Task<RestReply> DecryptAsync(string ciphertext, JsonObject? context = null, string? key = null)
    {
        var body = new JsonObject { ["ciphertext"] = ciphertext };
        if (context is not null) body["context"] = context.DeepClone();
        return PostAsync(key is null ? "/v1/decrypt" : $"/v1/keys/{key}/decrypt", body);
    }

    public void Dispose() => _http.Dispose();
}

/// <summary>An answer.</summary>
public sealed record RestReply(int Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    /// <summary>The name of the refusal's reason.</summary>
    public string Error => Text("type").Replace("urn:keyreeve:error:", "", StringComparison.Ordinal);

    public string Text(string member) => Json[member]!.GetValue<string>();

    public int Number(string member) => Json[member]!.GetValue<int>();

    public RestReply Expect(int status) => Status == status
        ? this
        : throw new Xunit.Sdk.XunitException($"Expected {status}, but it is {Status}: {Body}");

    public RestReply ExpectError(int status, string error) => string.Equals(Expect(status).Error, error, StringComparison.Ordinal)
        ? this
        : throw new Xunit.Sdk.XunitException($"Expected {error}, but it is: {Body}");
}

using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Keyreeve.Client.Rest;

namespace Keyreeve.Client;

/// <summary>Who may do what: the tenant's policy. The caller needs the role SecurityOfficer in the whole tenant.</summary>
/// <remarks>Thread safe. Every method may throw <see cref="KeyreeveClientException"/>. What a policy says: <c>docs/access.md</c>.</remarks>
public sealed class PolicyAdministration
{
    private const string PolicyPath = "/v1/policy";

    // A file that people keep may have comments; the server gets none.
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly RestTransport _transport;

    internal PolicyAdministration(RestTransport transport) => _transport = transport;

    /// <summary>The policy in force, with what enrolment gave.</summary>
    public async Task<ClientPolicy> ExportAsync(CancellationToken cancellationToken = default)
    {
        using var answer = await _transport.SendAsync(new RestRequest(HttpMethod.Get, PolicyPath), cancellationToken).ConfigureAwait(false);
        var message = answer.Read(ClientJson.Default.PolicyAnswer);
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Readable)) message.Policy.WriteTo(writer);
        return new ClientPolicy(message.Version, Encoding.UTF8.GetString(text.WrittenSpan));
    }

    /// <summary>What a policy would change. It is looked at as closely as if it were applied.</summary>
    /// <param name="policy">The policy, as JSON; comments are allowed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public Task<ClientPolicyOutcome> CompareAsync(string policy, CancellationToken cancellationToken = default) =>
        SendAsync(new RestRequest(HttpMethod.Post, PolicyPath + "/compare") { Body = BodyOf(policy, null) }, cancellationToken);

    /// <summary>Puts a policy in the place of the one in force.</summary>
    /// <param name="policy">The policy, as JSON; comments are allowed. What is not in it is not allowed.</param>
    /// <param name="expectedVersion">The version that it is to take the place of: <see cref="ClientPolicyOutcome.Before"/> of the comparison; null: any.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public Task<ClientPolicyOutcome> ApplyAsync(string policy, string? expectedVersion = null, CancellationToken cancellationToken = default) =>
        SendAsync(new RestRequest(HttpMethod.Put, PolicyPath) { Body = BodyOf(policy, expectedVersion) }, cancellationToken);

    /// <summary>Why a principal may do something, or why not.</summary>
    public async Task<ClientExplanation> ExplainAsync(PolicyQuestion question, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(question);
        var message = new PolicyQuestionBody
        {
            Principal = question.Principal,
            Operation = question.Operation,
            Key = question.Key,
            Group = question.Group,
            Context = question.Context?.Pairs.ToDictionary(StringComparer.Ordinal),
            Purpose = question.Purpose,
            SourceAddress = question.SourceAddress,
            Protocol = question.Protocol,
            Time = question.Time,
        };
        var request = new RestRequest(HttpMethod.Post, PolicyPath + "/explain")
        {
            Body = JsonSerializer.SerializeToUtf8Bytes(message, ClientJson.Default.PolicyQuestionBody),
        };
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientExplanation);
    }

    private static ReadOnlyMemory<byte> BodyOf(string policy, string? expectedVersion)
    {
        ArgumentNullException.ThrowIfNull(policy);
        using var document = JsonDocument.Parse(policy, Lenient);
        var body = new ArrayBufferWriter<byte>();
        RequestBody.Write(body, writer =>
        {
            writer.WritePropertyName("policy");
            document.WriteTo(writer);
            if (expectedVersion is not null) writer.WriteString("expectedVersion", expectedVersion);
        });
        return body.WrittenMemory;
    }

    private async Task<ClientPolicyOutcome> SendAsync(RestRequest request, CancellationToken cancellationToken)
    {
        using var answer = await _transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Read(ClientJson.Default.ClientPolicyOutcome);
    }
}

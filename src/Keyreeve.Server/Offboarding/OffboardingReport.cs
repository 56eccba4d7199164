using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Offboarding;

namespace Keyreeve.Server.Offboarding;

/// <summary>What was done, as a document that stands alone: <c>docs/formats/offboarding.md</c>.</summary>
internal sealed record OffboardingReport
{
    public const string Format = "keyreeve-offboarding/1";

    private static readonly JsonWriterOptions Layout = new() { Indented = true, NewLine = "\n", Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required OffboardingPlan Plan { get; init; }

    public required Call Call { get; init; }

    public required bool IsDryRun { get; init; }

    public required ImmutableArray<TreatedKey> Keys { get; init; }

    /// <summary>How many records of theirs were read.</summary>
    public required long RecordsRead { get; init; }

    /// <summary>Whether all were.</summary>
    public required bool IsComplete { get; init; }

    /// <summary>How many records the trail had by then.</summary>
    public required long TrailSize { get; init; }

    public required string Verifier { get; init; }

    /// <summary>The document.</summary>
    public string Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Layout))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteBoolean("dryRun", IsDryRun);
            json.WriteString("time", Call.Time.UtcDateTime);
            json.WriteString("by", Call.Principal.Name);
            json.WriteString("correlationId", Call.CorrelationId);
            json.WriteString("verifier", Verifier);
            json.WriteNumber("trailSize", TrailSize);
            json.WriteNumber("tenant", Plan.Tenant.Value);
            json.WriteStartObject("subject");
            json.WriteString("kind", Plan.Subject.Kind.ToString().ToLowerInvariant());
            json.WriteString("name", Plan.Subject.Name);
            json.WriteEndObject();
            WritePrincipals(json);
            WriteCodes(json);
            WriteTexts(json, "grants", Plan.Grants.Select(static g => $"{g.Rule} of '{g.GrantedBy}' to '{g.GrantedTo}' for the key {g.Key}"));
            WriteTexts(json, "introduced", Plan.Introduced);
            WriteKeys(json);
            json.WriteNumber("recordsRead", RecordsRead);
            json.WriteBoolean("complete", IsComplete);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private void WritePrincipals(Utf8JsonWriter json)
    {
        json.WriteStartArray("principals");
        foreach (var offboarded in Plan.Principals)
        {
            var (enrolled, removed, isDisabled) = offboarded;
            json.WriteStartObject();
            json.WriteString("name", enrolled.Principal.Name);
            json.WriteString("fingerprint", enrolled.Principal.Fingerprint);
            json.WriteString("enrolledAt", enrolled.EnrolledAt.UtcDateTime);
            json.WriteString("enrolledBy", enrolled.IssuedBy);
            json.WriteString("outcome", isDisabled ? "disabled" : "parted from credentials");
            WriteTexts(json, "rights", offboarded.Rights);
            json.WriteStartArray("credentials");
            foreach (var credential in removed)
            {
                json.WriteStartObject();
                json.WriteString("kind", credential.Kind.ToString());
                json.WriteString("id", credential.Identity);
                if (credential.Authority.Length > 0) json.WriteString("authority", credential.Authority);
                if (credential.Name.Length > 0) json.WriteString("name", credential.Name);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteCodes(Utf8JsonWriter json)
    {
        json.WriteStartArray("codes");
        foreach (var code in Plan.Codes)
        {
            json.WriteStartObject();
            json.WriteString("name", code.Name);
            json.WriteString("issuedBy", code.IssuedBy);
            json.WriteString("expiresAt", code.ExpiresAt.UtcDateTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void WriteKeys(Utf8JsonWriter json)
    {
        json.WriteStartArray("keys");
        foreach (var (key, outcome) in Keys)
        {
            json.WriteStartObject();
            json.WriteString("id", key.Id.ToString());
            if (key.Name is { } name) json.WriteString("name", name);
            if (key.Group is { } group) json.WriteString("group", group);
            json.WriteString("exposure", key.Kind.ToString());
            json.WriteString("since", key.Since.UtcDateTime);
            json.WriteString("until", key.Until.UtcDateTime);
            json.WriteStartArray("versions");
            foreach (var version in key.Versions) json.WriteNumberValue(version);
            json.WriteEndArray();
            WriteTexts(json, "principals", key.Principals);
            json.WriteStartObject("operations");
            foreach (var (operation, count) in key.Operations) json.WriteNumber(operation, count);
            json.WriteEndObject();
            json.WriteString("exposed", Exposed(key));
            json.WriteString("outcome", outcome);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Exposed(KeyExposure key)
    {
        var versions = key.Versions.IsEmpty ? "it" : $"version{(key.Versions.Length > 1 ? "s" : "")} {string.Join(", ", key.Versions)}";
        return key.Kind switch
        {
            ExposureKind.Material => $"every ciphertext under {versions}, whenever it was made: the key itself was given out on {key.Since:yyyy-MM-dd HH:mm:ss} UTC",
            ExposureKind.Plaintexts => $"what was decrypted under {versions} since {key.Since:yyyy-MM-dd HH:mm:ss} UTC, and all that is encrypted under data keys fetched since then",
            _ => $"nothing is readable; what was signed by {versions} since {key.Since:yyyy-MM-dd HH:mm:ss} UTC stays valid",
        };
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}

using System.Collections.Concurrent;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Integration.Telemetry;

/// <summary>A receiver of OTLP over HTTP, which reads protobuf by the numbers that opentelemetry-proto 1.x gives to fields.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _web;

    private Collector(WebApplication web) => _web = web;

    public string Address => _web.Urls.First();

    /// <summary>Spans: name, parent's id in hexadecimal ("" if it has none), own id, attributes.</summary>
    public ConcurrentQueue<Span> Spans { get; } = new();

    /// <summary>The names of the metrics.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = new(StringComparer.Ordinal);

    /// <summary>All that has come, as text, to look for what must not be in it.</summary>
    public ConcurrentQueue<string> Raw { get; } = new();

    public ConcurrentQueue<string> Tokens { get; } = new();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        var collector = new Collector(web);
        web.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            collector.Tokens.Enqueue(context.Request.Headers.Authorization.ToString());
            collector.Take(context.Request.Path, body.ToArray());
            context.Response.ContentType = "application/x-protobuf";
        });
        await web.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private void Take(string path, byte[] body)
    {
        Raw.Enqueue(Encoding.Latin1.GetString(body));
        // ExportRequest: resource_* = 1; Resource*: scope_* = 2; Scope*: spans or metrics = 2
        foreach (var item in Of(body, 1).SelectMany(static r => Of(r, 2)).SelectMany(static s => Of(s, 2)))
        {
            if (path == "/v1/traces") Spans.Enqueue(SpanOf(item));
            else Metrics[Text(item, 1)] = true;
        }
    }

    // Span: span_id = 2, parent_span_id = 4, name = 5, attributes = 9 (KeyValue: key = 1, value = 2; AnyValue: string_value = 1)
    private static Span SpanOf(byte[] span) => new(
        Text(span, 5), Hex(span, 4), Hex(span, 2), Of(span, 9).ToDictionary(static a => Text(a, 1), static a => Of(a, 2).Select(static v => Text(v, 1)).FirstOrDefault() ?? "", StringComparer.Ordinal));

    private static string Text(byte[] message, int field) => Of(message, field).Select(Encoding.UTF8.GetString).FirstOrDefault() ?? "";

    private static string Hex(byte[] message, int field) => Of(message, field).Select(Convert.ToHexStringLower).FirstOrDefault() ?? "";

    private static List<byte[]> Of(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var reader = new CodedInputStream(message);
        for (var tag = reader.ReadTag(); tag != 0; tag = reader.ReadTag())
        {
            if (WireFormat.GetTagFieldNumber(tag) == field && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited) found.Add(reader.ReadBytes().ToByteArray());
            else reader.SkipLastField();
        }

        return found;
    }

    public sealed record Span(string Name, string Parent, string Id, IReadOnlyDictionary<string, string> Attributes);
}

using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>Reads the body of a request: bounded, JSON alone, strictly, and without leaving a copy of it behind.</summary>
internal static class RequestBody
{
    private const int FirstReadInBytes = 4096;

    /// <summary>Whether a body follows, of whatever length.</summary>
    public static bool IsExpected(HttpContext context) => context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? false;

    /// <exception cref="RestRefusal">It is too large, of another type, or not such a message.</exception>
    public static async ValueTask<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, int limitInBytes, CancellationToken cancellationToken)
        where T : class
    {
        if (context.Request.ContentLength > limitInBytes) throw RestRefusal.TooLarge(limitInBytes);
        RequireJson(context.Request.ContentType);

        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.Length > limitInBytes) throw RestRefusal.TooLarge(limitInBytes);
            if (!result.IsCompleted)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                continue;
            }

            try
            {
                return Parse(result.Buffer, type);
            }
            finally
            {
                reader.AdvanceTo(result.Buffer.End);
            }
        }
    }

    /// <summary>Reads a body of whatever type, into a buffer that the caller disposes of.</summary>
    /// <exception cref="RestRefusal">It is too large.</exception>
    public static async ValueTask<WipedBuffer> ReadBytesAsync(HttpContext context, int limitInBytes, CancellationToken cancellationToken)
    {
        if (context.Request.ContentLength > limitInBytes) throw RestRefusal.TooLarge(limitInBytes);
        var whole = new WipedBuffer((int)(context.Request.ContentLength ?? FirstReadInBytes));
        try
        {
            var reader = context.Request.BodyReader;
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                if (whole.Length + result.Buffer.Length > limitInBytes) throw RestRefusal.TooLarge(limitInBytes);
                foreach (var segment in result.Buffer) whole.Write(segment.Span);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted) return whole;
            }
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    private static T Parse<T>(ReadOnlySequence<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        if (body.IsSingleSegment) return Parse(body.FirstSpan, type);
        using var whole = new WipedBuffer((int)body.Length);
        foreach (var segment in body) whole.Write(segment.Span);
        return Parse(whole.Written.Span, type);
    }

    private static T Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw RestRefusal.Malformed("The body is null.");
        }
        catch (MomentException fault)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The body cannot be used, at {fault.Path ?? "$"}: {fault.Message}.");
        }
        catch (JsonException fault)
        {
            // The exception's own text can quote the body; its place cannot.
            throw RestRefusal.Malformed(
                $"The body is not what this route takes, at {fault.Path ?? "$"} (line {fault.LineNumber + 1 ?? 1}, byte {fault.BytePositionInLine + 1 ?? 1}): "
                + "it is not JSON there, or a member is unknown, repeated, missing or of the wrong kind.");
        }
    }

    private static void RequireJson(string? contentType)
    {
        if (string.Equals(contentType, "application/json", StringComparison.Ordinal)) return;
        var isJson = MediaTypeHeaderValue.TryParse(contentType, out var parsed)
            && parsed.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            && (!parsed.Charset.HasValue || parsed.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase));
        if (!isJson) throw RestRefusal.UnsupportedMediaType("The body is sent as 'Content-Type: application/json', in UTF-8.");
    }
}

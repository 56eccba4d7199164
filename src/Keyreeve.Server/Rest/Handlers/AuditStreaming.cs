using System.Buffers;
using System.Globalization;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Operations.Evidence;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Http;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>
/// An answer that goes on: records as they are read, no faster than the caller takes them, in turn with the work of others. Between two looks
/// it is asked anew who the caller is and whether it still may.
/// </summary>
internal sealed class AuditStreaming(RestExchange exchange, AuditReading stream, AuditLines lines)
{
    private const int FlushAbove = 64 * 1024;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SignOfLife = TimeSpan.FromSeconds(15);

    private readonly HttpContext _context = exchange.Context;
    private readonly RestServices _services = exchange.Services;

    /// <summary>Writes what is there and what comes, until the caller leaves, may not any more, or the server stops.</summary>
    public async Task FollowAsync()
    {
        _context.Response.Headers["X-Keyreeve-Audit-After"] = stream.After.ToString(CultureInfo.InvariantCulture);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted, _services.AuditReaders.Stopping);
        try
        {
            await BeginAsync(end.Token);
            await WriteAsync(stream.Earlier, end.Token);
            var written = _services.Time.GetTimestamp();
            while (true)
            {
                await RequireAsync();
                var records = await NextAsync();
                if (records.Count == 0 && _services.Time.GetElapsedTime(written) < SignOfLife)
                {
                    if (!stream.HasMore) await Task.Delay(LookInterval, _services.Time, end.Token);
                    continue;
                }

                if (records.Count > 0) await WriteAsync(records, end.Token);
                else await SendAsync("\n"u8.ToArray(), end.Token);
                written = _services.Time.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Who left has left; and at a stop the answer ends as it should.
        }
        catch (KeyreeveException refusal)
        {
            await SayAsync(refusal, end.Token);
        }
    }

    /// <summary>Writes what is there. What ends it before that breaks the answer off, so that half of it does not look whole.</summary>
    public async Task ExportAsync()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_context.RequestAborted, _services.AuditReaders.Stopping);
        try
        {
            await BeginAsync(end.Token);
            while (!stream.IsComplete)
            {
                await RequireAsync();
                await WriteAsync(await NextAsync(), end.Token);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            _context.Abort();
        }
    }

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        _context.Response.ContentType = lines.ContentType;
        await _context.Response.StartAsync(cancellationToken);
        await SendAsync(Encoding.UTF8.GetBytes(lines.Head), cancellationToken);
        // The headers too: over HTTP/1.1 they wait for something to come with them.
        await _context.Response.BodyWriter.FlushAsync(cancellationToken);
    }

    private async Task WriteAsync(IEnumerable<AuditRecord> records, CancellationToken cancellationToken)
    {
        using var buffer = new WipedBuffer();
        foreach (var record in records)
        {
            lines.Write(buffer, record);
            if (buffer.Length < FlushAbove) continue;
            await SendAsync(buffer.Written, cancellationToken);
            buffer.Consume(buffer.Length);
        }

        await SendAsync(buffer.Written, cancellationToken);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _context.Response.BodyWriter.WriteAsync(bytes, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async ValueTask<IReadOnlyList<AuditRecord>> NextAsync()
    {
        await exchange.NextTurnAsync();
        return stream.Next();
    }

    private async ValueTask RequireAsync()
    {
        var principal = await _services.Authenticator.FindPrincipalAsync(_context);
        if (principal is null || principal.Tenant != exchange.Call.Principal.Tenant || !string.Equals(principal.Name, exchange.Call.Principal.Name, StringComparison.Ordinal))
            throw KeyreeveException.NotAuthenticated();
        var call = exchange.Call with { Principal = principal, Time = _services.Time.GetUtcNow() };
        if (_services.Pipeline.WhyEnded(_services.StreamAudit.Name, call) is { } refusal) throw refusal;
    }

    private async Task SayAsync(KeyreeveException refusal, CancellationToken cancellationToken)
    {
        var row = RestErrors.For(refusal.Error);
        using var buffer = new WipedBuffer();
        var problem = new ProblemMessage
        {
            Type = RestErrors.TypeOf(refusal.Error), Title = row.Title, Status = row.Status, Detail = refusal.Message, CorrelationId = _context.TraceIdentifier,
        };
        JsonOutput.Write(buffer, problem, RestJson.Default.ProblemMessage);
        buffer.Write("\n"u8);
        await _context.Response.BodyWriter.WriteAsync(buffer.Written, cancellationToken);
    }
}

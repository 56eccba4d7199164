using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Server.Rest.Wire;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>One request and its answer, as handlers see them. Used by one thread at a time.</summary>
internal sealed class RestExchange(HttpContext context, RestRoute route, RestServices services, Call call, ProcessorTurn work)
{
    public RestServices Services => services;

    /// <summary>Who asks; of a route that demands no certificate: nobody known.</summary>
    public Call Call { get; private set; } = call;

    /// <summary>The address that the connection comes from.</summary>
    public string SourceAddress => context.Connection.RemoteIpAddress?.ToString() ?? "";

    public HttpContext Context => context;

    /// <summary>A value from the path.</summary>
    public string Path(string name) => (string)context.GetRouteValue(name)!;

    /// <summary>A value from the query, or null.</summary>
    public string? Query(string name)
    {
        var values = context.Request.Query[name];
        return values.Count <= 1
            ? values.ToString() is { Length: > 0 } value ? value : null
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is given more than once.");
    }

    /// <summary>A whole number from the query, or <paramref name="standard"/>.</summary>
    public int QueryNumber(string name, int least, int most, int standard)
    {
        if (Query(name) is not { } text) return standard;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most
            ? value
            : throw new KeyreeveException(KeyreeveError.InvalidField, $"'{name}' is a whole number from {least} to {most}.");
    }

    /// <summary>A moment from the query, or null.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none, or has no zone.</exception>
    public DateTimeOffset? QueryMoment(string name) => Query(name) is { } text ? Moment.Read(text, name) : null;

    /// <summary>Takes the purpose that the body states.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none, or not the header's.</exception>
    public void TakePurpose(string? purpose)
    {
        if (purpose is null) return;
        if (!PurposeRules.IsWellFormed(purpose))
            throw new KeyreeveException(KeyreeveError.InvalidField, "'purpose' is one code of 1 to 64 letters, digits, '.', '_', ':', '/' and '-'.");
        if (Call.Purpose is { } stated && !string.Equals(stated, purpose, StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.InvalidField, "'purpose' in the body and X-Keyreeve-Purpose differ.");
        Call = Call with { Purpose = purpose };
    }

    /// <summary>Says where what was created can be found.</summary>
    public void SetLocation(string path) => context.Response.Headers.Location = path;

    /// <summary>Runs an operation, and waits until its audit record is durable.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<TResult> RunAsync<TRequest, TResult>(
        Operation<TRequest, TResult> operation, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
    {
        var held = await HoldAsync(operation, request, cancellationToken);
        return await work.AfterAsync(held.ReleaseAsync(cancellationToken));
    }

    /// <summary>Runs an operation whose answer is waited for later, together with others.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Held<TResult>> HoldAsync<TRequest, TResult>(Operation<TRequest, TResult> operation, TRequest request, CancellationToken cancellationToken)
        where TRequest : class
    {
        await work.PauseAsync();
        return await work.AfterAsync(services.Pipeline.RunAsync(operation, Call, request, cancellationToken));
    }

    /// <summary>Waits for the caller's turn on the processor: between pieces of an answer that has no end.</summary>
    public ValueTask NextTurnAsync() => work.NextAsync();

    /// <summary>Whether the request has a body.</summary>
    public bool HasBody => RequestBody.IsExpected(context);

    /// <summary>Whether all of the body has arrived, or there is none: what takes long after that takes long here.</summary>
    public bool IsBodyRead { get; private set; } = !RequestBody.IsExpected(context);

    /// <summary>Reads the body strictly.</summary>
    /// <exception cref="RestRefusal">Too large, of another type, or not the message that the route takes.</exception>
    public async ValueTask<T> ReadBodyAsync<T>(JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        var message = await work.AfterAsync(RequestBody.ReadAsync(context, type, route.BodyLimitInBytes, cancellationToken));
        IsBodyRead = true;
        return message;
    }

    /// <summary>Reads the body as the bytes that it is, into a buffer that the caller disposes of.</summary>
    /// <exception cref="RestRefusal">Too large.</exception>
    public async ValueTask<WipedBuffer> ReadBytesAsync(int limitInBytes, CancellationToken cancellationToken)
    {
        var body = await work.AfterAsync(RequestBody.ReadBytesAsync(context, limitInBytes, cancellationToken));
        IsBodyRead = true;
        return body;
    }

    /// <summary>Sends a message. It is disposed of, and the buffer wiped, whatever happens.</summary>
    public async ValueTask AnswerAsync<T>(T message, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        using var secrets = message as IDisposable;
        using var buffer = new WipedBuffer();
        JsonOutput.Write(buffer, message, type);
        await SendAsync(buffer, cancellationToken);
    }

    private ValueTask<FlushResult> SendAsync(WipedBuffer body, CancellationToken cancellationToken)
    {
        var response = context.Response;
        response.StatusCode = route.SuccessStatus;
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        return response.BodyWriter.WriteAsync(body.Written, cancellationToken);
    }

    /// <summary>Sends what is written already.</summary>
    public async Task AnswerAsync(ReadOnlyMemory<byte> body, CancellationToken cancellationToken, string contentType = "application/json")
    {
        context.Response.StatusCode = route.SuccessStatus;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body, cancellationToken);
    }

    /// <summary>Answers that it is done, without a message.</summary>
    public void AnswerNothing() => context.Response.StatusCode = route.SuccessStatus;
}

using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Keyreeve.Cli.Agent;

/// <summary>
/// The SDK's engine for programs in other languages: envelopes, the cache of data keys and the list of servers behind REST on a Unix
/// socket.
/// </summary>
internal sealed class AgentServer : IAsyncDisposable
{
    private const int LargestBodyInBytes = 2 * 1024 * 1024;

    private readonly EnvelopeEncryptor _encryptor;
    private readonly WebApplication _application;
    private readonly string _socket;

    private AgentServer(EnvelopeEncryptor encryptor, WebApplication application, string socket)
    {
        _encryptor = encryptor;
        _application = application;
        _socket = socket;
    }

    /// <summary>Opens the socket.</summary>
    /// <exception cref="CliException">Another agent serves there, or something else is in the way.</exception>
    public static async Task<AgentServer> StartAsync(EnvelopeEncryptor encryptor, string socket, AgentPeers peers, CancellationToken cancellationToken)
    {
        await RemoveLeftoverAsync(socket, cancellationToken);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "keyreeve-agent" });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = LargestBodyInBytes;
            options.ListenUnixSocket(socket, listen => listen.Use(next => connection => peers.CheckAsync(connection, next)));
        });
        var application = builder.Build();
        var agent = new AgentServer(encryptor, application, socket);
        application.Run(agent.AnswerAsync);
        await application.StartAsync(cancellationToken);
        // Who may connect is decided by the kernel's word on each connection, and by the folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(socket, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        return agent;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync();
        await _application.DisposeAsync();
        File.Delete(_socket);
    }

    /// <summary>A socket that an agent left when it was killed is in nobody's way.</summary>
    private static async Task RemoveLeftoverAsync(string path, CancellationToken cancellationToken)
    {
        if (!Path.Exists(path))
            return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && new FileInfo(path).Length == 0)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new CliException(ExitCode.File, $"'{path}' is in the way: {e.Message}");
        }

        throw new CliException(ExitCode.File, $"An agent serves at '{path}' already.");
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            switch (context.Request.Method, context.Request.Path.Value)
            {
                case ("POST", "/v1/encrypt"):
                    await EncryptAsync(context);
                    break;
                case ("POST", "/v1/decrypt"):
                    await DecryptAsync(context);
                    break;
                case ("GET", "/v1/health"):
                    await WriteAsync(context, Health(), AgentJson.Default.AgentHealth);
                    break;
                default:
                    await RefuseAsync(context, 404, "NotFound", "There are POST /v1/encrypt, POST /v1/decrypt and GET /v1/health.");
                    break;
            }
        }
        catch (JsonException)
        {
            // The exception's text can quote the body.
            await RefuseAsync(context, 400, "InvalidMessage", "The body is not what this takes: it is no JSON, or a member is unknown, repeated, missing or of the wrong kind.");
        }
        catch (ArgumentException e) when (e.ParamName is not null)
        {
            await RefuseAsync(context, 400, "InvalidField", "The context cannot be used: names are given once, and none is empty or too long.");
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, "InvalidMessage", e.Message);
        }
        catch (KeyreeveClientException e)
        {
            await RefuseAsync(context, e.IsOutage ? 503 : (int?)e.Status ?? 422, e.Error, e.Message);
        }
    }

    private async Task EncryptAsync(HttpContext context)
    {
        var question = await ReadAsync(context, AgentJson.Default.AgentEncryption);
        try
        {
            var bound = EncryptionContext.Create(question.Context);
            var envelope = question.Key is { } key
                ? await _encryptor.EncryptAsync(key, question.Plaintext, bound, context.RequestAborted)
                : await _encryptor.EncryptAsync(question.Plaintext, bound, context.RequestAborted);
            await WriteAsync(context, new AgentCiphertext { Ciphertext = envelope }, AgentJson.Default.AgentCiphertext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(question.Plaintext);
        }
    }

    private async Task DecryptAsync(HttpContext context)
    {
        var question = await ReadAsync(context, AgentJson.Default.AgentDecryption);
        var plaintext = await _encryptor.DecryptAsync(question.Ciphertext, EncryptionContext.Create(question.Context), context.RequestAborted);
        try
        {
            await WriteAsync(context, new AgentPlaintext { Plaintext = plaintext }, AgentJson.Default.AgentPlaintext);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    private AgentHealth Health() => new()
    {
        Provider = _encryptor.Provider.Kind,
        Servers = _encryptor.Provider switch
        {
            KeyreeveProvider keyreeve => keyreeve.Client.Servers,
            KmipProvider kmip => kmip.Servers,
            _ => [],
        },
    };

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class => await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted) ?? throw new JsonException();

    private static async Task WriteAsync<T>(HttpContext context, T message, JsonTypeInfo<T> type, string contentType = "application/json")
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, type);
        try
        {
            context.Response.ContentType = contentType;
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(body);
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string error, string detail)
    {
        context.Response.StatusCode = status;
        var problem = new AgentProblem { Type = "urn:keyreeve:error:" + error, Status = status, Detail = detail };
        return WriteAsync(context, problem, AgentJson.Default.AgentProblem, "application/problem+json");
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto.Files;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Hosting;
using Keyreeve.Server.Kmip;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>
/// A whole server in a temporary folder, whose KMIP messages come from the fuzzer instead of a connection. What it logs as an error is a
/// defect: no message may bring one about.
/// </summary>
internal sealed class DoorUnderFuzz : IAsyncDisposable
{
    private const string Group = "fuzz";

    private readonly string _folder;
    private readonly DefectLog _log = new();
    private readonly TtlvWriter _output = new();
    private KeyreeveServer _server = null!;

    private DoorUnderFuzz(string folder) => _folder = folder;

    /// <summary>Who asks: somebody who may do everything with keys of a group in which everything is allowed.</summary>
    private KmipSession Session { get; } = new(
        new KmipCaller("f0", static () => new Principal
        {
            Tenant = TenantId.Default,
            Name = "fuzzer",
            Fingerprint = "f0",
            HomeGroup = GroupName.Parse(Group),
            Bindings = [.. new[] { Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter }.Select(role => new RoleBinding(role, GroupName.Parse(Group)))],
        }),
        "127.0.0.1", 1);

    public static async Task<DoorUnderFuzz> OpenAsync()
    {
        // In memory where there is such a folder: what is fuzzed is the door, not the disk.
        var parent = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        var door = new DoorUnderFuzz(Path.Combine(parent, "keyreeve-fuzz-" + Guid.NewGuid().ToString("N")));
        try
        {
            await door.StartAsync();
            return door;
        }
        catch
        {
            await door.DisposeAsync();
            throw;
        }
    }

    /// <summary>The response to a message; no message may make this throw.</summary>
    public async Task<byte[]> ExchangeAsync(byte[] message, CancellationToken cancellationToken)
    {
        var processor = _server.Kmip!;
        _output.Clear();
        // A connection that ends within a message waits; here nothing more comes.
        if (processor.NeedsMore(message)) return [];
        using var pending = await processor.ExecuteAsync(Session, message, cancellationToken);
        await processor.WriteAsync(pending, _output, cancellationToken);
        return _output.WrittenSpan.ToArray();
    }

    /// <summary>What went wrong since it was asked last.</summary>
    public string? TakeDefect() => _log.Defects.TryDequeue(out var defect) ? defect : null;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.StopAsync();
        _output.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync()
    {
        Directory.CreateDirectory(_folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var passphrase = Path.Combine(_folder, "passphrase");
        var configuration = Path.Combine(_folder, "keyreeve.conf");
        PrivateFile.Write(passphrase, System.Text.Encoding.UTF8.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
        PrivateFile.Write(configuration, System.Text.Encoding.UTF8.GetBytes($"""
            [server]
            data-directory = {Path.Combine(_folder, "data")}
            [rest]
            enabled = no
            [kmip]
            port = 0
            [seal]
            passphrase-file = {passphrase}
            [groups]
            {Group} = insecure-interop

            """));
        var options = OptionsReader.ReadFile(configuration, []);
        await Installation.InitialiseAsync(options, "admin", null, static _ => { }, CancellationToken.None);
        _server = await KeyreeveServer.StartAsync(options, _log, TimeProvider.System, CancellationToken.None);
    }

    private sealed class DefectLog : ILogger, ILoggerFactory
    {
        public ConcurrentQueue<string> Defects { get; } = new();

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // That what is done here is unusual is no defect.
            var text = formatter(state, exception);
            if (IsEnabled(logLevel) && !text.StartsWith("ALERT ", StringComparison.Ordinal)) Defects.Enqueue($"{text} {exception}");
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}

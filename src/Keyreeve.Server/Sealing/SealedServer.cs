using System.Collections.Concurrent;
using System.Net;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Sealing;

/// <summary>
/// A server whose root key does not open: it says so, serves nothing else, tries its slots again now and then, and takes
/// shares, until the root key is open.
/// </summary>
internal sealed class SealedServer : IAsyncDisposable
{
    private const int MostEvents = 1000;

    private readonly SealFile _file;
    private readonly ConfiguredSlots _slots;
    private readonly int _generation;
    private readonly TimeSpan _retryInterval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ShareCeremony _ceremony;
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<SecretBytes> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<SealedEvent> _events = new();
    private string _reason;
    private Task _trying = Task.CompletedTask;
    private SealedDoor? _rest;
    private SealedKmipDoor? _kmip;

    private SealedServer(KeyreeveOptions options, ConfiguredSlots slots, SealedException why, TimeProvider time, ILogger logger)
    {
        _file = new SealFile(options.Server.DataDirectory);
        _slots = slots;
        _generation = why.Generation;
        _retryInterval = options.Seal.RetryInterval;
        _time = time;
        _logger = logger;
        _reason = why.Message;
        SealedSince = time.GetUtcNow();
        _ceremony = new ShareCeremony(time, options.Seal.CeremonyTimeLimit);
    }

    /// <summary>Completes with the root key once it is open; whoever takes it disposes it.</summary>
    public Task<SecretBytes> Opened => _opened.Task;

    /// <summary>When it was found sealed.</summary>
    public DateTimeOffset SealedSince { get; }

    /// <summary>Why it is sealed, as of the last try.</summary>
    public string Reason => Volatile.Read(ref _reason);

    /// <summary>The slot whose shares opened it; null if none has, or a slot opened by itself.</summary>
    public string? SlotOpenedByShares { get; private set; }

    /// <summary>How far shares have been entered.</summary>
    public CeremonyProgress Progress => _ceremony.Progress;

    /// <summary>Which root key is missing.</summary>
    public int Generation => _generation;

    /// <summary>The slots, as the seal file has them; nothing vouches for it while it is sealed.</summary>
    public IReadOnlyList<SealedRootKey> Slots => _file.Read();

    /// <summary>How it stands with the token.</summary>
    public Pkcs11.HsmHealth? Hsm => _slots.Token?.Health;

    /// <summary>What happened meanwhile, for the audit trail, which is sealed as well.</summary>
    public IReadOnlyCollection<SealedEvent> Events => _events;

    public IPEndPoint? RestEndPoint => _rest?.EndPoint;

    public IPEndPoint? KmipEndPoint => _kmip?.EndPoint;

    /// <summary>Opens the doors at which it says that it is sealed. Null if it has never been open, and cannot show who it is.</summary>
    public static async Task<SealedServer?> TryStartAsync(
        KeyreeveOptions options, ConfiguredSlots slots, SealedException why, ILoggerFactory logging, TimeProvider time, CancellationToken cancellationToken)
    {
        var certificate = options.Server.Certificate.CertificateFile is null
            ? new SealedDoorCertificate(options.Server.DataDirectory, options.Server.Names, time).Find()
            : ServerCertificateFiles.ReadFirst(options.Server.Certificate, options.Server.Names, time.GetUtcNow()).Context;
        if (certificate is null) return null;
        var server = new SealedServer(options, slots, why, time, logging.CreateLogger("Keyreeve.Seal"));
        try
        {
            if (options.Rest.Enabled) server._rest = await SealedDoor.StartAsync(options.Rest, server, certificate, logging, cancellationToken);
            if (options.Kmip.Enabled) server._kmip = SealedKmipDoor.Start(options.Kmip, certificate, logging.CreateLogger("Keyreeve.Kmip"));
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        server._logger.LogError("SEALED: {Reason} Nothing is served until a slot opens.", why.Message);
        server._trying = server.TryAgainAsync(server._ending.Token);
        return server;
    }

    /// <summary>Enters a share.</summary>
    public CeremonyStep Enter(string fingerprint, string source, RecoveryShare share)
    {
        var index = share.Index;
        try
        {
            var step = _ceremony.Enter([.. Slots.Where(slot => slot.Generation == _generation)], fingerprint, share, out var root);
            Note(fingerprint, source, $"share {index} of slot {step.Slot.SlotId}, {step.Missing} missing", KeyreeveError.None);
            _logger.LogWarning("Share {Index} of slot {Slot} was entered by the key {Fingerprint}; {Missing} missing.", index, step.Slot.SlotId, fingerprint, step.Missing);
            if (root is null) return step;
            SlotOpenedByShares = step.Slot.SlotId;
            if (!_opened.TrySetResult(root)) root.Dispose();
            return step;
        }
        catch (KeyreeveException refusal)
        {
            Note(fingerprint, source, $"share {index}", refusal.Error);
            throw;
        }
    }

    /// <summary>Forgets the shares; only who has entered one may ask that.</summary>
    public void Cancel(string fingerprint, string source)
    {
        try
        {
            _ceremony.Cancel(fingerprint);
            Note(fingerprint, source, "ceremony cancelled", KeyreeveError.None);
        }
        catch (KeyreeveException refusal)
        {
            Note(fingerprint, source, "cancelling the ceremony", refusal.Error);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _trying;
        if (_rest is not null) await _rest.DisposeAsync();
        if (_kmip is not null) await _kmip.DisposeAsync();
        _ceremony.Dispose();
        _ending.Dispose();
    }

    private async Task TryAgainAsync(CancellationToken ending)
    {
        while (!ending.IsCancellationRequested && !_opened.Task.IsCompleted)
        {
            try
            {
                await Task.Delay(_retryInterval, _time, ending);
                var root = await _file.OpenAsync(_slots.Slots, _generation, ending);
                if (!_opened.TrySetResult(root)) root.Dispose();
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                return;
            }
            catch (KeyreeveException still) when (still.Error == KeyreeveError.Sealed)
            {
                Volatile.Write(ref _reason, still.Message);
            }
        }
    }

    // As much as a trail of a ceremony needs; a flood of refusals must not fill the memory.
    private void Note(string fingerprint, string source, string detail, KeyreeveError error)
    {
        if (_events.Count < MostEvents) _events.Enqueue(new SealedEvent(_time.GetUtcNow(), fingerprint, source, detail, error));
    }
}

/// <summary>Something that happened while the server was sealed.</summary>
/// <param name="Time">When.</param>
/// <param name="Fingerprint">Whose key.</param>
/// <param name="Source">From which address.</param>
/// <param name="Detail">What.</param>
/// <param name="Error">Why it was refused; <see cref="KeyreeveError.None"/> if it was not.</param>
internal sealed record SealedEvent(DateTimeOffset Time, string Fingerprint, string Source, string Detail, KeyreeveError Error);

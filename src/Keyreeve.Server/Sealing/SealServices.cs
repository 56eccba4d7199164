using System.Globalization;
using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Sealing;

/// <summary>The root of trust of a server that is open: its slots, the operations on them, and a watch over token and drills.</summary>
internal sealed class SealServices : IAsyncDisposable
{
    private static readonly TimeSpan ReminderInterval = TimeSpan.FromHours(12);

    private static readonly TimeSpan MixInterval = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan WatchInterval = TimeSpan.FromSeconds(5);

    private const int MixedSizeInBytes = 64;

    private readonly SealOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HsmToken? _token;
    private readonly SealedDoorCertificate _door;
    private readonly ServerIdentity _identity;
    private readonly TimeSpan? _grace;
    private readonly KeyHierarchy _hierarchy;
    private readonly ITimer _reminder;
    private readonly ITimer? _check;
    private HsmHealth? _health;
    private DateTimeOffset _mixAgainAt;
    private DateTimeOffset? _awaySince;
    private int _isChecking;
    private readonly Lock _watching = new();
    private IReadOnlyList<SealedRootKey> _watched = [];
    private DateTimeOffset _watchAgainAt;

    public SealServices(
        KeyreeveOptions options, ConfiguredSlots slots, Engine engine, ServerIdentity identity, TimeProvider time, ILogger logger)
    {
        _options = options.Seal;
        _time = time;
        _logger = logger;
        _token = slots.Token;
        Keeper = new SealKeeper(new SealFile(options.Server.DataDirectory), slots.Slots, engine.Hierarchy, time);
        Ceremony = new ShareCeremony(time, options.Seal.CeremonyTimeLimit);
        Status = new ReadSealStatusOperation(Keeper, Ceremony);
        Add = new AddSealSlotOperation(Keeper, identity.Principals);
        Remove = new RemoveSealSlotOperation(Keeper);
        Drill = new DrillSealSlotOperation(Keeper);
        EnterShare = new EnterShareOperation(Keeper, Ceremony);
        CancelShares = new CancelSharesOperation(Ceremony);
        RotateRoot = new RotateRootKeyOperation(Keeper);
        ReWrapping = new TenantReWrapping(engine, new ReWrapOptions { QuietTime = options.Seal.QuietTime, ObjectsPerSecond = options.Seal.ReWrapRate }, message => logger.LogWarning("{Message}", message));
        RotateTenant = new RotateTenantKeyOperation(ReWrapping);
        ReWrapping.Start();
        _door = new SealedDoorCertificate(options.Server.DataDirectory, options.Server.Names, time);
        _identity = identity;
        _grace = options.Hsm.Grace;
        _hierarchy = engine.Hierarchy;
        _reminder = time.CreateTimer(_ => Remind(), null, TimeSpan.Zero, ReminderInterval);
        if (_token is not null) _check = time.CreateTimer(_ => _ = CheckAsync(_token), null, TimeSpan.Zero, options.Hsm.CheckInterval);
    }

    public SealKeeper Keeper { get; }

    public ShareCeremony Ceremony { get; }

    public ReadSealStatusOperation Status { get; }

    public AddSealSlotOperation Add { get; }

    public RemoveSealSlotOperation Remove { get; }

    public DrillSealSlotOperation Drill { get; }

    public EnterShareOperation EnterShare { get; }

    public CancelSharesOperation CancelShares { get; }

    public RotateRootKeyOperation RotateRoot { get; }

    public RotateTenantKeyOperation RotateTenant { get; }

    public PermitRestoreOperation PermitRestore { get; } = new();

    /// <summary>Brings objects under their tenants' current keys.</summary>
    public TenantReWrapping ReWrapping { get; }

    /// <summary>How it stands with the token; null if there is none.</summary>
    public HsmHealth? Health => _token is null ? null : Volatile.Read(ref _health) ?? _token.Health;

    /// <summary>How many slots nobody has seen open for longer than the configuration allows.</summary>
    public int DrillsDue => WatchedSlots.Count(IsDrillDue);

    /// <summary>The slots of the root key in use as they were a few seconds ago: who asks how it stands, often, does not read the file.</summary>
    public IReadOnlyList<SealedRootKey> WatchedSlots
    {
        get
        {
            lock (_watching)
            {
                if (_time.GetUtcNow() < _watchAgainAt) return _watched;
                _watchAgainAt = _time.GetUtcNow() + WatchInterval;
                try
                {
                    _watched = [.. Keeper.Slots.Where(slot => slot.Generation == Keeper.Generation)];
                }
                catch (Exception unreadable) when (unreadable is KeyreeveException or IOException)
                {
                    _logger.LogError("The seal file cannot be read: after a stop nothing would open. Put it back from a backup. {Reason}", unreadable.Message);
                }

                return _watched;
            }
        }
    }

    /// <summary>For how long nobody has seen a slot of the root key in use open.</summary>
    public TimeSpan DrillAge(SealedRootKey slot) => _time.GetUtcNow() - (slot.DrilledAt ?? slot.CreatedAt ?? DateTimeOffset.UnixEpoch);

    /// <summary>Whether nobody has seen the slot open for longer than the configuration allows.</summary>
    public bool IsDrillDue(SealedRootKey slot) =>
        slot.Generation == Keeper.Generation && (slot.DrilledAt ?? slot.CreatedAt ?? DateTimeOffset.MinValue) + _options.DrillInterval < _time.GetUtcNow();

    /// <summary>Notes that the shares of a slot opened the root key: no drill could show more. That they did is in the trail by now.</summary>
    public async ValueTask NoteOpenedAsync(string slotId, SecretBytes root)
    {
        try
        {
            await using var drill = await Keeper.PrepareDrillAsync(slotId, root, CancellationToken.None);
            await drill.MakeAsync();
        }
        catch (Exception unwritable) when (unwritable is KeyreeveException or IOException or UnauthorizedAccessException)
        {
            _logger.LogError("That the shares of slot {Slot} opened could not be noted in the seal file: {Reason}", slotId, unwritable.Message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _reminder.DisposeAsync();
        if (_check is not null) await _check.DisposeAsync();
        await ReWrapping.DisposeAsync();
        Ceremony.Dispose();
        Keeper.Dispose();
    }

    // Called by a timer, where what is not caught here ends the process.
    private void Remind()
    {
        try
        {
            _door.RenewIfDue(_identity.Authority);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException or PrivateFileException or KeyreeveException or CryptographicException)
        {
            _logger.LogError("The certificate that a sealed server shows cannot be renewed: {Reason}", unwritable.Message);
        }

        foreach (var slot in WatchedSlots.Where(IsDrillDue))
        {
            _logger.LogWarning(
                "Nobody has seen since {Date} that the seal slot {Slot} ({Kind}) opens. Try it: keyreeve seal drill {Slot}",
                (slot.DrilledAt ?? slot.CreatedAt)?.ToString("d", CultureInfo.InvariantCulture) ?? "it was made", slot.SlotId, slot.Kind, slot.SlotId);
        }
    }

    private async Task MixAsync(HsmToken token)
    {
        var now = _time.GetUtcNow();
        if (now < _mixAgainAt) return;
        using var random = await token.RunAsync(
            static session => SecretBytes.Create(MixedSizeInBytes, session, static (bytes, from) => from.GenerateRandom(bytes)), isRepeatable: true, CancellationToken.None);
        using var lease = random.Reveal();
        CryptoRandom.MixIn(lease.Span);
        _mixAgainAt = now + MixInterval;
    }

    private async Task CheckAsync(HsmToken token)
    {
        // A token that hangs is not asked by more and more.
        if (Interlocked.Exchange(ref _isChecking, 1) != 0) return;
        try
        {
            var health = await token.CheckAsync(CancellationToken.None);
            if (health.State == HsmState.Ready) await MixAsync(token);
            Note(health);
        }
        catch (HsmException lost)
        {
            Note(token.Health with { State = lost.State, Reason = lost.Message });
        }
        catch (ObjectDisposedException)
        {
            Volatile.Write(ref _health, null); // the server is stopping
        }
        finally
        {
            Volatile.Write(ref _isChecking, 0);
        }
    }

    // What is open goes on without the token for the configured grace, and after it as soon as it is back.
    private void Note(HsmHealth health)
    {
        Volatile.Write(ref _health, health);
        if (health.State == HsmState.Ready)
        {
            _awaySince = null;
            if (_hierarchy.WhySuspended is null) return;
            _hierarchy.WhySuspended = null;
            _logger.LogWarning("The token is back; the server serves again.");
            return;
        }

        _awaySince ??= _time.GetUtcNow();
        if (_grace is not { } grace || _hierarchy.WhySuspended is not null || _time.GetUtcNow() - _awaySince < grace) return;
        _hierarchy.WhySuspended = "The hardware security module has been away for longer than [hsm] grace allows; nothing is served until it is back.";
        _logger.LogError("SUSPENDED: the token has been away for more than {Grace}: {Reason} Nothing is served until it is back.", grace, health.Reason);
    }
}

using System.Globalization;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
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

    private const int MixedSizeInBytes = 64;

    private readonly SealOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly HsmToken? _token;
    private readonly SealedDoorCertificate _door;
    private readonly ServerIdentity _identity;
    private readonly ITimer _reminder;
    private readonly ITimer? _check;
    private HsmHealth? _health;
    private DateTimeOffset _mixAgainAt;
    private int _isChecking;

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
        RotateRoot = new RotateRootKeyOperation(Keeper, Ceremony);
        ReWrapping = new TenantReWrapping(engine, new ReWrapOptions { QuietTime = options.Seal.QuietTime }, message => logger.LogWarning("{Message}", message));
        RotateTenant = new RotateTenantKeyOperation(ReWrapping);
        ReWrapping.Start();
        _door = new SealedDoorCertificate(options.Server.DataDirectory, options.Server.Names, time);
        _identity = identity;
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

    /// <summary>Brings objects under their tenants' current keys.</summary>
    public TenantReWrapping ReWrapping { get; }

    /// <summary>How it stands with the token; null if there is none.</summary>
    public HsmHealth? Health => _token is null ? null : Volatile.Read(ref _health) ?? _token.Health;

    /// <summary>Whether nobody has seen the slot open for longer than the configuration allows.</summary>
    public bool IsDrillDue(SealedRootKey slot) =>
        slot.Generation == Keeper.Generation && (slot.DrilledAt ?? slot.CreatedAt ?? DateTimeOffset.MinValue) + _options.DrillInterval < _time.GetUtcNow();

    public async ValueTask DisposeAsync()
    {
        await _reminder.DisposeAsync();
        if (_check is not null) await _check.DisposeAsync();
        await ReWrapping.DisposeAsync();
        Ceremony.Dispose();
        Keeper.Dispose();
    }

    private void Remind()
    {
        _door.RenewIfDue(_identity.Authority);
        foreach (var slot in Keeper.Slots.Where(IsDrillDue))
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
            Volatile.Write(ref _health, health);
        }
        catch (HsmException lost)
        {
            Volatile.Write(ref _health, token.Health with { State = lost.State, Reason = lost.Message });
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
}

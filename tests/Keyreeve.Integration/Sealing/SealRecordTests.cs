using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Sealing;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Integration.Operations;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>What is changed outside of the store is changed after its record is on disk, and not without it.</summary>
public sealed class SealRecordTests : IAsyncLifetime
{
    private readonly EngineFixture _fixture = new();
    private readonly WatchedSlot _slot = new();
    private readonly Principal _officer = EngineFixture.PrincipalOf("officer", TenantId.Default, null, Role.SecurityOfficer);
    private SealKeeper _keeper = null!;

    private string FilePath => Path.Combine(_fixture.Folder, SealFile.FileName);

    public async ValueTask InitializeAsync()
    {
        await _fixture.InitializeAsync();
        var file = new SealFile(_fixture.Folder);
        (await file.CreateAsync(_slot, default)).Dispose();
        _keeper = new SealKeeper(file, [_slot], _fixture.Hierarchy, TimeProvider.System);
        await _fixture.RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _officer);
    }

    public async ValueTask DisposeAsync()
    {
        _keeper.Dispose();
        await _fixture.DisposeAsync();
    }

    [Fact]
    [Trait("Attack", "49")]
    public async Task Rotate_RecordThatDoesNotReachTheDisk_ChangesNothingAndLeavesNothingBehind()
    {
        var before = await File.ReadAllTextAsync(FilePath);
        // The trail fails after everything is prepared.
        _slot.OnSealed = () => _fixture.Audit.IsFull = true;

        Assert.Equal(KeyreeveError.AuditUnavailable, await _fixture.RefusedAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _officer));

        Assert.Equal(before, await File.ReadAllTextAsync(FilePath));
        Assert.Equal(2, _fixture.Hierarchy.Generation);
        Assert.Equal(_slot.Sealed[^1], Assert.Single(_slot.Discarded));
        // The next who comes is not kept waiting.
        _slot.OnSealed = null;
        _fixture.Audit.IsFull = false;
        Assert.Equal(3, (await _fixture.RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _officer)).Generation);
    }

    [Fact]
    public async Task Rotate_Recorded_ChangesTheFileAfterItsRecord()
    {
        var records = -1;
        var before = await File.ReadAllTextAsync(FilePath);
        _slot.OnSealed = () => records = _fixture.Audit.Events.Count;

        await _fixture.RunAsync(new RotateRootKeyOperation(_keeper), new RotateRootKeyRequest(), _officer);

        Assert.Equal(records + 1, _fixture.Audit.Events.Count);
        Assert.Equal("root key 3", _fixture.Audit.Events.Last().Detail);
        Assert.NotEqual(before, await File.ReadAllTextAsync(FilePath));
    }

    [Fact]
    public async Task Remove_KeyElsewhereThatCannotBeDestroyed_RemovesAndSaysSoInASecondRecord()
    {
        var old = _keeper.Slots[0].SlotId;
        _slot.IsOutOfReach = true;

        Assert.Equal(KeyreeveError.Sealed, await _fixture.RefusedAsync(new RemoveSealSlotOperation(_keeper), new RemoveSealSlotRequest(old), _officer));

        Assert.DoesNotContain(_keeper.Slots, slot => slot.SlotId == old);
        var records = _fixture.Audit.Events.TakeLast(2).ToList();
        Assert.Equal([Core.Audit.AuditResult.Success, Core.Audit.AuditResult.Failed], records.Select(static record => record.Result));
        Assert.NotEqual(records[0].Id, records[1].Id);
    }

    [Fact]
    public async Task RotateTenantKey_OfATenantThatIsNot_IsRefused()
    {
        await using var reWrapping = new TenantReWrapping(_fixture.Engine, new ReWrapOptions(), static _ => { });

        Assert.Equal(KeyreeveError.ItemNotFound, await _fixture.RefusedAsync(new RotateTenantKeyOperation(reWrapping), new RotateTenantKeyRequest(new TenantId(99)), _officer));

        var rotated = await _fixture.RunAsync(new RotateTenantKeyOperation(reWrapping), new RotateTenantKeyRequest(_fixture.Stranger.Tenant), _officer);
        Assert.Equal((_fixture.Stranger.Tenant, 2), (rotated.Tenant, rotated.Version));
        Assert.Equal([1, 2], _fixture.Hierarchy.VersionsOf(_fixture.Stranger.Tenant));
        Assert.Equal(KeyreeveError.PermissionDenied, await _fixture.RefusedAsync(new RotateTenantKeyOperation(reWrapping), new RotateTenantKeyRequest(), _fixture.Stranger));
    }

    [Fact]
    public async Task Suspended_EverythingButTheSeal_IsRefused()
    {
        var id = await _fixture.CreateAesAsync();
        _fixture.Hierarchy.WhySuspended = "the token is away";

        Assert.Equal(KeyreeveError.Sealed, await _fixture.RefusedAsync(new Core.Operations.Standard.GetAttributesOperation(), new Core.Operations.Standard.GetAttributesRequest { Id = id }));
        using (var ceremony = new ShareCeremony(TimeProvider.System, TimeSpan.FromMinutes(1)))
            Assert.Equal(2, (await _fixture.RunAsync(new ReadSealStatusOperation(_keeper, ceremony), new ReadSealStatusRequest(), _officer)).Generation);

        _fixture.Hierarchy.WhySuspended = null;
        Assert.Equal(State.Active, await _fixture.StateOfAsync(id));
    }

    [Fact]
    public async Task Remove_NoOtherThatOpens_IsRefusedAndSaysWhy()
    {
        await _fixture.RunAsync(new AddSealSlotOperation(_keeper, null!), new AddSealSlotRequest { Kind = "watched" }, _officer);
        var before = await File.ReadAllTextAsync(FilePath);
        var slot = _keeper.Slots.First(slot => slot.Generation == _keeper.Generation).SlotId;
        _slot.IsShut = true;

        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await _fixture.RunAsync(new RemoveSealSlotOperation(_keeper), new RemoveSealSlotRequest(slot), _officer));

        Assert.Equal(KeyreeveError.InvalidField, refusal.Error);
        Assert.Contains("cannot be opened", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(FilePath));
        // An old generation's serves nothing that is in use.
        await _fixture.RunAsync(new RemoveSealSlotOperation(_keeper), new RemoveSealSlotRequest(_keeper.Slots[0].SlotId), _officer);
        _slot.IsShut = false;
        await _fixture.RunAsync(new RemoveSealSlotOperation(_keeper), new RemoveSealSlotRequest(slot), _officer);
        Assert.Single(_keeper.Slots);
    }

    [Fact]
    public async Task Open_SlotWhoseFileCannotBeRead_IsOneReasonAndTheNextIsTried()
    {
        await _fixture.RunAsync(new AddSealSlotOperation(_keeper, null!), new AddSealSlotRequest { Kind = "watched" }, _officer);
        var file = new SealFile(_fixture.Folder);
        _slot.Unreadable = 2;

        Assert.Equal(KeyreeveError.Sealed, (await Assert.ThrowsAsync<KeyreeveException>(async () => await file.OpenAsync([_slot], default))).Error);
        _slot.Unreadable = 1;
        (await file.OpenAsync([_slot], default)).Dispose();
    }

    private sealed class WatchedSlot : ISealSlot
    {
        public List<string> Sealed { get; } = [];

        public List<string> Discarded { get; } = [];

        public Action? OnSealed { get; set; }

        public bool IsOutOfReach { get; set; }

        public bool IsShut { get; set; }

        /// <summary>How many of the next openings fail at the operating system.</summary>
        public int Unreadable { get; set; }

        public string Kind => "watched";

        public ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
        {
            Sealed.Add(slotId);
            OnSealed?.Invoke();
            using var lease = root.Reveal();
            return ValueTask.FromResult(new SealedRootKey(slotId, Kind, [], lease.Span.ToArray()));
        }

        public ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
        {
            if (IsShut) throw new KeyreeveException(KeyreeveError.Sealed, "It cannot be opened.");
            if (Unreadable-- > 0) throw new UnauthorizedAccessException("Access is denied.");
            return ValueTask.FromResult(SecretBytes.CopyFrom(sealedRoot.Wrapped.Span));
        }

        public ValueTask DiscardAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
        {
            if (IsOutOfReach) throw new KeyreeveException(KeyreeveError.Sealed, "out of reach");
            Discarded.Add(sealedRoot.SlotId);
            return ValueTask.CompletedTask;
        }
    }
}

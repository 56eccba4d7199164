using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Sealing.Tpm;
using Xunit;

namespace Keyreeve.Integration.Sealing;

public sealed class TpmSealSlotTests : IDisposable
{
    private const string SlotId = "3f9c01ab";

    private readonly SecretBytes _root = SecretBytes.Random(SealFile.RootKeySizeInBytes);

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task Open_SameTpm_GivesTheRootKeyAlsoAfterItWasOff()
    {
        using var tpm = await SoftTpm.StartAsync();
        var entry = await Slot(tpm).SealAsync(SlotId, _root, default);
        using (var opened = await Slot(tpm).OpenAsync(entry, default)) Assert.Equal(_root, opened);

        tpm.PowerOff();
        Assert.Contains("of no help", await RefusalAsync(Slot(tpm), entry), StringComparison.Ordinal);
        await tpm.PowerOnAsync();

        // As often as it likes: nothing is left behind in a TPM, which has room for three objects.
        for (var i = 0; i < 5; i++)
        {
            using var again = await Slot(tpm).OpenAsync(entry, default);
            Assert.Equal(_root, again);
        }
    }

    [Fact]
    public async Task Open_AnotherTpm_IsRefused()
    {
        using var tpm = await SoftTpm.StartAsync();
        using var stolen = await SoftTpm.StartAsync();
        var entry = await Slot(tpm).SealAsync(SlotId, _root, default);

        Assert.Contains("another TPM", await RefusalAsync(Slot(stolen), entry), StringComparison.Ordinal);

        // Not even if the file says that it is the right one.
        var foreign = await Slot(stolen).SealAsync(SlotId, _root, default);
        await RefusalAsync(Slot(stolen), With(entry, "storageKey", foreign.Parameters["storageKey"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Open_EntryThatWasAltered_IsRefused()
    {
        using var tpm = await SoftTpm.StartAsync();
        var entry = await Slot(tpm).SealAsync(SlotId, _root, default);
        var another = await Slot(tpm).SealAsync(SlotId, _root, default);

        await RefusalAsync(Slot(tpm), entry with { SlotId = "00000000" });
        await RefusalAsync(Slot(tpm), entry with { Wrapped = another.Wrapped });
        foreach (var name in (string[])["private", "public"])
        {
            await RefusalAsync(Slot(tpm), With(entry, name, another.Parameters[name]!.GetValue<string>()));
            await RefusalAsync(Slot(tpm), With(entry, name, "AAAA"));
            await RefusalAsync(Slot(tpm), With(entry, name, ""));
            await RefusalAsync(Slot(tpm), With(entry, name, "not base64"));
        }
    }

    [Fact]
    public async Task Open_BoundToRegisters_OpensInTheirStateAlone()
    {
        using var tpm = await SoftTpm.StartAsync();
        var bound = await Slot(tpm, 0, 7).SealAsync(SlotId, _root, default);
        var free = await Slot(tpm).SealAsync(SlotId, _root, default);
        Assert.Equal("0,7", bound.Parameters["pcrs"]!.GetValue<string>());

        // What the slot was bound to when it was made counts, not what is configured now; other registers may change.
        await tpm.ExtendAsync(4);
        using (var opened = await Slot(tpm).OpenAsync(bound, default)) Assert.Equal(_root, opened);

        await tpm.ExtendAsync(7);
        var refusal = await RefusalAsync(Slot(tpm, 0, 7), bound);
        Assert.Contains("the PCRs 0, 7 have other values", refusal, StringComparison.Ordinal);
        foreach (var other in (string[])["0", "4", "0,4,7"]) await RefusalAsync(Slot(tpm), With(bound, "pcrs", other));
        await RefusalAsync(Slot(tpm), With(bound, "pcrs", "24"));
        var unbound = bound.Parameters.DeepClone().AsObject();
        unbound.Remove("pcrs");
        await RefusalAsync(Slot(tpm), bound with { Parameters = unbound });
        using (var opened = await Slot(tpm).OpenAsync(free, default)) Assert.Equal(_root, opened);

        // Started again as before, it has the values of before.
        tpm.PowerOff();
        await tpm.PowerOnAsync();
        for (var i = 0; i < 5; i++)
        {
            using var again = await Slot(tpm).OpenAsync(bound, default);
            Assert.Equal(_root, again);
        }
    }

    private static TpmSealSlot Slot(SoftTpm tpm, params int[] pcrs) => new(new TpmOptions { Device = tpm.Device, Pcrs = [.. pcrs], TimeLimit = TimeSpan.FromSeconds(60) });

    private static SealedRootKey With(SealedRootKey entry, string name, string value)
    {
        var parameters = entry.Parameters.DeepClone().AsObject();
        parameters[name] = value;
        return entry with { Parameters = parameters };
    }

    private static async Task<string> RefusalAsync(TpmSealSlot slot, SealedRootKey entry)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => (await slot.OpenAsync(entry, default)).Dispose());
        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        return refusal.Message;
    }
}

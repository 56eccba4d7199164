using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Sealing.Tpm;

/// <summary>
/// The seal slot of this machine's TPM 2.0: a secret of the slot is sealed by the TPM's storage key, which comes from a seed that never
/// leaves it, so that no other machine opens it, nor this one in another state where registers are named. The root key is wrapped by that
/// secret here.
/// </summary>
/// <param name="options">Which TPM.</param>
internal sealed class TpmSealSlot(TpmOptions options) : ISealSlot
{
    /// <summary>The slot's kind in the seal file.</summary>
    public const string SlotKind = "tpm";

    private const string Label = "keyreeve/seal/tpm/1";

    // One at a time: without a resource manager a TPM has room for little more.
    private static readonly SemaphoreSlim Turn = new(1, 1);

    /// <inheritdoc/>
    public string Kind => SlotKind;

    /// <inheritdoc/>
    public async ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        using var secret = SecretBytes.Random(SlotSecret.SizeInBytes);
        var parameters = await RunAsync(
            tpm =>
            {
                var (inner, outer) = tpm.Seal(secret, options.Pcrs.AsSpan());
                return new Parameters(tpm.StorageKey, inner, outer, options.Pcrs);
            },
            cancellationToken);
        return new SealedRootKey(slotId, SlotKind, parameters.Write(), SlotSecret.Seal(secret, Label, slotId, parameters.Binding, root));
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var parameters = Parameters.Read(sealedRoot.Parameters);
        using var secret = await RunAsync(
            tpm => tpm.StorageKey.AsSpan().SequenceEqual(parameters.StorageKey)
                ? tpm.Unseal(parameters.Private, parameters.Public, parameters.Pcrs.AsSpan())
                : throw new KeyreeveException(KeyreeveError.Sealed, "This is another TPM than the one that sealed the slot, or it was cleared."),
            cancellationToken);
        return SlotSecret.Open(secret, Label, sealedRoot.SlotId, parameters.Binding, sealedRoot.Wrapped.Span);
    }

    private async Task<T> RunAsync<T>(Func<TpmSession, T> work, CancellationToken cancellationToken)
    {
        await Turn.WaitAsync(cancellationToken);
        // The stack blocks; a TPM that hangs holds this turn and a thread, and nobody else's.
        var running = Task.Run(
            () =>
            {
                try
                {
                    using var tpm = new TpmSession(options.Device!);
                    return work(tpm);
                }
                finally
                {
                    Turn.Release();
                }
            },
            CancellationToken.None);
        try
        {
            return await running.WaitAsync(options.TimeLimit, cancellationToken);
        }
        catch (TpmException failure)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"The TPM at {options.Device} is of no help: {failure.Message}", failure);
        }
        catch (TimeoutException late)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"The TPM at {options.Device} does not answer within {options.TimeLimit.TotalSeconds} s.", late);
        }
    }

    private sealed record Parameters(byte[] StorageKey, byte[] Private, byte[] Public, ImmutableArray<int> Pcrs)
    {
        public string Binding => Convert.ToBase64String(StorageKey);

        public static Parameters Read(JsonObject stored)
        {
            try
            {
                return new Parameters(Bytes(stored, "storageKey"), Bytes(stored, "private"), Bytes(stored, "public"), PcrsIn(stored));
            }
            catch (Exception malformed) when (malformed is NullReferenceException or InvalidOperationException or FormatException or OverflowException)
            {
                throw new KeyreeveException(KeyreeveError.Sealed, "The seal file's TPM slot is malformed; restore the file from a backup.", malformed);
            }
        }

        public JsonObject Write()
        {
            var stored = new JsonObject
            {
                ["storageKey"] = Convert.ToBase64String(StorageKey),
                ["private"] = Convert.ToBase64String(Private),
                ["public"] = Convert.ToBase64String(Public),
            };
            if (!Pcrs.IsEmpty) stored["pcrs"] = string.Join(',', Pcrs);
            return stored;
        }

        // Slots of before there were any have none.
        private static ImmutableArray<int> PcrsIn(JsonObject stored) =>
            stored["pcrs"] is { } pcrs ? OptionValue.Pcrs(pcrs.GetValue<string>()) : [];

        private static byte[] Bytes(JsonObject stored, string name) => Convert.FromBase64String(stored[name]!.GetValue<string>());
    }
}

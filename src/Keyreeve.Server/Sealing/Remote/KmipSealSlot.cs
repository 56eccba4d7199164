using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Sealing.Remote;

/// <summary>
/// The seal slot of another key manager over KMIP: an AES-256 key lives there, and a secret of the slot is enciphered and deciphered by
/// it there. The root key is wrapped by that secret here, so that the other manager never sees it, and alone opens nothing.
/// </summary>
/// <param name="options">Where it is, and how it is spoken to.</param>
/// <param name="log">Told what an operator should read.</param>
internal sealed class KmipSealSlot(KmipSlotOptions options, Action<string> log) : ISealSlot
{
    /// <summary>The slot's kind in the seal file.</summary>
    public const string SlotKind = "kmip";

    private const string Label = "keyreeve/seal/kmip/1";
    private const string Fetched = "fetched";

    /// <inheritdoc/>
    public string Kind => SlotKind;

    /// <inheritdoc/>
    public ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken) =>
        WithServerAsync(server => SealAsync(server, slotId, root, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var parameters = Parameters.Read(sealedRoot.Parameters);
        if (parameters.Ciphertext.Mechanism is Fetched && !options.InsecureFetchKey) throw NotAllowedToFetch();
        return WithServerAsync(
            async server =>
            {
                using var secret = await SecretOfAsync(server, parameters, cancellationToken);
                return SlotSecret.Open(secret, Label, sealedRoot.SlotId, parameters.Binding, sealedRoot.Wrapped.Span);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DiscardAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var parameters = Parameters.Read(sealedRoot.Parameters);
        // A key that was there before is somebody else's business.
        if (!parameters.IsOurs) return;
        await WithServerAsync(
            async server =>
            {
                await server.DestroyAsync(parameters.Key, cancellationToken);
                return true;
            },
            cancellationToken);
    }

    private async Task<SealedRootKey> SealAsync(KmipKeyServer server, string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        var encrypts = await server.CanEncryptAsync(cancellationToken);
        if (!encrypts && !options.InsecureFetchKey) throw NotAllowedToFetch();
        if (!encrypts) log($"INSECURE: the key of the seal slot {slotId} is fetched from {options.Address} whenever it opens, since that server does not encrypt itself.");
        var key = options.KeyIdentifier ?? await server.CreateKeyAsync($"keyreeve-mek-{slotId}", encrypts, cancellationToken);
        var isOurs = options.KeyIdentifier is null;
        try
        {
            using var secret = encrypts ? SecretBytes.Random(SlotSecret.SizeInBytes) : await server.FetchAsync(key, cancellationToken);
            var ciphertext = encrypts ? await server.EncryptAsync(key, secret, cancellationToken) : new RemoteCiphertext(Fetched, [], [], []);
            var parameters = new Parameters(key, isOurs, ciphertext);
            Require(secret);
            return new SealedRootKey(slotId, SlotKind, parameters.Write(), SlotSecret.Seal(secret, Label, slotId, parameters.Binding, root));
        }
        catch
        {
            if (isOurs) await TryDestroyAsync(server, key);
            throw;
        }
    }

    private static async Task<SecretBytes> SecretOfAsync(KmipKeyServer server, Parameters parameters, CancellationToken cancellationToken)
    {
        var secret = parameters.Ciphertext.Mechanism is Fetched
            ? await server.FetchAsync(parameters.Key, cancellationToken)
            : await server.DecryptAsync(parameters.Key, parameters.Ciphertext, cancellationToken);
        try
        {
            Require(secret);
            return secret;
        }
        catch
        {
            secret.Dispose();
            throw;
        }
    }

    private static void Require(SecretBytes secret)
    {
        if (secret.LengthInBytes != SlotSecret.SizeInBytes)
            throw new KeyreeveException(KeyreeveError.Sealed, "What the other key manager gives is not 256 bits long: it is another key, or the seal file was altered.");
    }

    private async Task TryDestroyAsync(KmipKeyServer server, string key)
    {
        try
        {
            await server.DestroyAsync(key, CancellationToken.None);
        }
        catch (Exception failure) when (IsFailure(failure))
        {
            log($"The key {key}, made at {options.Address} for a seal slot that came to nothing, could not be destroyed there: {failure.Message}");
        }
    }

    private async ValueTask<T> WithServerAsync<T>(Func<KmipKeyServer, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var server = new KmipKeyServer(options);
            return await work(server);
        }
        catch (Exception failure) when (IsFailure(failure) && !cancellationToken.IsCancellationRequested)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, $"The key manager at {options.Address} is of no help: {Reason(failure)}", failure);
        }
    }

    private static bool IsFailure(Exception failure) =>
        failure is KmipException or IOException or SocketException or TimeoutException or AuthenticationException or TtlvException or CryptographicException or PrivateFileException;

    private static string Reason(Exception failure) => failure is AuthenticationException { InnerException: { } inner } ? $"{failure.Message} {inner.Message}" : failure.Message;

    private KeyreeveException NotAllowedToFetch() => new(
        KeyreeveError.Sealed,
        $"The key manager at {options.Address} does not encrypt by its keys, and [seal-kmip] insecure-fetch-key does not allow that the key be fetched.");

    private sealed record Parameters(string Key, bool IsOurs, RemoteCiphertext Ciphertext)
    {
        public string Binding => $"{Key}\0{Ciphertext.Mechanism}";

        public static Parameters Read(JsonObject stored)
        {
            try
            {
                var mechanism = stored["mechanism"]!.GetValue<string>();
                if (mechanism is not (KmipKeyServer.Gcm or KmipKeyServer.Cbc or Fetched)) throw new FormatException("Values out of range.");
                return new Parameters(stored["key"]!.GetValue<string>(), stored["ours"]!.GetValue<bool>(), new RemoteCiphertext(
                    mechanism, Bytes(stored, "secret"), Bytes(stored, "nonce"), Bytes(stored, "tag")));
            }
            catch (Exception malformed) when (malformed is NullReferenceException or InvalidOperationException or FormatException)
            {
                throw new KeyreeveException(KeyreeveError.Sealed, "The seal file's KMIP slot is malformed; restore the file from a backup.", malformed);
            }
        }

        public JsonObject Write() => new()
        {
            ["mechanism"] = Ciphertext.Mechanism,
            ["key"] = Key,
            ["ours"] = IsOurs,
            ["secret"] = Convert.ToBase64String(Ciphertext.Bytes),
            ["nonce"] = Convert.ToBase64String(Ciphertext.Nonce),
            ["tag"] = Convert.ToBase64String(Ciphertext.Tag),
        };

        private static byte[] Bytes(JsonObject stored, string name) => Convert.FromBase64String(stored[name]!.GetValue<string>());
    }
}

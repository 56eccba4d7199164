using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Crypto.Files;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// The seal slot for trying out: the root key opens with a passphrase that is read from a file outside the data
/// directory, so that a copy of the data directory alone opens nothing. Who can read both has every key.
/// </summary>
/// <remarks>
/// scrypt(passphrase, salt) → slot key → <c>CommittingAead</c> of the root key, AAD = label, slot and cost. Line ends at
/// the end of the file do not belong to the passphrase. References: RFC 7914.
/// </remarks>
/// <param name="path">The passphrase file; readable by its owner alone.</param>
/// <param name="dataDirectory">The data directory, in which it may not lie.</param>
/// <param name="cost">The cost of trying a passphrase.</param>
public sealed class PassphraseFileSlot(string path, string dataDirectory, ScryptParameters? cost = null) : ISealSlot
{
    /// <summary>The slot's kind in the seal file.</summary>
    public const string SlotKind = "passphrase-file";

    /// <summary>Shortest passphrase, in bytes.</summary>
    public const int ShortestPassphraseInBytes = 12;

    private const int SaltSizeInBytes = 16;
    private const int SlotKeySizeInBytes = 32;

    private readonly ScryptParameters _cost = cost ?? ScryptParameters.Default;

    /// <inheritdoc/>
    public string Kind => SlotKind;

    /// <inheritdoc/>
    public ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        var salt = RandomNumberGenerator.GetBytes(SaltSizeInBytes);
        using var aead = DeriveSlotKey(salt, _cost);
        var parameters = new JsonObject
        {
            ["kdf"] = "scrypt",
            ["n"] = _cost.Cost,
            ["r"] = _cost.BlockSize,
            ["p"] = _cost.Parallelization,
            ["salt"] = Convert.ToBase64String(salt),
        };
        var sealedRoot = new SealedRootKey(slotId, Kind, parameters, aead.Seal(Aad(slotId, salt, _cost), root));
        return ValueTask.FromResult(sealedRoot);
    }

    /// <inheritdoc/>
    public ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var (salt, storedCost) = ReadParameters(sealedRoot.Parameters);
        using var aead = DeriveSlotKey(salt, storedCost);
        var aad = Aad(sealedRoot.SlotId, salt, storedCost);
        if (aead.TryOpen(aad, sealedRoot.Wrapped.Span, out var root)) return ValueTask.FromResult(root);
        throw new KeyreeveException(KeyreeveError.Sealed, $"The passphrase in '{path}' does not open the root key, or the seal file was altered.");
    }

    private CommittingAead DeriveSlotKey(byte[] salt, ScryptParameters useCost)
    {
        using var passphrase = ReadPassphrase();
        using var slotKey = Scrypt.Derive(passphrase, salt, useCost, SlotKeySizeInBytes);
        return new CommittingAead(slotKey);
    }

    private SecretBytes ReadPassphrase()
    {
        if (!File.Exists(path)) throw new KeyreeveException(KeyreeveError.Sealed, $"The passphrase file '{path}' does not exist.");
        if (PrivateFile.IsInside(path, dataDirectory))
        {
            throw new KeyreeveException(
                KeyreeveError.Sealed,
                $"The passphrase file '{path}' lies inside the data directory, so that whoever copies the data has the key to it. Move it elsewhere.");
        }

        SecretBytes content;
        try
        {
            content = PrivateFile.ReadSecret(path);
        }
        catch (Exception notPrivate) when (notPrivate is PrivateFileException or IOException or UnauthorizedAccessException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, notPrivate.Message, notPrivate);
        }

        using (content)
        using (var lease = content.Reveal())
        {
            var passphrase = lease.Span.TrimEnd("\r\n"u8);
            if (passphrase.Length >= ShortestPassphraseInBytes) return SecretBytes.CopyFrom(passphrase);
        }

        throw new KeyreeveException(
            KeyreeveError.Sealed, $"The passphrase in '{path}' has fewer than {ShortestPassphraseInBytes} bytes. Make one with: openssl rand -base64 32");
    }

    private static (byte[] Salt, ScryptParameters Cost) ReadParameters(JsonObject parameters)
    {
        try
        {
            if (parameters["kdf"]!.GetValue<string>() is not "scrypt") throw new FormatException("Another key derivation.");
            var cost = new ScryptParameters(
                parameters["n"]!.GetValue<int>(), parameters["r"]!.GetValue<int>(), parameters["p"]!.GetValue<int>());
            var salt = Convert.FromBase64String(parameters["salt"]!.GetValue<string>());
            if (cost.Cost < 2 || !int.IsPow2(cost.Cost) || cost.BlockSize < 1 || cost.Parallelization is < 1 or > 64
                || cost.MemorySizeInBytes > Scrypt.MaxMemorySizeInBytes || salt.Length < Scrypt.MinSaltSizeInBytes)
                throw new FormatException("Costs out of range.");
            return (salt, cost);
        }
        catch (Exception malformed) when (malformed is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, "The seal file's passphrase slot is malformed; restore the file from a backup.", malformed);
        }
    }

    // label ‖ slot id ‖ 0 ‖ salt ‖ cost: a slot's entry with parts of another's does not open.
    private static byte[] Aad(string slotId, byte[] salt, ScryptParameters useCost) =>
        [.. Encoding.UTF8.GetBytes($"keyreeve/seal/passphrase/1\0{slotId}\0{useCost.Cost}\0{useCost.BlockSize}\0{useCost.Parallelization}\0"), .. salt];
}

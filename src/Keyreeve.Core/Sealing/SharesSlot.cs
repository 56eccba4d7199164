using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Sealing;

/// <summary>
/// The seal slot of people who come together: its private key (X25519) is split into shares, of which some number opens
/// (Shamir over GF(256)). The root key is sealed to its public key, so that it can be rotated without them.
/// </summary>
/// <remarks>
/// <code>
/// parameters = { "set", "threshold", "public": base64, "shares": [ { "sha256", "custodian"?, "fingerprint"? } ] }
/// wrapped    = ephemeral public key(32) ‖ CommittingAead under HKDF-SHA-256(X25519, salt = ephemeral ‖ public), AAD = label ‖ slot ‖ set
/// </code>
/// </remarks>
public sealed class SharesSlot : ISealSlot
{
    /// <summary>The slot's kind in the seal file.</summary>
    public const string SlotKind = "shares";

    /// <summary>The most shares there are of one slot.</summary>
    public const int MostShares = 32;

    private const int KeySizeInBytes = 32;
    private const MontgomeryCurve Curve = MontgomeryCurve.X25519;

    private readonly JsonObject _parameters;

    private SharesSlot(JsonObject parameters) => _parameters = parameters;

    /// <inheritdoc/>
    public string Kind => SlotKind;

    /// <inheritdoc/>
    public bool OpensByItself => false;

    /// <summary>Makes a slot and its shares, which exist nowhere else.</summary>
    /// <param name="count">How many shares, 2 to <see cref="MostShares"/>.</param>
    /// <param name="threshold">How many open, 2 to <paramref name="count"/>.</param>
    /// <param name="custodians">Whose each share is; as many as shares, or none: then whoever has a share may enter it.</param>
    /// <param name="shares">The shares; the caller disposes them.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: numbers out of range.</exception>
    public static SharesSlot Create(int count, int threshold, IReadOnlyList<Custodian> custodians, out IReadOnlyList<RecoveryShare> shares)
    {
        ArgumentNullException.ThrowIfNull(custodians);
        if (count is < 2 or > MostShares || threshold < 2 || threshold > count)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"There are 2 to {MostShares} shares, of which 2 or more open.");
        if (custodians.Count != 0 && (custodians.Count != count || custodians.Select(static c => c.Fingerprint).Distinct(StringComparer.Ordinal).Count() != count))
            throw new KeyreeveException(KeyreeveError.InvalidField, "Each share has its own custodian: as many different people as shares.");

        var set = new byte[RecoveryShare.SetSizeInBytes];
        CryptoRandom.Fill(set);
        using var pair = MontgomeryPrivateKey.Generate(Curve);
        using var key = pair.Export();
        var made = SecretSharing.PolynomialGf256.Split(key, count, threshold)
            .Select(part => new RecoveryShare(Convert.ToHexStringLower(set), part.Identifier, part.Value)).ToList();
        shares = made;
        return new SharesSlot(new JsonObject
        {
            ["set"] = Convert.ToHexStringLower(set),
            ["threshold"] = threshold,
            ["public"] = Convert.ToBase64String(pair.PublicKey.Export()),
            ["shares"] = new JsonArray([.. made.Select((share, i) => Describe(share, custodians.Count == 0 ? null : custodians[i]))]),
        });
    }

    /// <summary>The slot that an entry is of, to seal another root key in it.</summary>
    public static SharesSlot Of(SealedRootKey entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new SharesSlot(entry.Parameters);
    }

    /// <inheritdoc/>
    public ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(root);
        var terms = ShareTerms.Read(_parameters);
        using var publicKey = MontgomeryPublicKey.Import(Curve, terms.PublicKey);
        using var ephemeral = MontgomeryPrivateKey.Generate(Curve);
        var ephemeralPublic = ephemeral.PublicKey.Export();
        using var aead = Agree(ephemeral, publicKey, ephemeralPublic, terms.PublicKey);
        var wrapped = aead.Seal(Aad(slotId, terms.Set), root, ephemeralPublic);
        return ValueTask.FromResult(new SealedRootKey(slotId, SlotKind, _parameters.DeepClone().AsObject(), wrapped));
    }

    /// <inheritdoc/>
    public ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var terms = ShareTerms.Read(sealedRoot.Parameters);
        throw new KeyreeveException(
            KeyreeveError.Sealed, $"{terms.Threshold} of {terms.Shares.Count} custodians open it, each with: keyreeve seal unseal");
    }

    /// <summary>Opens the root key with enough shares.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: they do not open it.</exception>
    public static SecretBytes Open(SealedRootKey sealedRoot, IReadOnlyList<RecoveryShare> shares)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        ArgumentNullException.ThrowIfNull(shares);
        var terms = ShareTerms.Read(sealedRoot.Parameters);
        var wrapped = sealedRoot.Wrapped.Span;
        var parts = shares.Select(static share => new SecretShare(share.Index, share.Value)).ToList();
        if (wrapped.Length <= KeySizeInBytes || !SecretSharing.PolynomialGf256.TryCombine(parts, terms.Threshold, KeySizeInBytes, out var key)) throw Altered();
        using (key)
        {
            using var pair = MontgomeryPrivateKey.Import(Curve, key);
            var ephemeralPublic = wrapped[..KeySizeInBytes].ToArray();
            using var ephemeral = MontgomeryPublicKey.Import(Curve, ephemeralPublic);
            using var aead = Agree(pair, ephemeral, ephemeralPublic, terms.PublicKey);
            return aead.TryOpen(Aad(sealedRoot.SlotId, terms.Set), wrapped[KeySizeInBytes..], out var root) ? root : throw Altered();
        }
    }

    private static JsonObject Describe(RecoveryShare share, Custodian? custodian)
    {
        var described = new JsonObject { ["sha256"] = share.Fingerprint };
        if (custodian is null) return described;
        described["custodian"] = custodian.Name;
        described["fingerprint"] = custodian.Fingerprint;
        return described;
    }

    private static CommittingAead Agree(MontgomeryPrivateKey own, MontgomeryPublicKey peer, byte[] ephemeralPublic, byte[] slotPublic)
    {
        if (!Xdh.TryDeriveSharedSecret(own, peer, out var secret)) throw Altered();
        using (secret)
        {
            using var key = Hkdf.Derive(DigestAlgorithm.Sha256, secret, [.. ephemeralPublic, .. slotPublic], "keyreeve/seal/shares/1"u8, Wrapping.KeySizeInBytes);
            return new CommittingAead(key);
        }
    }

    private static byte[] Aad(string slotId, string set) => Encoding.ASCII.GetBytes($"keyreeve/seal/shares/1\0{slotId}\0{set}");

    private static KeyreeveException Altered() => new(KeyreeveError.Sealed, "The shares do not open the root key: the seal file was altered.");
}

/// <summary>Somebody who keeps a share.</summary>
/// <param name="Name">The principal's name.</param>
/// <param name="Fingerprint">The principal's key, by which he is known while nothing else can be read.</param>
public sealed record Custodian(string Name, string Fingerprint);

/// <summary>What the seal file says of a set of shares; nothing of it is secret.</summary>
/// <param name="Set">The set's name.</param>
/// <param name="Threshold">How many open.</param>
/// <param name="PublicKey">The slot's public key.</param>
/// <param name="Shares">Each share's hash, and whose it is.</param>
public sealed record ShareTerms(string Set, int Threshold, byte[] PublicKey, IReadOnlyList<(string Sha256, Custodian? Custodian)> Shares)
{
    /// <summary>Reads a shares slot's parameters.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.Sealed"/>: they are malformed.</exception>
    public static ShareTerms Read(JsonObject parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        try
        {
            var terms = new ShareTerms(
                parameters["set"]!.GetValue<string>(),
                parameters["threshold"]!.GetValue<int>(),
                Convert.FromBase64String(parameters["public"]!.GetValue<string>()),
                [.. parameters["shares"]!.AsArray().Select(static share => (
                    share!["sha256"]!.GetValue<string>(),
                    share["fingerprint"] is { } fingerprint ? new Custodian(share["custodian"]!.GetValue<string>(), fingerprint.GetValue<string>()) : null))]);
            return terms.Threshold >= 2 && terms.Shares.Count is >= 2 and <= SharesSlot.MostShares && terms.Threshold <= terms.Shares.Count
                ? terms
                : throw new FormatException("Numbers out of range.");
        }
        catch (Exception malformed) when (malformed is NullReferenceException or InvalidOperationException or FormatException)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, "The seal file's slot of shares is malformed; restore the file from a backup.", malformed);
        }
    }
}

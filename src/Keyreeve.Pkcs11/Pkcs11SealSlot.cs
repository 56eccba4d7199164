using System.Text;
using System.Text.Json.Nodes;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>
/// The seal slot of an HSM: a master key (AES-256) is generated in the token, where it stays, and the root key is wrapped and
/// unwrapped there. Thread safe.
/// </summary>
/// <remarks>
/// The master key's attributes are read at every opening, not trusted: one that was ever outside the token, or could be
/// taken out, opens nothing. Wrapped by AES-GCM with slot, token and key as associated data where the token has it, else by
/// AES key wrap with padding (RFC 5649).
/// </remarks>
/// <param name="token">The token.</param>
public sealed class Pkcs11SealSlot(HsmToken token) : ISealSlot
{
    /// <summary>The slot's kind in the seal file.</summary>
    public const string SlotKind = "pkcs11";

    private const int KeyIdSizeInBytes = 16;
    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;
    private const int LargestWrappingInBytes = 128;
    private const string Gcm = "aes-gcm";
    private const string KeyWrapPad = "aes-key-wrap-pad";

    /// <inheritdoc/>
    public string Kind => SlotKind;

    /// <inheritdoc/>
    public async ValueTask<SealedRootKey> SealAsync(string slotId, SecretBytes root, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(slotId);
        ArgumentNullException.ThrowIfNull(root);
        return await RunAsync(session => Seal(session, slotId, root), isRepeatable: false, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes> OpenAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var parameters = Parameters.Read(sealedRoot.Parameters);
        return await RunAsync(session => Open(session, sealedRoot, parameters), isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DiscardAsync(SealedRootKey sealedRoot, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(sealedRoot);
        var parameters = Parameters.Read(sealedRoot.Parameters);
        await RunAsync(
            session =>
            {
                using var template = new AttributeTemplate().With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.Id, parameters.KeyId);
                foreach (var key in session.Find(template)) session.Destroy(key);
                return true;
            },
            isRepeatable: true,
            cancellationToken);
    }

    private async ValueTask<T> RunAsync<T>(Func<TokenSession, T> work, bool isRepeatable, CancellationToken cancellationToken)
    {
        try
        {
            return await token.RunAsync(work, isRepeatable, cancellationToken);
        }
        catch (HsmException unusable)
        {
            throw new KeyreeveException(KeyreeveError.Sealed, unusable.Message, unusable);
        }
    }

    private static SealedRootKey Seal(TokenSession session, string slotId, SecretBytes root)
    {
        var description = session.Module.DescribeToken(session.Slot);
        var mechanisms = session.Module.ListMechanisms(session.Slot);
        var canGcm = Can(session, mechanisms, MechanismType.AesGcm, Cryptoki.MechanismEncrypt | Cryptoki.MechanismDecrypt);
        if (!canGcm && !Can(session, mechanisms, MechanismType.AesKeyWrapPad, Cryptoki.MechanismWrap | Cryptoki.MechanismUnwrap))
            throw new KeyreeveException(KeyreeveError.Sealed, $"The token '{description.Label}' has neither AES-GCM nor AES key wrap with padding; keyreeve hsm check says what it has.");

        var keyId = new byte[KeyIdSizeInBytes];
        CryptoRandom.Fill(keyId);
        var masterKey = GenerateMasterKey(session, slotId, keyId, canGcm);
        try
        {
            RequireHardwareKey(session, masterKey);
            var nonce = canGcm ? new byte[NonceSizeInBytes] : [];
            var parameters = new Parameters(canGcm ? Gcm : KeyWrapPad, description.Label, description.Serial, keyId, nonce);
            byte[] wrapped;
            if (canGcm)
            {
                CryptoRandom.Fill(nonce);
                using var lease = root.Reveal();
                wrapped = session.EncryptGcm(masterKey, nonce, Aad(slotId, parameters), lease.Span);
            }
            else
            {
                wrapped = Wrap(session, masterKey, root);
            }

            return new SealedRootKey(slotId, SlotKind, parameters.Write(), wrapped);
        }
        catch
        {
            session.Destroy(masterKey);
            throw;
        }
    }

    private static SecretBytes Open(TokenSession session, SealedRootKey sealedRoot, Parameters parameters)
    {
        var masterKey = session.Require(Cryptoki.ClassSecretKey, parameters.KeyId);
        RequireHardwareKey(session, masterKey);
        var wrapped = sealedRoot.Wrapped;
        if (parameters.Mechanism is KeyWrapPad) return Unwrap(session, masterKey, wrapped.Span);
        if (wrapped.Length <= TagSizeInBytes) throw Altered();

        var isOpen = false;
        var root = SecretBytes.Create(wrapped.Length - TagSizeInBytes, 0, (bytes, _) =>
            isOpen = session.TryDecryptGcm(masterKey, parameters.Nonce, Aad(sealedRoot.SlotId, parameters), wrapped.Span, bytes));
        if (isOpen) return root;
        root.Dispose();
        throw Altered();
    }

    // spec: PKCS#11 2.40 §4.9 "CKA_NEVER_EXTRACTABLE … CK_TRUE if key has never had the CKA_EXTRACTABLE attribute set to CK_TRUE"
    private static nuint GenerateMasterKey(TokenSession session, string slotId, byte[] keyId, bool canGcm)
    {
        using var template = new AttributeTemplate()
            .With(AttributeType.Class, Cryptoki.ClassSecretKey)
            .With(AttributeType.KeyType, Cryptoki.KeyTypeAes)
            .With(AttributeType.ValueLength, SealFile.RootKeySizeInBytes)
            .With(AttributeType.Label, $"keyreeve-mek-{slotId}")
            .With(AttributeType.Id, keyId)
            .With(AttributeType.Token, value: true)
            .With(AttributeType.Private, value: true)
            .With(AttributeType.Sensitive, value: true)
            .With(AttributeType.Extractable, value: false)
            .With(AttributeType.Modifiable, value: false)
            .With(AttributeType.Encrypt, canGcm)
            .With(AttributeType.Decrypt, canGcm)
            .With(AttributeType.Wrap, !canGcm)
            .With(AttributeType.Unwrap, !canGcm);
        return session.GenerateKey(MechanismType.AesKeyGen, template);
    }

    private static void RequireHardwareKey(TokenSession session, nuint key)
    {
        if (session.ReadBoolean(key, AttributeType.AlwaysSensitive)
            && session.ReadBoolean(key, AttributeType.NeverExtractable)
            && session.ReadBoolean(key, AttributeType.Local)) return;
        throw new KeyreeveException(KeyreeveError.Sealed, "The master key in the token was not generated there, or can be taken out of it: it is not used.");
    }

    private static byte[] Wrap(TokenSession session, nuint masterKey, SecretBytes root)
    {
        using var template = TransientKey(extractable: true);
        var key = session.CreateObject(template, root);
        try
        {
            return session.WrapKey(MechanismType.AesKeyWrapPad, masterKey, key, LargestWrappingInBytes);
        }
        finally
        {
            session.Destroy(key);
        }
    }

    private static SecretBytes Unwrap(TokenSession session, nuint masterKey, ReadOnlySpan<byte> wrapped)
    {
        using var template = TransientKey(extractable: true);
        nuint key;
        try
        {
            key = session.UnwrapKey(MechanismType.AesKeyWrapPad, masterKey, wrapped, template);
        }
        catch (Pkcs11Exception refused) when (!refused.IsLoss)
        {
            throw Altered();
        }

        try
        {
            return session.ReadSecret(key, SealFile.RootKeySizeInBytes);
        }
        finally
        {
            session.Destroy(key);
        }
    }

    private static AttributeTemplate TransientKey(bool extractable) => new AttributeTemplate()
        .With(AttributeType.Class, Cryptoki.ClassSecretKey)
        .With(AttributeType.KeyType, Cryptoki.KeyTypeGenericSecret)
        .With(AttributeType.Token, value: false)
        .With(AttributeType.Sensitive, value: false)
        .With(AttributeType.Extractable, extractable);

    private static bool Can(TokenSession session, MechanismType[] mechanisms, MechanismType mechanism, nuint flags) =>
        mechanisms.Contains(mechanism) && (session.Module.DescribeMechanism(session.Slot, mechanism).Flags & flags) == flags;

    // label ‖ slot ‖ 0 ‖ serial ‖ 0 ‖ key id
    private static byte[] Aad(string slotId, Parameters parameters) =>
        [.. Encoding.UTF8.GetBytes($"keyreeve/seal/pkcs11/1\0{slotId}\0{parameters.Serial}\0"), .. parameters.KeyId];

    private static KeyreeveException Altered() => new(KeyreeveError.Sealed, "The token's master key does not open the root key: the seal file was altered.");

    private sealed record Parameters(string Mechanism, string Token, string Serial, byte[] KeyId, byte[] Nonce)
    {
        public static Parameters Read(JsonObject stored)
        {
            try
            {
                var parameters = new Parameters(
                    stored["mechanism"]!.GetValue<string>(), stored["token"]!.GetValue<string>(), stored["serial"]!.GetValue<string>(),
                    Convert.FromHexString(stored["key"]!.GetValue<string>()), Convert.FromBase64String(stored["nonce"]!.GetValue<string>()));
                var isWhole = parameters.KeyId.Length == KeyIdSizeInBytes
                    && (parameters.Mechanism is KeyWrapPad || (parameters.Mechanism is Gcm && parameters.Nonce.Length == NonceSizeInBytes));
                return isWhole ? parameters : throw new FormatException("Values out of range.");
            }
            catch (Exception malformed) when (malformed is NullReferenceException or InvalidOperationException or FormatException)
            {
                throw new KeyreeveException(KeyreeveError.Sealed, "The seal file's HSM slot is malformed; restore the file from a backup.", malformed);
            }
        }

        public JsonObject Write() => new()
        {
            ["mechanism"] = Mechanism,
            ["token"] = Token,
            ["serial"] = Serial,
            ["key"] = Convert.ToHexStringLower(KeyId),
            ["nonce"] = Convert.ToBase64String(Nonce),
        };
    }
}

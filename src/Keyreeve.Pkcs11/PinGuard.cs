using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>
/// Shows the PIN to a token, at most once if it is wrong: what was refused is kept in mind, also in a file across restarts,
/// and not shown again before an operator has written another into the PIN file. A token that has one try left is left
/// alone.
/// </summary>
/// <remarks>The file holds scrypt of the PIN that was refused: enough to know it again.</remarks>
/// <param name="pinFile">Where the PIN is.</param>
/// <param name="refusedFile">Where the refusal is kept; null: in memory alone.</param>
internal sealed class PinGuard(string pinFile, string? refusedFile) : IDisposable
{
    private const int DigestSizeInBytes = 32;
    private const int SaltSizeInBytes = 16;

    // A wrong PIN is little of a secret, and a login must not wait for long.
    private static readonly ScryptParameters Cost = new(1 << 14, 8, 1);

    private SecretBytes? _refused;

    /// <summary>How often a PIN was shown.</summary>
    public int Attempts { get; private set; }

    /// <summary>Refuses a token at which a login would do harm or cannot work.</summary>
    /// <exception cref="HsmException">It is locked, or one try from it.</exception>
    public static void RequireUsable(TokenDescription token, string name)
    {
        if ((token.Flags & Cryptoki.TokenPinLocked) != 0)
            throw new HsmException(HsmState.PinRefused, $"The PIN of the token {name} is locked; the token's security officer unlocks it.");
        if ((token.Flags & Cryptoki.TokenPinFinalTry) != 0)
        {
            throw new HsmException(
                HsmState.PinRefused, $"The token {name} has one try left for its PIN, which is not used up by itself. Log in once with the right PIN by the token's own tool.");
        }

        if ((token.Flags & Cryptoki.TokenProtectedAuthenticationPath) != 0 && (token.Flags & Cryptoki.TokenPinInitialized) == 0)
            throw new HsmException(HsmState.PinRefused, $"The token {name} takes its PIN at a keypad; a server needs one that takes it from a file.");
    }

    /// <summary>Logs in.</summary>
    /// <exception cref="HsmException"><see cref="HsmState.PinRefused"/>: the token refused, now or before.</exception>
    public unsafe void Login(CryptokiModule module, nuint session, TokenDescription token, string name)
    {
        using var pin = ReadPin();
        if (WasRefused(pin, token))
        {
            throw new HsmException(
                HsmState.PinRefused, $"The token {name} has refused the PIN in '{pinFile}'. It is not tried again: put the right one into the file.");
        }

        Attempts++;
        ReturnValue returned;
        using (var lease = pin.Reveal())
        {
            fixed (byte* pointer = lease.Span)
                returned = (ReturnValue)(uint)module.Functions->Login(session, Cryptoki.UserTypeUser, pointer, (nuint)lease.Span.Length);
        }

        if (returned is ReturnValue.Ok or ReturnValue.UserAlreadyLoggedIn) return;
        var refusal = new Pkcs11Exception("C_Login", returned);
        if (!refusal.IsPinRefused) throw refusal;
        KeepInMind(pin, token);
        throw new HsmException(
            HsmState.PinRefused, $"The token {name} refuses the PIN in '{pinFile}' ({refusal.Message}) It was tried once and is not tried again: put the right one into the file.", refusal);
    }

    public void Dispose() => _refused?.Dispose();

    private SecretBytes ReadPin()
    {
        try
        {
            using var content = PrivateFile.ReadSecret(pinFile, 1 << 10);
            using var lease = content.Reveal();
            var pin = lease.Span.TrimEnd("\r\n"u8);
            if (!pin.IsEmpty) return SecretBytes.CopyFrom(pin);
        }
        catch (Exception unreadable) when (unreadable is PrivateFileException or IOException or UnauthorizedAccessException)
        {
            throw new HsmException(HsmState.PinRefused, $"The PIN cannot be read: {unreadable.Message}", unreadable);
        }

        throw new HsmException(HsmState.PinRefused, $"The PIN file '{pinFile}' is empty.");
    }

    private bool WasRefused(SecretBytes pin, TokenDescription token)
    {
        if (_refused is not null) return _refused.Equals(pin);
        if (refusedFile is null || !File.Exists(refusedFile)) return false;
        try
        {
            var kept = JsonNode.Parse(PrivateFile.Read(refusedFile))!;
            if (!string.Equals(kept["token"]!.GetValue<string>(), token.Serial, StringComparison.Ordinal)) return false;
            using var digest = Digest(pin, Convert.FromBase64String(kept["salt"]!.GetValue<string>()));
            return digest.FixedTimeEquals(Convert.FromBase64String(kept["scrypt"]!.GetValue<string>()));
        }
        catch (Exception malformed) when (malformed is JsonException or NullReferenceException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new HsmException(HsmState.PinRefused, $"'{refusedFile}' is malformed. It says which PIN the token refused; make sure that '{pinFile}' is right, then delete it.", malformed);
        }
    }

    private void KeepInMind(SecretBytes pin, TokenDescription token)
    {
        _refused?.Dispose();
        _refused = pin.Clone();
        if (refusedFile is null) return;
        var salt = new byte[SaltSizeInBytes];
        CryptoRandom.Fill(salt);
        using var digest = Digest(pin, salt);
        using var lease = digest.Reveal();
        var kept = new JsonObject { ["token"] = token.Serial, ["salt"] = Convert.ToBase64String(salt), ["scrypt"] = Convert.ToBase64String(lease.Span) };
        PrivateFile.Write(refusedFile, JsonSerializer.SerializeToUtf8Bytes(kept));
    }

    private static SecretBytes Digest(SecretBytes pin, byte[] salt) => Scrypt.Derive(pin, salt, Cost, DigestSizeInBytes);
}

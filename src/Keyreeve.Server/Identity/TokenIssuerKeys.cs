using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Server.Identity;

/// <summary>
/// The public keys of an issuer of tokens, from a file that is read again when it changes. A file that is not sound does
/// not replace one that was. Thread safe.
/// </summary>
/// <param name="path">A JWK Set.</param>
/// <param name="log">Told when a file is taken over or refused.</param>
internal sealed class TokenIssuerKeys(string path, Action<string> log)
{
    private const int MaxFileSizeInBytes = 1 << 20;
    private const int MostKeys = 100;

    private readonly Lock _reading = new();
    private (DateTime Written, long Length) _seen;
    private string? _lastFault;

    /// <summary>The keys in force; none until a sound file was read.</summary>
    public IReadOnlyList<JsonWebKey> Current { get => Volatile.Read(ref field); private set => Volatile.Write(ref field, value); } = [];

    /// <summary>Looks whether the file has changed; called about once a second.</summary>
    /// <returns>Whether other keys are in force now.</returns>
    public bool Refresh()
    {
        lock (_reading)
        {
            try
            {
                var file = new FileInfo(path);
                var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                if (Current.Count > 0 && seen == _seen) return false;
                var keys = Read(file);
                _seen = seen;
                _lastFault = null;
                Current = keys;
                log($"The token issuer's keys {path} are in force: {keys.Count}.");
                return true;
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                if (string.Equals(_lastFault, fault.Message, StringComparison.Ordinal)) return false;
                _lastFault = fault.Message;
                log($"The token issuer's keys {path} are not accepted: {fault.Message}.");
                return false;
            }
        }
    }

    private static List<JsonWebKey> Read(FileInfo file)
    {
        if (file.Length > MaxFileSizeInBytes) throw new InvalidDataException("the file is too large");
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(File.ReadAllText(file.FullName));
        }
        catch (Exception malformed) when (malformed is ArgumentException or JsonException)
        {
            throw new InvalidDataException("the file is not a JWK Set (RFC 7517)", malformed);
        }

        if (set.Keys.Count is 0 or > MostKeys) throw new InvalidDataException($"the file has 1 to {MostKeys} keys");
        foreach (var key in set.Keys)
        {
            if (key.Kty is not ("RSA" or "EC")) throw new InvalidDataException($"the file has a key of the type '{key.Kty}'; there are only public keys of the types RSA and EC");
            if (key.HasPrivateKey) throw new InvalidDataException("the file has a private key; take it out, and have the issuer replace it");
            if (key is { Kty: "RSA", KeySize: < 2048 }) throw new InvalidDataException("the file has an RSA key of fewer than 2048 bits");
        }

        // spec: RFC 7517 §4.2 "use": an issuer's set may have keys besides with which others encrypt to it.
        return set.Keys.Where(static key => key.Use is null or "sig").ToList() is { Count: > 0 } signing
            ? signing
            : throw new InvalidDataException("the file has no key for signatures");
    }
}

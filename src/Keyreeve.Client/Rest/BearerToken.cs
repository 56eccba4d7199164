using System.Net.Http.Headers;
using System.Text;

namespace Keyreeve.Client.Rest;

/// <summary>The token that a client shows, as the header has it. Thread safe.</summary>
/// <param name="source">Where it is.</param>
internal sealed class BearerToken(SecretReference source)
{
    // HTTP takes text: this copy cannot be wiped, and holds what opens a server for a while, not a key.
    private AuthenticationHeaderValue _current = Read(source);

    /// <summary>The token as it was read last.</summary>
    public AuthenticationHeaderValue Current => Volatile.Read(ref _current);

    /// <summary>Reads it again; null if it is still the one that was refused.</summary>
    public AuthenticationHeaderValue? TryReadAnother(AuthenticationHeaderValue refused)
    {
        var read = Read(source);
        if (read.Equals(refused))
            return null;
        Volatile.Write(ref _current, read);
        return read;
    }

    private static AuthenticationHeaderValue Read(SecretReference source)
    {
        using var secret = source.Read();
        using var lease = secret.Reveal();
        var isToken = !lease.Span.ContainsAnyExceptInRange((byte)'!', (byte)'~');
        return isToken
            ? new AuthenticationHeaderValue("Bearer", Encoding.ASCII.GetString(lease.Span))
            : throw new KeyreeveClientException(ClientError.InvalidOptions, $"What {source} names is no token: it has blanks, line feeds or other characters that no token has.");
    }
}

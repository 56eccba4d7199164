namespace Keyreeve.Client.Envelopes;

/// <summary>The one failure of every decryption, whatever was wrong.</summary>
internal static class DecryptionFailure
{
    public static KeyreeveClientException Create(Exception? cause = null) =>
        new(
            ClientError.CryptographicFailure,
            "Decryption failed: the key or the context is another, or the envelope was altered or cut short.",
            (cause as KeyreeveClientException)?.Status,
            (cause as KeyreeveClientException)?.CorrelationId,
            cause);

    /// <summary>Whether a key manager's refusal says no more than that it cannot decrypt: ids may be altered too.</summary>
    public static bool Is(KeyreeveClientException refusal) => IsNamed(refusal.Error);

    /// <summary>As <see cref="Is"/>, of the refusal's name alone.</summary>
    public static bool IsNamed(string error) => error is ClientError.CryptographicFailure or ClientError.ItemNotFound or "InvalidField";
}

namespace Keyreeve.Core;

/// <summary>A refusal: expected, explained, and without effect. Its message is public text.</summary>
public sealed class KeyreeveException : Exception
{
    /// <summary>Creates a refusal.</summary>
    /// <param name="error">The reason.</param>
    /// <param name="message">What is wrong and what to do, for the caller to read; never anything secret.</param>
    /// <param name="inner">The cause, for the log alone.</param>
    public KeyreeveException(KeyreeveError error, string message, Exception? inner = null)
        : base(message, inner)
    {
        if (error == KeyreeveError.None) throw new ArgumentOutOfRangeException(nameof(error), "A refusal has a reason.");
        Error = error;
    }

    /// <summary>
    /// The refusal for what does not exist and for what the caller may not know of: one text, so that they cannot be told apart.
    /// </summary>
    public static KeyreeveException NotFound() => new(KeyreeveError.ItemNotFound, "There is no such object.");

    /// <summary>
    /// The refusal of a credential that is nobody's and of one that has ended: one text at every door, so that a stranger does not learn which.
    /// </summary>
    public static KeyreeveException NotAuthenticated() => new(
        KeyreeveError.AuthenticationFailed,
        "The certificate or token belongs to no principal, or has ended: it expired or was revoked, or its principal was disabled. Enrol, or ask a security officer.");

    /// <summary>When to try again, for one that passes by itself; null if that is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether a record of it would tell nothing that one of the same second does not.</summary>
    internal bool NeedsNoRecord { get; init; }

    /// <summary>The reason.</summary>
    public KeyreeveError Error { get; }

    /// <summary>What a program goes on with: of <see cref="KeyreeveError.ApprovalRequired"/> the request's identifier; else null.</summary>
    public string? Reference { get; init; }
}

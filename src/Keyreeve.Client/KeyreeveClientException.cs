using System.Net;

namespace Keyreeve.Client;

/// <summary>
/// A request that was not fulfilled: refused by the server, or not delivered. <see cref="Error"/> says which; the message is
/// for people.
/// </summary>
public sealed class KeyreeveClientException : Exception
{
    /// <summary>A failure of a key provider, in the words that all of them share.</summary>
    /// <param name="error">The reason: one of <see cref="ClientError"/>, or of the server's names.</param>
    /// <param name="message">For people.</param>
    /// <param name="cause">What was behind it.</param>
    public KeyreeveClientException(string error, string message, Exception? cause)
        : this(error, message, null, null, cause)
    {
    }

    internal KeyreeveClientException(
        string error, string message, HttpStatusCode? status = null, string? correlationId = null, Exception? cause = null)
        : base(message, cause)
    {
        Error = error;
        Status = status;
        CorrelationId = correlationId;
    }

    /// <summary>
    /// The reason: one of the server's names, such as <c>ItemNotFound</c>, or one of <see cref="ClientError"/>. Servers to come
    /// may know more names.
    /// </summary>
    public string Error { get; }

    /// <summary>The HTTP status of the refusal; null when no server answered.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>Under this the server's log and audit trail have the request; null when no server answered.</summary>
    public string? CorrelationId { get; }

    /// <summary>What to go on with: of <see cref="ClientError.ApprovalRequired"/> the identifier of the request for approval; else null.</summary>
    public string? Reference { get; internal init; }

    /// <summary>When to try again, as the server says: of <see cref="ClientError.TooManyRequests"/>, or of one that does not serve now; else null.</summary>
    public TimeSpan? RetryAfter { get; internal init; }

    /// <summary>
    /// Whether no server served: none was reached, the answer did not come, or the server is sealed or not ready. A refusal is none.
    /// </summary>
    public bool IsOutage =>
        Status is HttpStatusCode.ServiceUnavailable || (Status is null && (Is(ClientError.ServerUnreachable) || Is(ClientError.ConnectionLost) || Is(ClientError.TimedOut)));

    /// <summary>Whether the reason is this one; names are compared exactly.</summary>
    public bool Is(string error) => string.Equals(Error, error, StringComparison.Ordinal);
}

/// <summary>Reasons that arise on the client's side, and those of the server's that a program usually tells apart.</summary>
public static class ClientError
{
    /// <summary>An option cannot be used, or a file that an option names.</summary>
    public const string InvalidOptions = "InvalidOptions";

    /// <summary>No server accepted a connection.</summary>
    public const string ServerUnreachable = "ServerUnreachable";

    /// <summary>The server could not prove to be one of those that the certificate authority named.</summary>
    public const string ServerNotTrusted = "ServerNotTrusted";

    /// <summary>The connection ended before an answer came; the request may have been carried out.</summary>
    public const string ConnectionLost = "ConnectionLost";

    /// <summary>The time limit passed; the request may have been carried out.</summary>
    public const string TimedOut = "TimedOut";

    /// <summary>What answered does not speak this protocol.</summary>
    public const string UnexpectedAnswer = "UnexpectedAnswer";

    /// <summary>The object does not exist, or the caller may not know that it does.</summary>
    public const string ItemNotFound = "ItemNotFound";

    /// <summary>The caller lacks the right.</summary>
    public const string PermissionDenied = "PermissionDenied";

    /// <summary>The caller has the right, and others have to agree first: <see cref="KeyreeveClientException.Reference"/> names the request.</summary>
    public const string ApprovalRequired = "ApprovalRequired";

    /// <summary>A limit is reached, of the caller, the key or the tenant: <see cref="KeyreeveClientException.RetryAfter"/> says when there is room again.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>The caller could not be identified: no certificate, an unknown or a disabled one.</summary>
    public const string AuthenticationFailed = "AuthenticationFailed";

    /// <summary>Decryption failed: wrong key, wrong context or altered ciphertext; deliberately not told apart.</summary>
    public const string CryptographicFailure = "CryptographicFailure";
}

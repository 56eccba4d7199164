using System.Net.Sockets;
using System.Security.Authentication;
using Keyreeve.Client.Connecting;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Client;

/// <summary>What goes wrong over KMIP, in the client's words.</summary>
internal static class KmipFailures
{
    /// <summary>What a failure means; null for what is none of the connection's or the server's.</summary>
    public static AttemptFailedException? TryTranslate(Exception failure) => failure switch
    {
        KeyreeveClientException e => new AttemptFailedException(AttemptFailure.Final, e),
        KmipException e => Refusal(e),
        AuthenticationException e => new AttemptFailedException(
            AttemptFailure.Final, new KeyreeveClientException(ClientError.ServerNotTrusted, $"The server could not prove who it is, or does not accept the certificate: {Innermost(e).Message}", e)),
        SocketException e => new AttemptFailedException(AttemptFailure.NotServed, new KeyreeveClientException(ClientError.ServerUnreachable, e.Message, e)),
        TimeoutException e => new AttemptFailedException(AttemptFailure.Hung, new KeyreeveClientException(ClientError.TimedOut, e.Message, e)),
        IOException e when IsRefusalOfCertificate(e) => new AttemptFailedException(
            AttemptFailure.Final, new KeyreeveClientException(ClientError.AuthenticationFailed, $"The server does not accept the certificate: {Innermost(e).Message}", e)),
        IOException e => new AttemptFailedException(AttemptFailure.Lost, new KeyreeveClientException(ClientError.ConnectionLost, $"The connection ended before an answer came ({Innermost(e).Message}); servers do so when they do not accept the certificate.", e)),
        TtlvException e => new AttemptFailedException(AttemptFailure.Final, new KeyreeveClientException(ClientError.UnexpectedAnswer, "What answered does not speak KMIP.", e)),
        _ => null,
    };

    /// <summary>Whether a refusal says no more than that this does not decrypt.</summary>
    public static bool IsFailedDecryption(KmipException refusal) => NameOf(refusal) is ClientError.CryptographicFailure or ClientError.ItemNotFound or "InvalidField";

    private static AttemptFailedException Refusal(KmipException e)
    {
        var isNotServed = e.ResultReason is ResultReason.ServerLimitExceeded
            || e.ResultMessage?.Contains("sealed", StringComparison.OrdinalIgnoreCase) == true;
        return isNotServed
            ? new AttemptFailedException(AttemptFailure.NotServed, new KeyreeveClientException(ClientError.ServerUnreachable, e.Message, e))
            : new AttemptFailedException(AttemptFailure.Final, new KeyreeveClientException(NameOf(e), e.Message, e));
    }

    private static string NameOf(KmipException e) => e.ResultReason switch
    {
        // So some servers, PyKMIP's among them, say that a tag does not fit.
        ResultReason.GeneralFailure when e.Operation is Operation.Decrypt => ClientError.CryptographicFailure,
        ResultReason.ItemNotFound or ResultReason.ObjectNotFound or ResultReason.ObjectDestroyed => ClientError.ItemNotFound,
        ResultReason.AuthenticationNotSuccessful => ClientError.AuthenticationFailed,
        ResultReason.PermissionDenied => ClientError.PermissionDenied,
        ResultReason.CryptographicFailure or ResultReason.BadCryptographicParameters => ClientError.CryptographicFailure,
        ResultReason.InvalidField => "InvalidField",
        { } other => other.ToString(),
        null => ClientError.UnexpectedAnswer,
    };

    private static bool IsRefusalOfCertificate(IOException e)
    {
        var message = Innermost(e).Message;
        return message.Contains("alert", StringComparison.OrdinalIgnoreCase) && message.Contains("certificate", StringComparison.OrdinalIgnoreCase);
    }

    private static Exception Innermost(Exception e)
    {
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}

using Keyreeve.Core;

namespace Keyreeve.Server.Rest;

/// <summary>
/// A refusal that HTTP has a status of its own for, such as 415: raised by this door alone. Other refusals are
/// <see cref="KeyreeveException"/>s and find their status in <see cref="RestErrors"/>.
/// </summary>
internal sealed class RestRefusal(int status, KeyreeveError error, string title, string detail) : Exception(detail)
{
    public int Status { get; } = status;

    public KeyreeveError Error { get; } = error;

    public string Title { get; } = title;

    /// <summary>Whether the connection ends with the answer, because what follows on it cannot be trusted.</summary>
    public bool ClosesConnection { get; init; }

    public static RestRefusal Malformed(string detail) => new(400, KeyreeveError.InvalidMessage, "The request is malformed", detail);

    /// <summary>The bytes on the connection are ambiguous; nothing more is read from it.</summary>
    public static RestRefusal Ambiguous(string detail) =>
        new(400, KeyreeveError.InvalidMessage, "The request is malformed", detail) { ClosesConnection = true };

    public static RestRefusal UnsupportedMediaType(string detail) =>
        new(415, KeyreeveError.InvalidMessage, "The body's form is not supported", detail);

    public static RestRefusal NotAcceptable(string detail) =>
        new(406, KeyreeveError.InvalidMessage, "The answer's form is not acceptable", detail);

    public static RestRefusal TooLarge(int limitInBytes) => new(
        413, KeyreeveError.RequestTooLarge, "The request is too large", $"The body of this route has at most {limitInBytes} bytes.")
    {
        ClosesConnection = true,
    };

    public static RestRefusal TooSlow() =>
        new(408, KeyreeveError.InvalidMessage, "The request took too long", "The request did not arrive in time.") { ClosesConnection = true };

    public static RestRefusal NotInTime() =>
        new(503, KeyreeveError.InternalError, "The answer took too long", "The server could not answer in time; try again.");
}

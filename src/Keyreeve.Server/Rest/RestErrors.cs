using Keyreeve.Core;

namespace Keyreeve.Server.Rest;

/// <summary>How a refusal is shown over HTTP.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Title">What it is, the same for every occurrence (RFC 9457 §3.1.3).</param>
internal readonly record struct RestError(int Status, string Title);

/// <summary>The one table from reasons to HTTP.</summary>
internal static class RestErrors
{
    /// <summary>The prefix of a problem's type; the name of the <see cref="KeyreeveError"/> follows.</summary>
    public const string TypePrefix = "urn:keyreeve:error:";

    public static string TypeOf(KeyreeveError error) => TypePrefix + error;

    // No default arm: a reason without a row does not compile (CS8509).
#pragma warning disable MA0051 // a table: one row a reason
    public static RestError For(KeyreeveError error) => error switch
    {
        KeyreeveError.None => new(500, "Internal error"),
        KeyreeveError.ItemNotFound => new(404, "Not found"),
        KeyreeveError.UnknownIdentifier => new(404, "Not found"),
        KeyreeveError.PermissionDenied => new(403, "Permission denied"),
        KeyreeveError.ApprovalRequired => new(403, "Others have to agree"),
        KeyreeveError.AuthenticationFailed => new(401, "Not authenticated"),
        KeyreeveError.NotAuthorized => new(403, "The ticket does not cover this"),
        KeyreeveError.InvalidTicket => new(401, "The ticket is not valid"),
        KeyreeveError.AttestationRequired => new(403, "Attestation is required"),
        KeyreeveError.AttestationFailed => new(403, "Attestation failed"),
        KeyreeveError.WrongKeyLifecycleState => new(409, "The key's State forbids this"),
        KeyreeveError.IncompatibleUsageMask => new(409, "The key is not for this use"),
        KeyreeveError.ObjectArchived => new(409, "The object is archived"),
        KeyreeveError.ObjectDestroyed => new(410, "Destroyed for good"),
        KeyreeveError.ObjectAlreadyExists => new(409, "The object exists already"),
        KeyreeveError.KeyDisabled => new(409, "The key is disabled"),
        KeyreeveError.MissingField => new(400, "Something is missing"),
        KeyreeveError.InvalidField => new(400, "A value is not allowed"),
        KeyreeveError.InvalidMessage => new(400, "The request is malformed"),
        KeyreeveError.MalformedMessage => new(400, "The request cannot be read"),
        KeyreeveError.UnknownField => new(400, "The request has a field that is not known"),
        KeyreeveError.InvalidAttribute => new(400, "The attribute does not apply"),
        KeyreeveError.InvalidAttributeValue => new(400, "An attribute's value is not allowed"),
        KeyreeveError.AttributeNotFound => new(404, "There is no such attribute"),
        KeyreeveError.AttributeReadOnly => new(409, "The attribute is read-only"),
        KeyreeveError.AttributeSingleValued => new(409, "The attribute has one value"),
        KeyreeveError.AttributeMultiValued => new(409, "The attribute has several values"),
        KeyreeveError.NonUniqueName => new(409, "The name is taken"),
        KeyreeveError.InvalidObjectType => new(409, "The object is of another type"),
        KeyreeveError.OperationNotSupported => new(400, "Not supported"),
        KeyreeveError.FeatureNotSupported => new(400, "Not supported"),
        KeyreeveError.KeyFormatTypeNotSupported => new(400, "The form of the key is not supported"),
        KeyreeveError.KeyWrapTypeNotSupported => new(400, "The wrapping is not supported"),
        KeyreeveError.KeyCompressionTypeNotSupported => new(400, "Compression of keys is not supported"),
        KeyreeveError.WrappingKeyNotFound => new(404, "The wrapping key is not here"),
        KeyreeveError.WrappingKeyDestroyed => new(409, "The wrapping key was destroyed"),
        KeyreeveError.EncodingOptionError => new(400, "The encoding is not possible"),
        KeyreeveError.BadPassword => new(409, "The container does not open with its password"),
        KeyreeveError.InvalidCertificateRequest => new(400, "The certificate request is not valid"),
        KeyreeveError.NotExtractable => new(403, "The key never leaves the server"),
        KeyreeveError.Sensitive => new(403, "The key leaves the server only wrapped"),
        KeyreeveError.CryptographicParametersNotSupported => new(400, "The cryptographic parameters are not supported"),
        KeyreeveError.BadCryptographicParameters => new(400, "The cryptographic parameters are wrong"),
        KeyreeveError.MissingInitializationVector => new(400, "The initialization vector is missing"),
        KeyreeveError.InvalidCorrelationValue => new(409, "No such message is under way"),
        KeyreeveError.KeyValueNotPresent => new(409, "The key's value is not here"),
        KeyreeveError.CryptographicFailure => new(422, "The cryptographic operation failed"),
        KeyreeveError.Pkcs11CodecError => new(400, "The PKCS#11 parameters cannot be read"),
        KeyreeveError.Pkcs11InvalidFunction => new(400, "No such PKCS#11 function"),
        KeyreeveError.Pkcs11InvalidInterface => new(400, "No such PKCS#11 interface"),
        KeyreeveError.RefusedByMode => new(403, "Refused by the key group's mode"),
        KeyreeveError.UsageLimitExceeded => new(409, "The key's usage limit is reached"),
        KeyreeveError.UsageAllocationRefused => new(409, "The key's usage limit is reached"),
        KeyreeveError.NoUsageLimits => new(409, "The key has no usage limits"),
        KeyreeveError.LeaseNotGranted => new(409, "No lease is granted"),
        KeyreeveError.NotReplaceable => new(409, "The key cannot be replaced"),
        KeyreeveError.ProtectionStorageUnavailable => new(409, "There is no such storage here"),
        KeyreeveError.NoDateToOffset => new(409, "The key has no Activation Date"),
        KeyreeveError.InvalidDataType => new(400, "The type does not suit"),
        KeyreeveError.NumericRange => new(400, "The number is out of range"),
        KeyreeveError.ConstraintViolation => new(409, "The tenant's constraints forbid this"),
        KeyreeveError.UnknownObjectGroup => new(404, "There is no such object group"),
        KeyreeveError.ServerLimitExceeded => new(400, "The request asks for too much work"),
        KeyreeveError.ResponseTooLarge => new(400, "The answer would be too large"),
        KeyreeveError.RequestTooLarge => new(413, "The request is too large"),
        KeyreeveError.Undone => new(409, "It was taken back"),
        KeyreeveError.InvalidAsynchronousCorrelationValue => new(404, "There is no such pending request"),
        KeyreeveError.CanceledByRequester => new(409, "The request was taken back"),
        KeyreeveError.DuplicateProcessRequest => new(409, "The request is being processed already"),
        KeyreeveError.UnsupportedProtocolVersion => new(400, "The protocol version is not spoken"),
        KeyreeveError.UnknownMessageExtension => new(400, "An extension is not known"),
        KeyreeveError.Conflict => new(409, "Changed by somebody else meanwhile"),
        KeyreeveError.IdempotencyConflict => new(409, "The idempotency key was used for another request"),
        KeyreeveError.TooManyRequests => new(429, "Too many requests"),
        KeyreeveError.AuditUnavailable => new(503, "The audit trail cannot be written"),
        KeyreeveError.StoreUnavailable => new(503, "The store cannot be used"),
        KeyreeveError.SelfTestFailed => new(503, "A self-test has failed"),
        KeyreeveError.TokenUnavailable => new(503, "The token cannot be used"),
        KeyreeveError.Sealed => new(503, "The root key is not open"),
        KeyreeveError.IntegrityFailure => new(500, "Stored data fails its authentication"),
        KeyreeveError.InternalError => new(500, "Internal error"),
    };
#pragma warning restore MA0051
}

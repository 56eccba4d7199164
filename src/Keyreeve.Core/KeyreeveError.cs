namespace Keyreeve.Core;

/// <summary>
/// Why a request was refused: one name for each reason, the same in every protocol. How each is shown to a KMIP or a
/// REST caller stands in one table per front door.
/// </summary>
public enum KeyreeveError
{
    /// <summary>Never used; a refusal always has a reason.</summary>
    None = 0,

    /// <summary>The object does not exist, or the caller may not know that it does.</summary>
    ItemNotFound,

    /// <summary>What names the object is no identifier of this server's, so that none can have it.</summary>
    UnknownIdentifier,

    /// <summary>The caller is known but lacks the right.</summary>
    PermissionDenied,

    /// <summary>The caller has the right, and others have to agree first.</summary>
    ApprovalRequired,

    /// <summary>The caller could not be identified.</summary>
    AuthenticationFailed,

    /// <summary>The ticket by which the caller speaks does not cover this.</summary>
    NotAuthorized,

    /// <summary>The ticket never was, has expired, was ended, or is another's.</summary>
    InvalidTicket,

    /// <summary>The server demands proof of the client's state first.</summary>
    AttestationRequired,

    /// <summary>The proof of the client's state is not accepted.</summary>
    AttestationFailed,

    /// <summary>The object's State forbids the operation.</summary>
    WrongKeyLifecycleState,

    /// <summary>The key's Cryptographic Usage Mask does not allow the use.</summary>
    IncompatibleUsageMask,

    /// <summary>The object is archived and has to be recovered first.</summary>
    ObjectArchived,

    /// <summary>The object was destroyed; only its attributes remain.</summary>
    ObjectDestroyed,

    /// <summary>An object with that Unique Identifier exists.</summary>
    ObjectAlreadyExists,

    /// <summary>The named key is disabled, or its destruction is scheduled.</summary>
    KeyDisabled,

    /// <summary>A field of the request is missing.</summary>
    MissingField,

    /// <summary>A field of the request has a value that is not allowed.</summary>
    InvalidField,

    /// <summary>The message as a whole is malformed.</summary>
    InvalidMessage,

    /// <summary>The bytes are no message at all.</summary>
    MalformedMessage,

    /// <summary>The request has a field that nobody knows.</summary>
    UnknownField,

    /// <summary>The attribute is not known or does not apply to this object.</summary>
    InvalidAttribute,

    /// <summary>The attribute's value is malformed or out of range.</summary>
    InvalidAttributeValue,

    /// <summary>The object has no such attribute, or no such instance.</summary>
    AttributeNotFound,

    /// <summary>Only the server sets this attribute.</summary>
    AttributeReadOnly,

    /// <summary>The attribute has one value and has it already.</summary>
    AttributeSingleValued,

    /// <summary>The attribute has several values; the request has to say which is meant.</summary>
    AttributeMultiValued,

    /// <summary>Another object has that Name.</summary>
    NonUniqueName,

    /// <summary>The object is not of the type that the operation needs.</summary>
    InvalidObjectType,

    /// <summary>The operation exists, but this server or this object does not support it.</summary>
    OperationNotSupported,

    /// <summary>A feature or option of the operation is not supported.</summary>
    FeatureNotSupported,

    /// <summary>The key cannot be given in the form asked for.</summary>
    KeyFormatTypeNotSupported,

    /// <summary>The key cannot be wrapped as asked.</summary>
    KeyWrapTypeNotSupported,

    /// <summary>Compression of keys is not offered.</summary>
    KeyCompressionTypeNotSupported,

    /// <summary>The key that is to wrap or unwrap another does not exist, or the caller may not know that it does.</summary>
    WrappingKeyNotFound,

    /// <summary>The key that is to wrap or unwrap another was destroyed.</summary>
    WrappingKeyDestroyed,

    /// <summary>Attributes are wrapped along with a key only where the whole Key Value is encoded.</summary>
    EncodingOptionError,

    /// <summary>A PKCS#12 container has no usable password, or does not open with it.</summary>
    BadPassword,

    /// <summary>The certificate request is malformed, not signed by its own key, or asks for what is not certified.</summary>
    InvalidCertificateRequest,

    /// <summary>The key's material never leaves the server.</summary>
    NotExtractable,

    /// <summary>The key's material leaves the server only wrapped.</summary>
    Sensitive,

    /// <summary>Algorithm, mode, padding or parameter is not offered for this key.</summary>
    CryptographicParametersNotSupported,

    /// <summary>A value within the cryptographic parameters fits no algorithm, such as a tag of 1 or of 32 bytes.</summary>
    BadCryptographicParameters,

    /// <summary>The operation needs an initialization vector, counter or nonce that the caller has not given.</summary>
    MissingInitializationVector,

    /// <summary>No message of the caller's is under way with that Correlation Value, key and operation.</summary>
    InvalidCorrelationValue,

    /// <summary>The object has no Key Value: it was never given to this server.</summary>
    KeyValueNotPresent,

    /// <summary>A cryptographic operation failed. Deliberately says no more: every failed decryption looks the same.</summary>
    CryptographicFailure,

    /// <summary>The parameters of a PKCS#11 function cannot be read.</summary>
    Pkcs11CodecError,

    /// <summary>PKCS#11 has no such function.</summary>
    Pkcs11InvalidFunction,

    /// <summary>PKCS#11 has no such interface here.</summary>
    Pkcs11InvalidInterface,

    /// <summary>Refused by the mode of the key group, such as a weak algorithm in <c>strict</c>.</summary>
    RefusedByMode,

    /// <summary>The key has been used as often as its Usage Limits allow.</summary>
    UsageLimitExceeded,

    /// <summary>The key's Usage Limits do not allow so much more to be protected.</summary>
    UsageAllocationRefused,

    /// <summary>The object has no limits of its usage, or is not one that protects anything.</summary>
    NoUsageLimits,

    /// <summary>No lease is granted for the object as it is.</summary>
    LeaseNotGranted,

    /// <summary>The key cannot be replaced by another made here.</summary>
    NotReplaceable,

    /// <summary>The object cannot be stored in any of the ways that the request allows.</summary>
    ProtectionStorageUnavailable,

    /// <summary>The key has no date from which those of its replacement could be reckoned.</summary>
    NoDateToOffset,

    /// <summary>The adjustment does not suit the attribute's type.</summary>
    InvalidDataType,

    /// <summary>The adjusted number would be out of range.</summary>
    NumericRange,

    /// <summary>The new object is not as the tenant's constraints demand.</summary>
    ConstraintViolation,

    /// <summary>There is no such Object Group.</summary>
    UnknownObjectGroup,

    /// <summary>The request asks for more work than one request may make.</summary>
    ServerLimitExceeded,

    /// <summary>The answer would be larger than the caller accepts.</summary>
    ResponseTooLarge,

    /// <summary>The request is larger than the server accepts.</summary>
    RequestTooLarge,

    /// <summary>It was done, and taken back because another item of its batch failed.</summary>
    Undone,

    /// <summary>No pending request of the caller has this Asynchronous Correlation Value.</summary>
    InvalidAsynchronousCorrelationValue,

    /// <summary>The pending request was taken back by who sent it.</summary>
    CanceledByRequester,

    /// <summary>The pending request is being processed already.</summary>
    DuplicateProcessRequest,

    /// <summary>The protocol version is not spoken.</summary>
    UnsupportedProtocolVersion,

    /// <summary>A vendor's extension that must not be ignored is not known.</summary>
    UnknownMessageExtension,

    /// <summary>The object was changed by somebody else meanwhile; read it again and retry.</summary>
    Conflict,

    /// <summary>The same idempotency key was used for another request.</summary>
    IdempotencyConflict,

    /// <summary>The caller sends more than it may; try again later.</summary>
    TooManyRequests,

    /// <summary>The audit trail cannot be written, so nothing is released or changed.</summary>
    AuditUnavailable,

    /// <summary>The store cannot be read or written.</summary>
    StoreUnavailable,

    /// <summary>The token in which the key lives is gone, hangs or refuses.</summary>
    TokenUnavailable,

    /// <summary>A known answer did not come out: cryptography cannot be relied on here, and no key is served.</summary>
    SelfTestFailed,

    /// <summary>The root key is not open.</summary>
    Sealed,

    /// <summary>Stored bytes fail their authentication: they were altered outside the server.</summary>
    IntegrityFailure,

    /// <summary>A defect of the server; the correlation id finds the details in its log.</summary>
    InternalError,
}

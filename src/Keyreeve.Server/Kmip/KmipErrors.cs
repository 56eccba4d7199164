using Keyreeve.Core;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Kmip;

/// <summary>How a refusal is told to a KMIP client: one row for each, one column for each vocabulary of the standard.</summary>
internal static class KmipErrors
{
    /// <summary>The Result Reason of an error in an operation.</summary>
    public static ResultReason ReasonFor(KeyreeveError error, ProtocolVersion version, Operation operation) =>
        error == KeyreeveError.ItemNotFound && SaysItemNotFound(operation, version) ? ResultReason.ItemNotFound
        : OperationReasons.Of(operation, ReasonFor(error, version), version);

    /// <summary>The Result Reason of an error, in the words that this protocol version has.</summary>
    public static ResultReason ReasonFor(KeyreeveError error, ProtocolVersion version)
    {
        var row = For(error);
        if (version == ProtocolVersion.Kmip20 && row.V20 is { } reason) return reason;
        if (version.Major >= 3 && row.V30 is { } latest) return latest;
        if (version.Major >= 2) return row.V2;
        if (version >= ProtocolVersion.Kmip12 && row.V12 is { } since12) return since12;
        if (version >= ProtocolVersion.Kmip11 && row.V11 is { } since11) return since11;
        return version >= ProtocolVersion.Kmip14 ? row.V14 : row.V10;
    }

    // spec: KMIP 2.1 §6.1: what is not found is an Object to most operations; the error tables of these say Item.
    private static bool SaysItemNotFound(Operation operation, ProtocolVersion version) =>
        operation is Operation.AdjustAttribute or Operation.Certify or Operation.CreateSplitKey
        || (operation == Operation.GetAttributes && version.Has(VersionTrait.SaysItemOfAttributes));

    // spec: KMIP 1.0 §9.1.3.2.28, 1.4 §9.1.3.2.29, 2.1 §11.46 "Result Reason Enumeration". No `_` arm: a missing row does not compile.
#pragma warning disable MA0051 // a table: one row a reason
    private static Row For(KeyreeveError error) => error switch
    {
        KeyreeveError.None => throw new ArgumentOutOfRangeException(nameof(error)),
        // KMIP 3.0: spec: OASIS' cases BL-M-20-30 and BL-M-4-30, which tell an object that is gone from what names none.
        KeyreeveError.ItemNotFound => Same(ResultReason.ItemNotFound, ResultReason.ObjectNotFound) with { V30 = ResultReason.ItemNotFound },
        KeyreeveError.UnknownIdentifier => Same(ResultReason.ItemNotFound, ResultReason.ObjectNotFound),
        KeyreeveError.PermissionDenied => Same(ResultReason.PermissionDenied),
        KeyreeveError.ApprovalRequired => Same(ResultReason.PermissionDenied),
        KeyreeveError.AuthenticationFailed => Same(ResultReason.AuthenticationNotSuccessful),
        // The cases of 2.0 still expect the reason of 1.x; those of 2.1 the one that 2.0 brought.
        KeyreeveError.WrongKeyLifecycleState => Same(ResultReason.PermissionDenied, ResultReason.WrongKeyLifecycleState) with { V20 = ResultReason.PermissionDenied },
        KeyreeveError.NotAuthorized => Same(ResultReason.PermissionDenied, ResultReason.NotAuthorised),
        KeyreeveError.InvalidTicket => Same(ResultReason.AuthenticationNotSuccessful, ResultReason.InvalidTicket),
        KeyreeveError.AttestationRequired => Same(ResultReason.PermissionDenied, ResultReason.AttestationRequired) with { V12 = ResultReason.AttestationRequired },
        KeyreeveError.AttestationFailed => Same(ResultReason.PermissionDenied, ResultReason.AttestationFailed) with { V12 = ResultReason.AttestationFailed },
        KeyreeveError.IncompatibleUsageMask => Same(ResultReason.PermissionDenied, ResultReason.IncompatibleCryptographicUsageMask),
        KeyreeveError.ObjectArchived => Same(ResultReason.ObjectArchived),
        KeyreeveError.ObjectDestroyed => Same(ResultReason.ItemNotFound, ResultReason.ObjectDestroyed),
        KeyreeveError.ObjectAlreadyExists => new(ResultReason.IllegalOperation, ResultReason.ObjectAlreadyExists, ResultReason.ObjectAlreadyExists),
        KeyreeveError.KeyDisabled => Same(ResultReason.PermissionDenied),
        // spec: KMIP 1.4 §11.3 "REQUIRED field(s) missing … Invalid Message"; no table has Missing Data.
        KeyreeveError.MissingField => Same(ResultReason.InvalidMessage),
        KeyreeveError.InvalidField => Same(ResultReason.InvalidField),
        KeyreeveError.InvalidMessage => Same(ResultReason.InvalidMessage),
        KeyreeveError.MalformedMessage => Same(ResultReason.InvalidMessage, ResultReason.CodecError),
        // spec: KMIP 1.4 §11.1 "Same major & minor version, unknown field … Invalid Field"; 2.1 §11.46 "A tag is not known by the server".
        KeyreeveError.UnknownField => Same(ResultReason.InvalidField, ResultReason.UnknownTag),
        KeyreeveError.InvalidAttribute => Same(ResultReason.InvalidField, ResultReason.InvalidAttribute),
        KeyreeveError.InvalidAttributeValue => Same(ResultReason.InvalidField, ResultReason.InvalidAttributeValue),
        KeyreeveError.AttributeNotFound => Same(ResultReason.ItemNotFound, ResultReason.AttributeNotFound),
        KeyreeveError.AttributeReadOnly => Same(ResultReason.PermissionDenied, ResultReason.AttributeReadOnly),
        KeyreeveError.AttributeSingleValued => Same(ResultReason.IndexOutOfBounds, ResultReason.AttributeSingleValued),
        KeyreeveError.AttributeMultiValued => Same(ResultReason.InvalidField, ResultReason.MultiValuedAttribute),
        KeyreeveError.NonUniqueName => Same(ResultReason.InvalidField, ResultReason.NonUniqueNameAttribute),
        KeyreeveError.InvalidObjectType => Same(ResultReason.InvalidField, ResultReason.InvalidObjectType),
        KeyreeveError.OperationNotSupported => Same(ResultReason.OperationNotSupported),
        KeyreeveError.FeatureNotSupported => Same(ResultReason.FeatureNotSupported),
        KeyreeveError.KeyFormatTypeNotSupported => Same(ResultReason.KeyFormatTypeNotSupported),
        KeyreeveError.KeyWrapTypeNotSupported => Same(ResultReason.FeatureNotSupported, ResultReason.KeyWrapTypeNotSupported),
        KeyreeveError.KeyCompressionTypeNotSupported => Same(ResultReason.KeyCompressionTypeNotSupported),
        KeyreeveError.WrappingKeyNotFound => Same(ResultReason.ItemNotFound, ResultReason.WrappingObjectNotFound),
        KeyreeveError.WrappingKeyDestroyed => Same(ResultReason.ItemNotFound, ResultReason.WrappingObjectDestroyed),
        // spec: KMIP 1.1 §9.1.3.2.29, 1.2 §9.1.3.2.29: the versions that brought these two.
        KeyreeveError.EncodingOptionError => Same(ResultReason.InvalidField, ResultReason.EncodingOptionError) with { V11 = ResultReason.EncodingOptionError },
        KeyreeveError.BadPassword => Same(ResultReason.InvalidField, ResultReason.BadPassword),
        KeyreeveError.InvalidCertificateRequest => Same(ResultReason.InvalidField, ResultReason.InvalidCSR),
        KeyreeveError.NotExtractable => new(ResultReason.PermissionDenied, ResultReason.NotExtractable, ResultReason.NotExtractable),
        KeyreeveError.Sensitive => new(ResultReason.PermissionDenied, ResultReason.Sensitive, ResultReason.Sensitive),
        KeyreeveError.CryptographicParametersNotSupported => Same(ResultReason.FeatureNotSupported, ResultReason.UnsupportedCryptographicParameters),
        // Bad Cryptographic Parameters would say it, but the profiles' cases ask for this one in every version.
        KeyreeveError.BadCryptographicParameters => Same(ResultReason.GeneralFailure),
        // Missing Initialization Vector would say it, but the profiles' cases ask for this one in every version.
        KeyreeveError.MissingInitializationVector => Same(ResultReason.InvalidMessage),
        KeyreeveError.InvalidCorrelationValue => Same(ResultReason.InvalidField, ResultReason.InvalidCorrelationValue),
        KeyreeveError.KeyValueNotPresent => Same(ResultReason.InvalidField, ResultReason.KeyValueNotPresent) with { V12 = ResultReason.KeyValueNotPresent },
        KeyreeveError.CryptographicFailure => Same(ResultReason.CryptographicFailure),
        KeyreeveError.Pkcs11CodecError => Same(ResultReason.InvalidField, ResultReason.PKCS_11CodecError),
        KeyreeveError.Pkcs11InvalidFunction => Same(ResultReason.InvalidField, ResultReason.PKCS_11InvalidFunction),
        KeyreeveError.Pkcs11InvalidInterface => Same(ResultReason.InvalidField, ResultReason.PKCS_11InvalidInterface),
        KeyreeveError.RefusedByMode => Same(ResultReason.PermissionDenied),
        KeyreeveError.UsageLimitExceeded => Same(ResultReason.PermissionDenied, ResultReason.UsageLimitExceeded),
        // spec: KMIP 2.1 §6.1.17 "If the allocation is unable to be obtained the operation SHALL return with … result reason of
        // Permission Denied."
        KeyreeveError.UsageAllocationRefused => Same(ResultReason.PermissionDenied),
        KeyreeveError.NoUsageLimits => Same(ResultReason.IllegalOperation, ResultReason.AttributeNotFound),
        KeyreeveError.LeaseNotGranted => Same(ResultReason.PermissionDenied),
        KeyreeveError.NotReplaceable => Same(ResultReason.PermissionDenied, ResultReason.InvalidObjectType),
        KeyreeveError.ProtectionStorageUnavailable => Same(ResultReason.FeatureNotSupported, ResultReason.ProtectionStorageUnavailable),
        KeyreeveError.NoDateToOffset => Same(ResultReason.IllegalOperation, ResultReason.InvalidField),
        KeyreeveError.InvalidDataType => Same(ResultReason.InvalidField, ResultReason.InvalidDataType),
        KeyreeveError.NumericRange => Same(ResultReason.InvalidField, ResultReason.NumericRange),
        KeyreeveError.ConstraintViolation => Same(ResultReason.PermissionDenied, ResultReason.ConstraintViolation) with { V20 = ResultReason.PermissionDenied },
        KeyreeveError.UnknownObjectGroup => Same(ResultReason.InvalidField, ResultReason.UnknownObjectGroup) with { V20 = ResultReason.InvalidField, V30 = ResultReason.InvalidField },
        KeyreeveError.ServerLimitExceeded => Same(ResultReason.GeneralFailure, ResultReason.ServerLimitExceeded),
        KeyreeveError.ResponseTooLarge => Same(ResultReason.ResponseTooLarge),
        KeyreeveError.RequestTooLarge => Same(ResultReason.InvalidMessage, ResultReason.ServerLimitExceeded),
        KeyreeveError.Undone => Same(ResultReason.OperationCanceledByRequester),
        KeyreeveError.InvalidAsynchronousCorrelationValue => Same(ResultReason.ItemNotFound, ResultReason.InvalidAsynchronousCorrelationValue),
        KeyreeveError.CanceledByRequester => Same(ResultReason.OperationCanceledByRequester),
        KeyreeveError.DuplicateProcessRequest => Same(ResultReason.GeneralFailure, ResultReason.DuplicateProcessRequest) with { V20 = ResultReason.GeneralFailure },
        KeyreeveError.UnsupportedProtocolVersion => Same(ResultReason.InvalidMessage, ResultReason.UnsupportedProtocolVersion),
        KeyreeveError.UnknownMessageExtension => Same(ResultReason.FeatureNotSupported, ResultReason.UnknownMessageExtension),
        KeyreeveError.Conflict => Same(ResultReason.GeneralFailure),
        KeyreeveError.IdempotencyConflict => Same(ResultReason.GeneralFailure),
        KeyreeveError.TooManyRequests => Same(ResultReason.GeneralFailure, ResultReason.ServerLimitExceeded),
        KeyreeveError.AuditUnavailable => Same(ResultReason.GeneralFailure),
        KeyreeveError.StoreUnavailable => Same(ResultReason.GeneralFailure),
        KeyreeveError.SelfTestFailed => Same(ResultReason.GeneralFailure),
        KeyreeveError.TokenUnavailable => Same(ResultReason.GeneralFailure),
        KeyreeveError.Sealed => Same(ResultReason.GeneralFailure),
        KeyreeveError.IntegrityFailure => Same(ResultReason.GeneralFailure),
        KeyreeveError.InternalError => Same(ResultReason.GeneralFailure, ResultReason.InternalServerError),
    };
#pragma warning restore MA0051

    private static Row Same(ResultReason v1, ResultReason? v2 = null) => new(v1, v1, v2 ?? v1);

    /// <param name="V10">KMIP 1.0 to 1.3.</param>
    /// <param name="V14">KMIP 1.4, which knows a few more.</param>
    /// <param name="V2">KMIP 2.0 on.</param>
    private readonly record struct Row(ResultReason V10, ResultReason V14, ResultReason V2)
    {
        /// <summary>KMIP 1.1 to 1.4, where it is a reason that the version before has not.</summary>
        public ResultReason? V11 { get; init; }

        /// <summary>KMIP 1.2 to 1.4, where it is a reason that the versions before have not.</summary>
        public ResultReason? V12 { get; init; }

        /// <summary>KMIP 2.0, where it differs from the later ones.</summary>
        public ResultReason? V20 { get; init; }

        /// <summary>KMIP 3.0, where it differs from the earlier ones.</summary>
        public ResultReason? V30 { get; init; }
    }
}

using Keyreeve.Core;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>What refusals are in PKCS#11. What is not here is none of PKCS#11's business, and the item fails as KMIP's items do.</summary>
internal static class Pkcs11Errors
{
    /// <summary>Of the use of a key.</summary>
    /// <param name="error">Why.</param>
    /// <param name="function">What was called.</param>
    public static uint? OfUse(KeyreeveError error, Pkcs11Function function) => error switch
    {
        KeyreeveError.ItemNotFound or KeyreeveError.ObjectDestroyed or KeyreeveError.ObjectArchived => Pkcs11Return.KeyHandleInvalid,
        KeyreeveError.PermissionDenied or KeyreeveError.NotAuthorized or KeyreeveError.IncompatibleUsageMask or KeyreeveError.WrongKeyLifecycleState
            or KeyreeveError.KeyDisabled or KeyreeveError.UsageLimitExceeded => Pkcs11Return.KeyFunctionNotPermitted,
        KeyreeveError.InvalidObjectType => Pkcs11Return.KeyTypeInconsistent,
        KeyreeveError.RefusedByMode or KeyreeveError.CryptographicParametersNotSupported => Pkcs11Return.MechanismInvalid,
        KeyreeveError.BadCryptographicParameters or KeyreeveError.MissingInitializationVector => Pkcs11Return.MechanismParamInvalid,
        KeyreeveError.CryptographicFailure when function == Pkcs11Function.Decrypt => Pkcs11Return.EncryptedDataInvalid,
        KeyreeveError.CryptographicFailure or KeyreeveError.InvalidField => Pkcs11Return.DataInvalid,
        _ => null,
    };

    /// <summary>Of a value that does not leave.</summary>
    public static uint? OfRelease(KeyreeveError error) => error switch
    {
        KeyreeveError.PermissionDenied or KeyreeveError.NotAuthorized or KeyreeveError.Sensitive or KeyreeveError.NotExtractable
            or KeyreeveError.KeyValueNotPresent or KeyreeveError.ObjectDestroyed or KeyreeveError.ObjectArchived or KeyreeveError.KeyFormatTypeNotSupported
            or KeyreeveError.WrongKeyLifecycleState or KeyreeveError.ApprovalRequired => Pkcs11Return.AttributeSensitive,
        _ => null,
    };

    /// <summary>Of a seed.</summary>
    public static uint? OfSeed(KeyreeveError error) => error == KeyreeveError.PermissionDenied ? Pkcs11Return.RandomSeedNotSupported : null;
}

using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>A function of a PKCS#11 module failed. Never holds what was processed.</summary>
public sealed class Pkcs11Exception : Exception
{
    internal Pkcs11Exception(string function, ReturnValue value)
        : base($"{function} returned {Describe(value)}.")
    {
        Function = function;
        Value = value;
    }

    /// <summary>The function, such as <c>C_Login</c>.</summary>
    public string Function { get; }

    /// <summary>What it returned, as the standard's number (CKR_…).</summary>
    public uint Code => (uint)Value;

    internal ReturnValue Value { get; }

    /// <summary>Whether the session, the login or the token is gone, so that connecting again may mend it.</summary>
    internal bool IsLoss => Value is ReturnValue.SessionHandleInvalid or ReturnValue.SessionClosed or ReturnValue.UserNotLoggedIn
        or ReturnValue.DeviceRemoved or ReturnValue.DeviceError or ReturnValue.TokenNotPresent or ReturnValue.TokenNotRecognized
        or ReturnValue.CryptokiNotInitialized or ReturnValue.SlotIdInvalid or ReturnValue.ObjectHandleInvalid or ReturnValue.KeyHandleInvalid;

    /// <summary>Whether the session is left in the midst of an operation, in which nothing else can be begun.</summary>
    internal bool LeavesOperation => Value is ReturnValue.BufferTooSmall or ReturnValue.OperationActive;

    /// <summary>Whether it may be anything, a lost token among others.</summary>
    internal bool IsUnclear => Value is ReturnValue.GeneralError or ReturnValue.FunctionFailed or ReturnValue.HostMemory or ReturnValue.DeviceMemory;

    /// <summary>Whether the token refused the PIN, so that another try would cost one.</summary>
    internal bool IsPinRefused => Value is ReturnValue.PinIncorrect or ReturnValue.PinInvalid or ReturnValue.PinLenRange
        or ReturnValue.PinExpired or ReturnValue.PinLocked;

    private static string Describe(ReturnValue value) =>
        Enum.IsDefined(value) ? $"{value} (0x{(uint)value:x})" : $"0x{(uint)value:x}";
}

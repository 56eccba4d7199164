using System.Collections.Frozen;

namespace Keyreeve.Server.Alerts.Watching;

/// <summary>Which operations count as what.</summary>
internal static class UseKinds
{
    /// <summary>What was protected comes out, or a key does.</summary>
    public static FrozenSet<string> Openings { get; } = FrozenSet.Create(StringComparer.Ordinal, "Decrypt", "DecryptMasked", "ReEncrypt", "DeriveKey", "Get", "Export");

    /// <summary>A key is used, or leaves.</summary>
    public static FrozenSet<string> Uses { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "Decrypt", "DecryptMasked", "ReEncrypt", "DeriveKey", "Get", "Export", "Encrypt", "GenerateDataKey", "GenerateWrappedDataKey", "Sign", "SignatureVerify", "MAC", "MACVerify");

    /// <summary>A key comes into being: whoever makes it knows it.</summary>
    public static FrozenSet<string> Creations { get; } = FrozenSet.Create(
        StringComparer.Ordinal,
        "Create", "CreateKeyPair", "Register", "Import", "ReKey", "ReKeyKeyPair", "Rotate", "DeriveKey", "CreateSplitKey", "JoinSplitKey");

    /// <summary>A key protects, which its Usage Limits count.</summary>
    public static FrozenSet<string> Protections { get; } = FrozenSet.Create(
        StringComparer.Ordinal, "Encrypt", "ReEncrypt", "GenerateDataKey", "GenerateWrappedDataKey", "Sign", "MAC", "GetUsageAllocation");

    /// <summary>After these an object's state, dates or limits may be other than before.</summary>
    public static FrozenSet<string> Changes { get; } = FrozenSet.Create(
        StringComparer.Ordinal, "Revoke", "AddAttribute", "ModifyAttribute", "SetAttribute", "AdjustAttribute", "DeleteAttribute", "Destroy", "Obliterate");
}

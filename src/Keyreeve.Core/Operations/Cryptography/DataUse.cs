using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What the operations on data under a key have in common.</summary>
internal static class DataUse
{
    private const int AesXtsKeyInBits = 512;

    /// <summary>Refuses a message that comes in parts; the one place that says so.</summary>
    public static void RefuseStreaming(bool isStreaming)
    {
        if (isStreaming)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Messages in several parts (Correlation Value, Init and Final Indicator) are not offered.");
    }

    /// <summary>Checks that the object is a key of the kind that the cipher takes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidObjectType"/>;
    /// <see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static void CheckKey(ManagedObject found, Cipher cipher, in CipherChoice choice, bool isEncryption)
    {
        var suits = cipher.IsAsymmetric
            ? found.ObjectType == ObjectType.PrivateKey || (isEncryption && found.ObjectType == ObjectType.PublicKey)
            : found.ObjectType == ObjectType.SymmetricKey;
        if (!suits) throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} does not {(isEncryption ? "encrypt" : "decrypt")} so.");
        if (found.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The key was registered wrapped, and this server has not the key that wraps it.");
        if (found.CryptographicAlgorithm == CryptographicAlgorithm.AES && found.CryptographicLength == AesXtsKeyInBits && choice.Mode != BlockCipherMode.XTS)
            throw CipherChoice.NotSupported("An AES key of 512 bits is for XTS alone");
    }

    /// <summary>Refuses what a strict group does not allow, whether it encrypts or decrypts.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static void CheckMode(ManagedObject found, GroupMode mode, Cipher cipher, in CipherChoice choice)
    {
        if (cipher.IsWeak) AlgorithmRules.RequireInterop(mode, $"{choice.Algorithm} {choice.Mode} {choice.Padding}");
        // Counter mode computes the key's raw cipher for whoever chooses the counter: who may decrypt could read GCM messages
        // without their tags, and forge them. So a key is for CTR by its own attributes or not at all.
        if (choice.Mode == BlockCipherMode.CTR && !IsFor(found, BlockCipherMode.CTR))
            AlgorithmRules.RequireInterop(mode, "CTR with a key whose Cryptographic Parameters do not state it");
    }

    /// <summary>Notes in the audit record what was done.</summary>
    public static void Note(OperationScope scope, ManagedObject found, int lengthInBytes)
    {
        scope.Audit.Bytes = lengthInBytes;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
    }

    private static bool IsFor(ManagedObject found, BlockCipherMode mode)
    {
        foreach (var instance in found.Attributes.All(AttributeName.CryptographicParameters))
            if ((instance.Value as StructureValue)?[AttributeField.BlockCipherMode] is EnumerationValue stated && stated.Value == (uint)mode) return true;
        return false;
    }
}

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

    /// <summary>Notes in the audit record what was done.</summary>
    public static void Note(OperationScope scope, ManagedObject found, int lengthInBytes)
    {
        scope.Audit.Bytes = lengthInBytes;
        scope.Audit.Algorithm = AlgorithmNames.Of(found.CryptographicAlgorithm);
    }
}

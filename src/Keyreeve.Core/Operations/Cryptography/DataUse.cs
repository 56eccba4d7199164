using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>What the operations on data under a key have in common.</summary>
internal static class DataUse
{
    private const int AesXtsKeyInBits = 512;

    /// <summary>Checks that the object is a key of the kind that the cipher takes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidObjectType"/>;
    /// <see cref="KeyreeveError.CryptographicParametersNotSupported"/>.</exception>
    public static void CheckKey(ManagedObject found, Cipher cipher, in CipherChoice choice, bool isEncryption)
    {
        var suits = cipher.IsAsymmetric
            ? found.ObjectType == ObjectType.PrivateKey || (isEncryption && found.ObjectType is ObjectType.PublicKey or ObjectType.Certificate)
            : found.ObjectType == ObjectType.SymmetricKey || (choice.Algorithm == CryptographicAlgorithm.OneTimePad && found.ObjectType == ObjectType.SecretData);
        if (!suits) throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} does not {(isEncryption ? "encrypt" : "decrypt")} so.");
        RequireKeyItself(found);
        if (found.CryptographicAlgorithm == CryptographicAlgorithm.AES && found.CryptographicLength == AesXtsKeyInBits && choice.Mode != BlockCipherMode.XTS)
            throw CipherChoice.NotSupported("An AES key of 512 bits is for XTS alone");
    }

    /// <summary>Checks that the key's own bytes are here.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.KeyValueNotPresent"/>; <see cref="KeyreeveError.InvalidObjectType"/>:
    /// they are wrapped.</exception>
    public static void RequireKeyItself(ManagedObject found)
    {
        if (found.Material is null)
            throw new KeyreeveException(KeyreeveError.KeyValueNotPresent, "The key's value was never given to this server.");
        if (found.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The key was registered wrapped, and this server has not the key that wraps it.");
    }

    /// <summary>Refuses what a strict group does not allow, whether it encrypts or decrypts.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static void CheckMode(ManagedObject found, GroupMode mode, Cipher cipher, in CipherChoice choice)
    {
        ApprovedRules.CheckCipher(mode, choice);
        if (cipher.IsWeak) AlgorithmRules.RequireInterop(mode, $"{choice.Algorithm} {choice.Mode} {choice.Padding}");
        if (cipher.NeedsKeyOfItsOwn && !IsFor(found, choice.Mode))
            AlgorithmRules.RequireInterop(mode, $"{choice.Mode} with a key whose Cryptographic Parameters do not state it");
    }

    /// <summary>Takes what is to be protected off the key's Usage Limits, if it has any.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="found">The key.</param>
    /// <param name="lengthInBytes">How much this request brings.</param>
    /// <param name="isLaterPart">Whether it goes on with a message that was counted with its first part.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.UsageAllocationRefused"/>.</exception>
    // spec: KMIP 2.1 §6.1.17 "the server SHALL obtain an allocation from the current Usage Limits value prior to performing the
    // encryption operation."
    public static void Spend(OperationScope scope, ManagedObject found, int lengthInBytes, bool isLaterPart)
    {
        if (isLaterPart && !UsageLimits.CountBytes(found.Attributes)) return;
        var before = scope.Staged(found);
        var spent = UsageLimits.Spend(before.Attributes, lengthInBytes);
        if (spent != before.Attributes) scope.Update(before with { Attributes = spent });
    }

    /// <summary>Refuses a later part that states other parameters than the first.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>.</exception>
    public static void RequireSameChoice(bool isSame)
    {
        if (!isSame) throw new KeyreeveException(KeyreeveError.InvalidField, "A later part states other Cryptographic Parameters than the first.");
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

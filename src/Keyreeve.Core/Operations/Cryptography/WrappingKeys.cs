using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>Finds the keys that wrap, and says who may use them so: to wrap is to encrypt, to unwrap is to decrypt.</summary>
internal sealed class WrappingKeys(OperationScope scope)
{
    private static readonly StructureValue NistKeyWrap =
        new([new StructureField(AttributeField.BlockCipherMode, AttributeValue.Of(BlockCipherMode.NISTKeyWrap))]);

    /// <summary>A key that encrypts others.</summary>
    public async ValueTask<ManagedObject> ForWrappingAsync(WrappingKeyInformation information, CancellationToken cancellationToken)
    {
        var kek = await FindAsync(information, OperationName.Encrypt, cancellationToken);
        RequireEncryptionKey(kek);
        RequireProtecting(kek);
        RequireMask(kek, CryptographicUsageMask.WrapKey);
        return kek;
    }

    /// <summary>A key that decrypts others.</summary>
    public async ValueTask<ManagedObject> ForUnwrappingAsync(WrappingKeyInformation information, CancellationToken cancellationToken)
    {
        var kek = await FindAsync(information, OperationName.Decrypt, cancellationToken);
        RequireEncryptionKey(kek);
        RequireProcessing(kek);
        // A key that wraps reads what was wrapped under it as well: clients register keys wrapped under keys that are for wrapping.
        RequireMask(kek, CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey);
        return kek;
    }

    /// <summary>A key that MACs or signs others.</summary>
    public async ValueTask<ManagedObject> ForAuthenticationAsync(WrappingKeyInformation information, CancellationToken cancellationToken)
    {
        var found = await FindAsync(information, null, cancellationToken);
        await RequireMayAsync(found, OperationName.MAC, OperationName.Sign, cancellationToken);
        if (found.ObjectType is not (ObjectType.SymmetricKey or ObjectType.PrivateKey)) throw WrongType(found);
        RequireProtecting(found);
        RequireMask(found, KeyAuthentication.IsMac(found) ? CryptographicUsageMask.MACGenerate : CryptographicUsageMask.Sign);
        return found;
    }

    /// <summary>
    /// A key that verifies others. spec: KMIP 2.1 §3.3 "either the Unique Identifier of the Symmetric Key used to MAC, or of the Private
    /// Key (or its corresponding Public Key) used to sign".
    /// </summary>
    public async ValueTask<ManagedObject> ForVerificationAsync(WrappingKeyInformation information, CancellationToken cancellationToken)
    {
        var found = await FindAsync(information, null, cancellationToken);
        await RequireMayAsync(found, OperationName.MACVerify, OperationName.SignatureVerify, cancellationToken);
        if (found.ObjectType is not (ObjectType.SymmetricKey or ObjectType.PrivateKey or ObjectType.PublicKey)) throw WrongType(found);
        RequireProcessing(found);
        RequireMask(found, KeyAuthentication.IsMac(found)
            ? CryptographicUsageMask.MACVerify | CryptographicUsageMask.MACGenerate
            : CryptographicUsageMask.Verify | CryptographicUsageMask.Sign);
        return found;
    }

    /// <summary>How the key wraps: as the request states it, which the key's attributes have to confirm; or as they say.</summary>
    // spec: KMIP 2.1 §7.18 "the server SHALL verify that they match one of the instances of the Cryptographic Parameters attribute
    // of the corresponding key. If the corresponding key does not have any Cryptographic Parameters attribute, or if no match is
    // found, then an error is returned."
    public static StructureValue ParametersFor(ManagedObject kek, WrappingKeyInformation information)
    {
        if (information.CryptographicParameters is not { } stated) return ParametersOf(kek, information);
        foreach (var instance in kek.Attributes.All(AttributeName.CryptographicParameters))
            if (instance.Value is StructureValue has && stated.Fields.All(f => has[f.Field] == f.Value)) return has;
        throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "The wrapping key has no such Cryptographic Parameters.");
    }

    /// <summary>How the key wrapped, as it is said with the wrapped key or by the key's attributes.</summary>
    public static StructureValue ParametersOf(ManagedObject kek, WrappingKeyInformation information) =>
        ParametersOf(kek, information, isEncryption: true) ?? (kek.CryptographicAlgorithm == CryptographicAlgorithm.AES
            ? NistKeyWrap
            : throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "Neither the request nor the wrapping key says how to wrap."));

    /// <summary>What is said about how the key is used, or null.</summary>
    public static StructureValue? ParametersOf(ManagedObject key, WrappingKeyInformation information, bool isEncryption) =>
        information.CryptographicParameters ?? (isEncryption || key.Attributes.All(AttributeName.CryptographicParameters).Length == 1
            ? key.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue
            : null);

    private async ValueTask<ManagedObject> FindAsync(WrappingKeyInformation information, OperationName? use, CancellationToken cancellationToken)
    {
        var found = UniqueIdentifier.TryParse(information.UniqueIdentifier, out var id)
            ? await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken)
            : null;
        if (found is null || !scope.MaySee(found)) throw new KeyreeveException(KeyreeveError.WrappingKeyNotFound, "The wrapping key is not here.");
        if (use is { } needed && !await scope.MayTakeAsync(needed, found, cancellationToken))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{scope.Call.Principal.Name} may not {needed} with the wrapping key.");
        if (found.State is State.Destroyed or State.DestroyedCompromised)
            throw new KeyreeveException(KeyreeveError.WrappingKeyDestroyed, "The wrapping key was destroyed.");
        // A key that was registered wrapped is here as ciphertext, which others have too: wrapped under it, a key would leave as
        // good as in clear.
        if (found.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The wrapping key was itself registered wrapped; this server does not use it.");
        KeyUse.RequireInUse(found);
        return found;
    }

    private async ValueTask RequireMayAsync(ManagedObject found, OperationName mac, OperationName sign, CancellationToken cancellationToken)
    {
        var needed = KeyAuthentication.IsMac(found) ? mac : sign;
        if (!await scope.MayTakeAsync(needed, found, cancellationToken))
            throw new KeyreeveException(KeyreeveError.PermissionDenied, $"{scope.Call.Principal.Name} may not {needed} with the wrapping key.");
    }

    // A part of a split key is known to whoever keeps it.
    private static void RequireEncryptionKey(ManagedObject kek)
    {
        var isOfItsAlgorithm = kek.CryptographicAlgorithm == CryptographicAlgorithm.RSA
            ? kek.ObjectType is ObjectType.PublicKey or ObjectType.PrivateKey
            : kek.ObjectType == ObjectType.SymmetricKey;
        if (!isOfItsAlgorithm) throw WrongType(kek);
    }

    private void RequireProtecting(ManagedObject key)
    {
        if (key.State != State.Active)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that wraps is Active; this one is {key.State}.");
        if (key.Attributes.Find(AttributeName.ProtectStopDate) is DateTimeValue stop && stop.Time <= scope.Now)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The wrapping key's Protect Stop Date has passed.");
    }

    private static void RequireProcessing(ManagedObject key)
    {
        if (key.State is not (State.Active or State.Deactivated or State.Compromised))
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that is {key.State} does not unwrap.");
    }

    private static void RequireMask(ManagedObject key, CryptographicUsageMask anyOf)
    {
        if ((key.CryptographicUsageMask & anyOf) == CryptographicUsageMask.NotSet)
            throw new KeyreeveException(KeyreeveError.IncompatibleUsageMask, $"The wrapping key's Cryptographic Usage Mask does not allow {anyOf}.");
    }

    private static KeyreeveException WrongType(ManagedObject key) =>
        new(KeyreeveError.InvalidObjectType, $"An object of type {key.ObjectType} does not wrap keys so.");
}

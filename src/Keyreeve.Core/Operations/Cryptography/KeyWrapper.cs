using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>
/// Wraps keys under other keys, and unwraps them: AES key wrap with and without padding, RSA-OAEP. KMIP 2.1 §3.3, §7.18.
/// </summary>
/// <param name="scope">The request; the wrapping key has to be one that the caller may use so.</param>
/// <param name="encoding">Encodes whole Key Values; null if the front door cannot.</param>
internal sealed class KeyWrapper(OperationScope scope, IKeyValueEncoding? encoding)
{
    private static readonly StructureValue NistKeyWrap =
        new([new StructureField(AttributeField.BlockCipherMode, AttributeValue.Of(BlockCipherMode.NISTKeyWrap))]);

    /// <summary>Wraps a key block.</summary>
    /// <param name="block">The block in clear.</param>
    /// <param name="specification">How.</param>
    /// <param name="isStructure">Whether the wrapped bytes are to stand inside a Key Value.</param>
    /// <param name="cancellationToken">Ends the reading of the wrapping key.</param>
    public async ValueTask<KeyBlock> WrapAsync(KeyBlock block, KeyWrappingSpecification specification, bool isStructure, CancellationToken cancellationToken)
    {
        var information = RequireEncryption(specification.WrappingMethod, specification.EncryptionKey);
        var kek = await FindAsync(information, cancellationToken);
        RequireUse(kek, scope.Now);
        var parameters = information.CryptographicParameters is { } stated
            ? Match(kek, stated)
            : kek.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue ?? DefaultFor(kek);

        using var clear = ClearBytesOf(block, specification);
        using var key = await scope.Engine.Keys.OpenAsync(kek, cancellationToken);
        var wrapped = Wrap(key, parameters, clear);
        return new KeyBlock
        {
            KeyFormatType = block.KeyFormatType,
            KeyCompressionType = block.KeyCompressionType,
            CryptographicAlgorithm = block.CryptographicAlgorithm,
            CryptographicLength = block.CryptographicLength,
            Material = SecretBytes.CopyFrom(wrapped),
            Wrapping = new KeyWrappingData
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKey = new WrappingKeyInformation(information.UniqueIdentifier, information.CryptographicParameters ?? parameters),
                EncodingOption = specification.EncodingOption,
                KeyValueIsStructure = isStructure,
            },
        };
    }

    /// <summary>Unwraps a key block that was registered wrapped.</summary>
    /// <exception cref="KeyreeveException">The wrapping key is not here or may not be used; or
    /// <see cref="KeyreeveError.CryptographicFailure"/>.</exception>
    public async ValueTask<KeyBlock> UnwrapAsync(KeyBlock block, CancellationToken cancellationToken)
    {
        var wrapping = block.Wrapping!;
        var information = RequireEncryption(wrapping.WrappingMethod, wrapping.EncryptionKey);
        var kek = await FindAsync(information, cancellationToken);
        RequireUnwrap(kek);
        var parameters = information.CryptographicParameters
            ?? kek.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue ?? DefaultFor(kek);

        using var key = await scope.Engine.Keys.OpenAsync(kek, cancellationToken);
        var clear = TryUnwrap(key, parameters, block.Material!)
            ?? throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The key cannot be unwrapped.");
        if (wrapping.EncodingOption == EncodingOption.NoEncoding)
        {
            return new KeyBlock
            {
                KeyFormatType = block.KeyFormatType,
                KeyCompressionType = block.KeyCompressionType,
                CryptographicAlgorithm = block.CryptographicAlgorithm,
                CryptographicLength = block.CryptographicLength,
                Material = clear,
            };
        }

        using (clear)
        {
            return RequireEncoding().TryDecode(clear, block.KeyFormatType, out var decoded) && decoded is not null
                ? decoded
                : throw new KeyreeveException(KeyreeveError.CryptographicFailure, "The key cannot be unwrapped.");
        }
    }

    // spec: KMIP 2.1 §3.2 "The Key Value Byte String is either the wrapped TTLV-encoded Key Value structure, or the wrapped
    // un-encoded value of the Byte String Key Material field."
    private SecretBytes ClearBytesOf(KeyBlock block, KeyWrappingSpecification specification)
    {
        if (specification.EncodingOption != EncodingOption.NoEncoding) return RequireEncoding().Encode(block);
        if (!specification.AttributeNames.IsDefaultOrEmpty)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Without encoding a Key Value contains no attributes.");
        return block.Material?.Clone()
            ?? throw new KeyreeveException(KeyreeveError.InvalidField, $"Key Material in the format {block.KeyFormatType} is wrapped encoded alone.");
    }

    private IKeyValueEncoding RequireEncoding() =>
        encoding ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "This protocol has no encoding of Key Values; ask for No Encoding.");

    private static byte[] Wrap(in UsableKey kek, StructureValue parameters, SecretBytes clear)
    {
        switch (MethodOf(kek.Object, parameters))
        {
            case WrapMethod.AesKeyWrap when clear.LengthInBytes % 8 != 0 || clear.LengthInBytes is < AesKeyWrap.MinKeySizeInBytes or > AesKeyWrap.MaxKeySizeInBytes:
                throw new KeyreeveException(KeyreeveError.InvalidField, "NIST Key Wrap takes a multiple of 8 bytes, at least 16; AES Key Wrap Padding takes any.");
            case WrapMethod.AesKeyWrap:
                return AesKeyWrap.Wrap(kek.Material, clear);
            case WrapMethod.AesKeyWrapWithPadding when clear.LengthInBytes > AesKeyWrapWithPadding.MaxKeySizeInBytes:
                throw new KeyreeveException(KeyreeveError.InvalidField, "The key is too long to be wrapped.");
            case WrapMethod.AesKeyWrapWithPadding:
                return AesKeyWrapWithPadding.Wrap(kek.Material, clear);
            default:
                using (var lease = clear.Reveal())
                    return new RsaOaepCipher().Encrypt(kek, InputOf(kek, parameters, lease.Span)).Data;
        }
    }

    private static SecretBytes? TryUnwrap(in UsableKey kek, StructureValue parameters, SecretBytes wrapped)
    {
        using var lease = wrapped.Reveal();
        switch (MethodOf(kek.Object, parameters))
        {
            case WrapMethod.AesKeyWrap:
                return AesKeyWrap.TryUnwrap(kek.Material, lease.Span, out var key) ? key : null;
            case WrapMethod.AesKeyWrapWithPadding:
                return AesKeyWrapWithPadding.TryUnwrap(kek.Material, lease.Span, out var padded) ? padded : null;
            default:
                if (kek.Object.ObjectType != ObjectType.PrivateKey)
                    throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The private key unwraps what the public key wrapped.");
                if (new RsaOaepCipher().TryDecrypt(kek, InputOf(kek, parameters, lease.Span)) is not { } plaintext) return null;
                var secret = SecretBytes.CopyFrom(plaintext);
                System.Security.Cryptography.CryptographicOperations.ZeroMemory(plaintext);
                return secret;
        }
    }

    private static CipherInput InputOf(in UsableKey kek, StructureValue parameters, ReadOnlySpan<byte> data) =>
        new() { Choice = CipherChoice.Of(kek.Object, parameters), Mode = GroupMode.Strict, Data = data };

    private static WrapMethod MethodOf(ManagedObject kek, StructureValue parameters)
    {
        var mode = parameters[AttributeField.BlockCipherMode] is EnumerationValue m ? (BlockCipherMode)m.Value : BlockCipherMode.NotSet;
        var padding = parameters[AttributeField.PaddingMethod] is EnumerationValue p ? (PaddingMethod)p.Value : PaddingMethod.NotSet;
        return (kek.CryptographicAlgorithm, mode, padding) switch
        {
            (CryptographicAlgorithm.AES, BlockCipherMode.NISTKeyWrap, _) => WrapMethod.AesKeyWrap,
            (CryptographicAlgorithm.AES, BlockCipherMode.AESKeyWrapPadding, _) => WrapMethod.AesKeyWrapWithPadding,
            (CryptographicAlgorithm.RSA, BlockCipherMode.NotSet, PaddingMethod.OAEP) => WrapMethod.RsaOaep,
            _ => throw new KeyreeveException(
                KeyreeveError.KeyWrapTypeNotSupported, $"Keys are wrapped by AES (NIST Key Wrap, AES Key Wrap Padding) and RSA (OAEP), not by {kek.CryptographicAlgorithm} {mode} {padding}."),
        };
    }

    private static StructureValue DefaultFor(ManagedObject kek) => kek.CryptographicAlgorithm == CryptographicAlgorithm.AES
        ? NistKeyWrap
        : throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "Neither the request nor the wrapping key says how to wrap.");

    // spec: KMIP 2.1 §7.18 "the server SHALL verify that they match one of the instances of the Cryptographic Parameters attribute
    // of the corresponding key. If the corresponding key does not have any Cryptographic Parameters attribute, or if no match is
    // found, then an error is returned."
    private static StructureValue Match(ManagedObject kek, StructureValue stated)
    {
        foreach (var instance in kek.Attributes.All(AttributeName.CryptographicParameters))
            if (instance.Value is StructureValue has && stated.Fields.All(f => has[f.Field] == f.Value)) return has;
        throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "The wrapping key has no such Cryptographic Parameters.");
    }

    private static WrappingKeyInformation RequireEncryption(WrappingMethod method, WrappingKeyInformation? key)
    {
        if (method != WrappingMethod.Encrypt)
            throw new KeyreeveException(KeyreeveError.KeyWrapTypeNotSupported, $"Keys are wrapped by encryption alone; {method} is not offered.");
        return key ?? throw new KeyreeveException(KeyreeveError.MissingField, "The Encryption Key Information is missing.");
    }

    private async ValueTask<ManagedObject> FindAsync(WrappingKeyInformation information, CancellationToken cancellationToken)
    {
        var kek = UniqueIdentifier.TryParse(information.UniqueIdentifier, out var id)
            ? await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken)
            : null;
        if (kek is null || !(scope.May(OperationName.Get, kek) || scope.May(OperationName.Encrypt, kek)))
            throw new KeyreeveException(KeyreeveError.ItemNotFound, "The wrapping key is not here.");
        RequireKeyItself(kek);
        return kek;
    }

    // A key that was registered wrapped is here as ciphertext, which others have too, and a part of a split key is known to
    // whoever keeps it: wrapped under either, a key would leave as good as in clear.
    private static void RequireKeyItself(ManagedObject kek)
    {
        var isOfItsAlgorithm = kek.CryptographicAlgorithm == CryptographicAlgorithm.RSA
            ? kek.ObjectType is ObjectType.PublicKey or ObjectType.PrivateKey
            : kek.ObjectType == ObjectType.SymmetricKey;
        if (!isOfItsAlgorithm)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {kek.ObjectType} does not wrap keys so.");
        if (kek.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The wrapping key was itself registered wrapped; this server does not use it.");
    }

    private static void RequireUse(ManagedObject kek, DateTimeOffset now)
    {
        KeyUse.RequireInUse(kek);
        if (kek.State != State.Active)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that wraps is Active; this one is {kek.State}.");
        if (kek.Attributes.Find(AttributeName.ProtectStopDate) is DateTimeValue stop && stop.Time <= now)
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The wrapping key's Protect Stop Date has passed.");
        if (!kek.CryptographicUsageMask.HasFlag(CryptographicUsageMask.WrapKey))
            throw new KeyreeveException(KeyreeveError.IncompatibleUsageMask, "The wrapping key's Cryptographic Usage Mask does not allow WrapKey.");
    }

    // A key that wraps reads what was wrapped under it as well: clients register keys wrapped under keys that are for wrapping.
    private static void RequireUnwrap(ManagedObject kek)
    {
        KeyUse.RequireInUse(kek);
        if (kek.State is not (State.Active or State.Deactivated or State.Compromised))
            throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, $"A key that is {kek.State} does not unwrap.");
        if ((kek.CryptographicUsageMask & (CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey)) == CryptographicUsageMask.NotSet)
            throw new KeyreeveException(KeyreeveError.IncompatibleUsageMask, "The wrapping key's Cryptographic Usage Mask does not allow UnwrapKey.");
    }

    private enum WrapMethod
    {
        AesKeyWrap,
        AesKeyWrapWithPadding,
        RsaOaep,
    }
}

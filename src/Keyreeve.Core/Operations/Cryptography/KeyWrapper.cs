using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>
/// Wraps keys under other keys, and unwraps them: by encryption, by a MAC or signature, or both in either order. KMIP 2.1 §3.3, §7.18.
/// </summary>
/// <param name="scope">The request; the wrapping keys have to be ones that the caller may use so.</param>
/// <param name="encoding">Encodes whole Key Values; null if the front door cannot.</param>
internal sealed class KeyWrapper(OperationScope scope, IKeyValueEncoding? encoding)
{
    private readonly WrappingKeys _keys = new(scope);

    /// <summary>Wraps a key block.</summary>
    /// <param name="block">The block in clear.</param>
    /// <param name="specification">How.</param>
    /// <param name="isStructure">Whether the wrapped bytes are to stand inside a Key Value.</param>
    /// <param name="cancellationToken">Ends the reading of the wrapping keys.</param>
    public async ValueTask<KeyBlock> WrapAsync(
        KeyBlock block, KeyWrappingSpecification specification, bool isStructure, CancellationToken cancellationToken)
    {
        var plan = WrappingPlan.Of(specification.WrappingMethod, specification.EncryptionKey, specification.MACSignatureKey);
        CheckEncoding(block, specification);
        using var clear = ClearBytesOf(block, specification.EncodingOption);
        var wrapped = new Wrapped(clear.Clone(), default);
        var authentication = default(byte[]);
        var (encryptionKey, authenticationKey) = (specification.EncryptionKey, specification.MACSignatureKey);
        if (plan.AuthenticatesFirst) (authentication, authenticationKey) = await AuthenticateAsync(authenticationKey!, clear, cancellationToken);
        if (plan.Encrypts)
        {
            wrapped.Bytes.Dispose();
            (wrapped, encryptionKey) = await EncryptAsync(encryptionKey!, clear, cancellationToken);
        }

        if (plan.AuthenticatesLast) (authentication, authenticationKey) = await AuthenticateAsync(authenticationKey!, wrapped.Bytes, cancellationToken);
        if (!plan.Encrypts) wrapped.Bytes.Dispose();
        return new KeyBlock
        {
            KeyFormatType = block.KeyFormatType,
            KeyCompressionType = block.KeyCompressionType,
            CryptographicAlgorithm = block.CryptographicAlgorithm,
            CryptographicLength = block.CryptographicLength,
            Material = plan.Encrypts ? wrapped.Bytes : block.Material?.Clone(),
            Transparent = plan.Encrypts ? null : Copy(block.Transparent),
            Attributes = plan.Encrypts ? AttributeSet.Empty : block.Attributes,
            Wrapping = new KeyWrappingData
            {
                WrappingMethod = specification.WrappingMethod,
                EncryptionKey = plan.Encrypts ? encryptionKey : null,
                MACSignatureKey = authentication is null ? null : authenticationKey,
                MACSignature = authentication is null ? [] : [.. authentication],
                IVCounterNonce = wrapped.Iv is { } iv ? [.. iv] : [],
                EncodingOption = specification.EncodingOption,
                KeyValueIsStructure = isStructure || !plan.Encrypts,
            },
        };
    }

    /// <summary>Unwraps a key block that was registered wrapped.</summary>
    /// <exception cref="KeyreeveException">A wrapping key is not here or may not be used; or
    /// <see cref="KeyreeveError.CryptographicFailure"/>.</exception>
    public async ValueTask<KeyBlock> UnwrapAsync(KeyBlock block, CancellationToken cancellationToken)
    {
        var wrapping = block.Wrapping!;
        var plan = WrappingPlan.Of(wrapping.WrappingMethod, wrapping.EncryptionKey, wrapping.MACSignatureKey);
        if (!plan.Encrypts)
        {
            using var signed = ClearBytesOf(block, wrapping.EncodingOption);
            await VerifyAsync(wrapping, signed, cancellationToken);
            return Unwrapped(block, block.Material?.Clone(), Copy(block.Transparent));
        }

        if (plan.AuthenticatesLast) await VerifyAsync(wrapping, block.Material!, cancellationToken);
        var clear = await DecryptAsync(wrapping, block.Material!, cancellationToken);
        try
        {
            if (plan.AuthenticatesFirst) await VerifyAsync(wrapping, clear, cancellationToken);
        }
        catch
        {
            clear.Dispose();
            throw;
        }

        if (wrapping.EncodingOption == EncodingOption.NoEncoding) return Unwrapped(block, clear, null);
        using (clear)
        {
            return RequireEncoding().TryDecode(clear, block.KeyFormatType, out var decoded) && decoded is not null
                ? Unwrapped(block, decoded.Material, decoded.Transparent)
                : throw Failure();
        }
    }

    private async ValueTask<(Wrapped Wrapped, WrappingKeyInformation Key)> EncryptAsync(
        WrappingKeyInformation information, SecretBytes clear, CancellationToken cancellationToken)
    {
        var kek = await _keys.ForWrappingAsync(information, cancellationToken);
        var parameters = WrappingKeys.ParametersFor(kek, information);
        DataUse.Spend(scope, kek, clear.LengthInBytes, isLaterPart: false);
        if (kek is { IsInToken: true, CryptographicAlgorithm: not CryptographicAlgorithm.RSA })
        {
            var wrapped = await TokenUse.WrapAsync(scope, kek, parameters, clear, cancellationToken);
            return (new Wrapped(SecretBytes.CopyFrom(wrapped), null), Stated(information, parameters));
        }

        using var key = await TokenUse.OpenForPublicUseAsync(scope, kek, cancellationToken);
        return (KeyWrappingCiphers.Wrap(key, parameters, scope.Engine.Modes.Of(kek.Group), clear), Stated(information, parameters));
    }

    private async ValueTask<SecretBytes> DecryptAsync(KeyWrappingData wrapping, SecretBytes wrapped, CancellationToken cancellationToken)
    {
        var information = wrapping.EncryptionKey!;
        var kek = await _keys.ForUnwrappingAsync(information, cancellationToken);
        if (kek.IsInToken)
        {
            var ciphertext = RsaKeys.CopyOf(wrapped);
            return await TokenUse.TryUnwrapAsync(scope, kek, WrappingKeys.ParametersOf(kek, information), ciphertext, cancellationToken) ?? throw Failure();
        }

        using var key = await scope.Engine.Keys.OpenAsync(kek, cancellationToken);
        return KeyWrappingCiphers.TryUnwrap(key, WrappingKeys.ParametersOf(kek, information), wrapped, wrapping.IVCounterNonce.AsSpan()) ?? throw Failure();
    }

    private async ValueTask<(byte[] Code, WrappingKeyInformation Key)> AuthenticateAsync(
        WrappingKeyInformation information, SecretBytes content, CancellationToken cancellationToken)
    {
        var found = await _keys.ForAuthenticationAsync(information, cancellationToken);
        DataUse.Spend(scope, found, content.LengthInBytes, isLaterPart: false);
        var parameters = WrappingKeys.ParametersOf(found, information, isEncryption: false);
        var code = await KeyAuthentication.ComputeAsync(scope, found, parameters, content, cancellationToken);
        return (code, parameters is null ? information : Stated(information, parameters));
    }

    private async ValueTask VerifyAsync(KeyWrappingData wrapping, SecretBytes content, CancellationToken cancellationToken)
    {
        var information = wrapping.MACSignatureKey!;
        var found = await _keys.ForVerificationAsync(information, cancellationToken);
        var parameters = WrappingKeys.ParametersOf(found, information, isEncryption: false);
        if (!await KeyAuthentication.VerifyAsync(scope, found, parameters, content, wrapping.MACSignature.AsMemory(), cancellationToken)) throw Failure();
    }

    private static WrappingKeyInformation Stated(WrappingKeyInformation information, StructureValue parameters) =>
        information.CryptographicParameters is null ? information with { CryptographicParameters = parameters } : information;

    private static KeyBlock Unwrapped(KeyBlock block, SecretBytes? material, TransparentKey? transparent) => new()
    {
        KeyFormatType = block.KeyFormatType,
        KeyCompressionType = block.KeyCompressionType,
        CryptographicAlgorithm = block.CryptographicAlgorithm,
        CryptographicLength = block.CryptographicLength,
        Material = material,
        Transparent = transparent,
    };

    private static TransparentKey? Copy(TransparentKey? key) => key is null ? null : new TransparentKey(
        key.KeyFormatType, key.Components.ToDictionary(c => c.Key, c => c.Value.Clone()))
    { RecommendedCurve = key.RecommendedCurve };

    // spec: KMIP 1.4 Table 330: "Encoding Option not permitted when Key Wrapping Specification contains attribute names".
    private static void CheckEncoding(KeyBlock block, KeyWrappingSpecification specification)
    {
        if (specification.EncodingOption != EncodingOption.NoEncoding) return;
        if (!specification.AttributeNames.IsDefaultOrEmpty)
            throw new KeyreeveException(KeyreeveError.EncodingOptionError, "Without encoding a Key Value contains no attributes.");
        if (block.Material is null)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Key Material in the format {block.KeyFormatType} is wrapped encoded alone.");
    }

    // spec: KMIP 2.1 §3.2 "The Key Value Byte String is either the wrapped TTLV-encoded Key Value structure, or the wrapped
    // un-encoded value of the Byte String Key Material field."
    private SecretBytes ClearBytesOf(KeyBlock block, EncodingOption option)
    {
        if (option == EncodingOption.NoEncoding)
            return block.Material?.Clone() ?? throw new KeyreeveException(KeyreeveError.InvalidField, "Without encoding Key Material is a byte string.");
        // What is encoded is the Key Value alone.
        return RequireEncoding().Encode(new KeyBlock
        {
            KeyFormatType = block.KeyFormatType,
            Material = block.Material,
            Transparent = block.Transparent,
            Attributes = block.Attributes,
        });
    }

    private IKeyValueEncoding RequireEncoding() =>
        encoding ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "This protocol has no encoding of Key Values; ask for No Encoding.");

    private static KeyreeveException Failure() => new(KeyreeveError.CryptographicFailure, "The key cannot be unwrapped.");
}

/// <summary>What a Wrapping Method does, in which order. KMIP 2.1 §11.62.</summary>
/// <param name="Encrypts">Whether it encrypts.</param>
/// <param name="AuthenticatesFirst">Whether the MAC or signature is that of what is encrypted, or of what is not encrypted at all.</param>
/// <param name="AuthenticatesLast">Whether the MAC or signature is that of the ciphertext.</param>
internal readonly record struct WrappingPlan(bool Encrypts, bool AuthenticatesFirst, bool AuthenticatesLast)
{
    /// <summary>Of a method, with the keys that it takes.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.MissingField"/>, <see cref="KeyreeveError.KeyWrapTypeNotSupported"/>.</exception>
    public static WrappingPlan Of(WrappingMethod method, WrappingKeyInformation? encryptionKey, WrappingKeyInformation? authenticationKey)
    {
        var plan = method switch
        {
            WrappingMethod.Encrypt => new WrappingPlan(Encrypts: true, AuthenticatesFirst: false, AuthenticatesLast: false),
            WrappingMethod.MACSign => new WrappingPlan(Encrypts: false, AuthenticatesFirst: true, AuthenticatesLast: false),
            WrappingMethod.EncryptThenMACSign => new WrappingPlan(Encrypts: true, AuthenticatesFirst: false, AuthenticatesLast: true),
            WrappingMethod.MACSignThenEncrypt => new WrappingPlan(Encrypts: true, AuthenticatesFirst: true, AuthenticatesLast: false),
            _ => throw new KeyreeveException(KeyreeveError.KeyWrapTypeNotSupported, $"The Wrapping Method {method} is not offered."),
        };
        if (plan.Encrypts && encryptionKey is null) throw new KeyreeveException(KeyreeveError.MissingField, "The Encryption Key Information is missing.");
        if ((plan.AuthenticatesFirst || plan.AuthenticatesLast) && authenticationKey is null)
            throw new KeyreeveException(KeyreeveError.MissingField, "The MAC/Signature Key Information is missing.");
        return plan;
    }
}

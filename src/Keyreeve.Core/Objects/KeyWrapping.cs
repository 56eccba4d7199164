using System.Collections.Immutable;

namespace Keyreeve.Core.Objects;

/// <summary>Wrapping Method. KMIP 2.1 §11.66.</summary>
public enum WrappingMethod : uint
{
#pragma warning disable CS1591, CA1008, CA1028 // the standard describes each value
    NotSet = 0,
    Encrypt = 0x00000001,
    MACSign = 0x00000002,
    EncryptThenMACSign = 0x00000003,
    MACSignThenEncrypt = 0x00000004,
    TR31 = 0x00000005,
}

/// <summary>Encoding Option: what exactly is wrapped. KMIP 2.1 §11.18.</summary>
public enum EncodingOption : uint
{
    /// <summary>Not stated, which means <see cref="TTLVEncoding"/>.</summary>
    NotSet = 0,

    /// <summary>The Key Material's bytes alone.</summary>
    NoEncoding = 0x00000001,

    /// <summary>The whole Key Value structure, encoded.</summary>
    TTLVEncoding = 0x00000002,
}

/// <summary>Key Wrap Type: whether a Get gives the key as it was registered. KMIP 2.1 §11.27.</summary>
public enum KeyWrapType : uint
{
    NotSet = 0,
    NotWrapped = 0x00000001,
    AsRegistered = 0x00000002,
}
#pragma warning restore CS1591, CA1008, CA1028

/// <summary>A wrapping key and how it is used: Encryption Key Information or MAC/Signature Key Information.</summary>
/// <param name="UniqueIdentifier">The wrapping key, as stated; it need not be here.</param>
/// <param name="CryptographicParameters">Its parameters, or null for those of the key.</param>
public sealed record WrappingKeyInformation(string UniqueIdentifier, StructureValue? CryptographicParameters);

/// <summary>How a key is wrapped. KMIP 2.1 §3.3.</summary>
public sealed record KeyWrappingData
{
    /// <summary>Encryption, MAC or signature, or both.</summary>
    public required WrappingMethod WrappingMethod { get; init; }

    /// <summary>With what it is encrypted.</summary>
    public WrappingKeyInformation? EncryptionKey { get; init; }

    /// <summary>With what it is authenticated.</summary>
    public WrappingKeyInformation? MACSignatureKey { get; init; }

    /// <summary>The MAC or signature.</summary>
    public ImmutableArray<byte> MACSignature { get; init; } = [];

    /// <summary>IV, counter or nonce.</summary>
    public ImmutableArray<byte> IVCounterNonce { get; init; } = [];

    /// <summary>What exactly is wrapped.</summary>
    public EncodingOption EncodingOption { get; init; }

    /// <summary>Whether the wrapped bytes came as Key Material inside a Key Value, where the standard has them in its place.</summary>
    public bool KeyValueIsStructure { get; init; }
}

/// <summary>
/// The encoding of Key Material that is a structure, which its Digest is of. Given by who knows the wire. KMIP 2.1 §4.21.
/// </summary>
public interface IKeyMaterialEncoding
{
    /// <summary>Encodes the structure, tag included.</summary>
    Crypto.SecretBytes Encode(TransparentKey key);
}

/// <summary>How a Get wants the key wrapped. KMIP 2.1 §7.18.</summary>
public sealed record KeyWrappingSpecification
{
    /// <summary>Encryption, MAC or signature, or both.</summary>
    public required WrappingMethod WrappingMethod { get; init; }

    /// <summary>With what to encrypt.</summary>
    public WrappingKeyInformation? EncryptionKey { get; init; }

    /// <summary>With what to authenticate.</summary>
    public WrappingKeyInformation? MACSignatureKey { get; init; }

    /// <summary>Attributes to put into the Key Value and so under the wrapping.</summary>
    public ImmutableArray<AttributeKey> AttributeNames { get; init; } = [];

    /// <summary>What exactly to wrap.</summary>
    public EncodingOption EncodingOption { get; init; }
}

/// <summary>
/// The encoding of a Key Value structure as the caller's protocol has it, which wrapping with
/// <see cref="EncodingOption.TTLVEncoding"/> covers. Front doors that speak such a protocol provide it.
/// </summary>
public interface IKeyValueEncoding
{
    /// <summary>Encodes Key Material and attributes of the block as one Key Value structure.</summary>
    Crypto.SecretBytes Encode(KeyBlock keyBlock);

    /// <summary>Decodes a Key Value structure.</summary>
    /// <param name="encoded">The unwrapped bytes.</param>
    /// <param name="keyFormatType">The form of the Key Material inside.</param>
    /// <param name="keyBlock">The block it makes, to be disposed of by the caller.</param>
    /// <returns>False if the bytes are no Key Value.</returns>
    bool TryDecode(Crypto.SecretBytes encoded, KeyFormatType keyFormatType, out KeyBlock? keyBlock);
}

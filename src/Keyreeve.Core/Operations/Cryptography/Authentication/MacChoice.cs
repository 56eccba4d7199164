using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A way to authenticate messages with a shared key.</summary>
internal enum MacScheme
{
    None = 0,
    Hmac,
    AesCmac,
    TripleDesCmac,
    AesCbcMac,
    Poly1305,
}

/// <summary>Cryptographic Parameters, read: how a message is authenticated with a key. KMIP 2.1 §4.16, §6.1.32.</summary>
internal readonly record struct MacChoice
{
    /// <summary>The scheme.</summary>
    public MacScheme Scheme { get; private init; }

    /// <summary>The hash of an HMAC.</summary>
    public DigestAlgorithm Digest { get; private init; }

    /// <summary>Reads what the request states, or, if it chooses no way, what the key's own Cryptographic Parameters say, or what
    /// the key is for.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>;
    /// <see cref="KeyreeveError.RefusedByMode"/>; <see cref="KeyreeveError.InvalidObjectType"/>.</exception>
    public static MacChoice Of(ManagedObject key, StructureValue? requested, GroupMode mode)
    {
        var own = OwnChoice(key);
        var choice = Read(key, requested) ?? own ?? throw CipherChoice.NotSupported(
            $"Neither the request nor the key says how; a key of {key.CryptographicAlgorithm} has no default. State a Cryptographic Algorithm such as HMAC-SHA256, or the Block Cipher Mode CMAC");
        RequireKey(key, choice);
        if (mode == GroupMode.InsecureInterop) return choice;
        ApprovedRules.CheckMac(mode, choice);
        if (choice.Digest == DigestAlgorithm.InsecureMd5) AlgorithmRules.RequireInterop(mode, "HMAC-MD5");
        if (choice.Scheme is MacScheme.AesCbcMac or MacScheme.TripleDesCmac or MacScheme.Poly1305)
            AlgorithmRules.RequireInterop(mode, $"{choice.Scheme}");

        // A key serves one algorithm, unless its own attributes say that it serves another as well.
        if (choice != own) AlgorithmRules.RequireInterop(mode, $"{choice.Scheme} with a key of {key.CryptographicAlgorithm} whose attributes do not state it");
        return choice;
    }

    private static MacChoice? OwnChoice(ManagedObject key)
    {
        foreach (var instance in key.Attributes.All(AttributeName.CryptographicParameters))
            if (instance.Value is StructureValue own && Read(key, own) is { } stated) return stated;
        return OfAlgorithm(key.CryptographicAlgorithm);
    }

    // spec: KMIP 2.1 §6.1.32 "The Cryptographic Parameters (Cryptographic Algorithm) corresponding to the particular MAC method
    // requested."
    private static MacChoice? Read(ManagedObject key, StructureValue? parameters)
    {
        if (parameters is null) return null;
        if (parameters[AttributeField.CryptographicAlgorithm] is EnumerationValue algorithm && OfAlgorithm((CryptographicAlgorithm)algorithm.Value) is { } stated)
            return stated;
        switch (parameters[AttributeField.BlockCipherMode] is EnumerationValue m ? (BlockCipherMode)m.Value : BlockCipherMode.NotSet)
        {
            case BlockCipherMode.CMAC:
                return new MacChoice { Scheme = key.CryptographicAlgorithm == CryptographicAlgorithm.TripleDES ? MacScheme.TripleDesCmac : MacScheme.AesCmac };
            case BlockCipherMode.CBCMAC:
                return new MacChoice { Scheme = MacScheme.AesCbcMac };
            case BlockCipherMode.NotSet when parameters[AttributeField.HashingAlgorithm] is EnumerationValue hash:
                return Hmac(Digests.Of((HashingAlgorithm)hash.Value));
            default:
                return null;
        }
    }

    private static MacChoice? OfAlgorithm(CryptographicAlgorithm algorithm) => algorithm switch
    {
        CryptographicAlgorithm.HMACSHA1 => Hmac(DigestAlgorithm.Sha1),
        CryptographicAlgorithm.HMACSHA224 => Hmac(DigestAlgorithm.Sha224),
        CryptographicAlgorithm.HMACSHA256 => Hmac(DigestAlgorithm.Sha256),
        CryptographicAlgorithm.HMACSHA384 => Hmac(DigestAlgorithm.Sha384),
        CryptographicAlgorithm.HMACSHA512 => Hmac(DigestAlgorithm.Sha512),
        CryptographicAlgorithm.HMACSHA3224 => Hmac(DigestAlgorithm.Sha3_224),
        CryptographicAlgorithm.HMACSHA3256 => Hmac(DigestAlgorithm.Sha3_256),
        CryptographicAlgorithm.HMACSHA3384 => Hmac(DigestAlgorithm.Sha3_384),
        CryptographicAlgorithm.HMACSHA3512 => Hmac(DigestAlgorithm.Sha3_512),
        CryptographicAlgorithm.HMACMD5 => Hmac(DigestAlgorithm.InsecureMd5),
        CryptographicAlgorithm.Poly1305 => new MacChoice { Scheme = MacScheme.Poly1305 },
        _ => null,
    };

    private static void RequireKey(ManagedObject key, in MacChoice choice)
    {
        var suits = choice.Scheme switch
        {
            MacScheme.AesCmac or MacScheme.AesCbcMac => key.CryptographicAlgorithm == CryptographicAlgorithm.AES && key.CryptographicLength <= 256,
            MacScheme.TripleDesCmac => key.CryptographicAlgorithm == CryptographicAlgorithm.TripleDES && key.CryptographicLength > 128,
            MacScheme.Poly1305 => key.CryptographicAlgorithm == CryptographicAlgorithm.Poly1305,
            _ => true,
        };
        if (!suits) throw CipherChoice.NotSupported($"A key of {key.CryptographicAlgorithm} with {key.CryptographicLength} bits is none for {choice.Scheme}");
    }

    private static MacChoice Hmac(DigestAlgorithm digest) => new() { Scheme = MacScheme.Hmac, Digest = digest };
}

using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A way to sign.</summary>
internal enum SignatureScheme
{
    None = 0,
    RsaPkcs1,
    RsaPss,

    /// <summary>PKCS#1 v1.5 over bytes as they are.</summary>
    RsaUnhashed,

    /// <summary>ANSI X9.31, which nothing new should use.</summary>
    RsaX931,
    Dsa,
    Ecdsa,
    Eddsa,
    MlDsa,
}

/// <summary>Cryptographic Parameters, read: how data is to be signed with a key, or its signature verified. KMIP 2.1 §4.16.</summary>
internal readonly record struct SignatureChoice
{
    /// <summary>The scheme.</summary>
    public SignatureScheme Scheme { get; private init; }

    /// <summary>The hash of the message; none for schemes that take it as it is.</summary>
    public DigestAlgorithm Digest { get; private init; }

    /// <summary>The hash within PSS' mask.</summary>
    public DigestAlgorithm MaskDigest { get; private init; }

    /// <summary>The length of PSS' salt; null if not stated.</summary>
    public int? SaltSizeInBytes { get; private init; }

    /// <summary>Reads what the request states, or, if it chooses no way to sign, what the key's own Cryptographic Parameters say.</summary>
    /// <param name="key">The key.</param>
    /// <param name="requested">What the request states.</param>
    /// <param name="mode">How strict the key's group is.</param>
    /// <param name="digestSizeInBytes">The length of the Digested Data; null if the message itself is given.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.CryptographicParametersNotSupported"/>;
    /// <see cref="KeyreeveError.RefusedByMode"/>.</exception>
    public static SignatureChoice Of(ManagedObject key, StructureValue? requested, GroupMode mode, int? digestSizeInBytes)
    {
        var stated = new StatedSignature(ParametersFor(key, requested));
        var choice = key.CryptographicAlgorithm switch
        {
            CryptographicAlgorithm.RSA => OfRsa(stated, mode, digestSizeInBytes),
            CryptographicAlgorithm.DSA => OfDsa(stated),
            CryptographicAlgorithm.EC or CryptographicAlgorithm.ECDSA => OfEc(key, stated),
            CryptographicAlgorithm.Ed25519 or CryptographicAlgorithm.Ed448 => new SignatureChoice { Scheme = SignatureScheme.Eddsa },
            CryptographicAlgorithm.MLDSA44 or CryptographicAlgorithm.MLDSA65 or CryptographicAlgorithm.MLDSA87 => OfPostQuantum(key),
            _ => throw CipherChoice.NotSupported($"Signing with {key.CryptographicAlgorithm} is not offered"),
        };
        // What names another algorithm is refused everywhere; what has fields too many, such as a padding for ECDSA as OASIS' case
        // CS-AC-M-3-ECC has it, in strict groups.
        if (!stated.NamesAlgorithmOf(key.CryptographicAlgorithm) || (mode != GroupMode.InsecureInterop && !stated.Suits(key.CryptographicAlgorithm)))
            throw CipherChoice.NotSupported($"The key is one of {key.CryptographicAlgorithm}, and the Cryptographic Parameters are for another algorithm");
        if (mode != GroupMode.InsecureInterop) RequireStrict(choice);
        ApprovedRules.CheckSignature(mode, key, choice);
        return choice;
    }

    // spec: KMIP 2.1 §4.16 "For operations involving digital signatures, either the Digital Signature Algorithm can be specified or
    // the Cryptographic Algorithm and Hashing Algorithm combination can be specified."
    private static SignatureChoice OfRsa(in StatedSignature stated, GroupMode mode, int? digestSizeInBytes)
    {
        var hash = stated.Hash;
        if (stated.IsPss) return Pss(hash == HashingAlgorithm.NotSet ? HashingAlgorithm.SHA256 : hash, stated);
        if (stated.Padding == PaddingMethod.X931) return X931(hash == HashingAlgorithm.NotSet ? HashingAlgorithm.SHA256 : hash);
        if (stated.Padding is not (PaddingMethod.NotSet or PaddingMethod.PKCS1V15))
            throw CipherChoice.NotSupported($"RSA signs with Padding Method PSS, PKCS1 v1.5 or X9.31; {stated.Padding} is not offered");
        if (hash != HashingAlgorithm.NotSet) return Pkcs1(hash, mode);

        // Digested Data of which nobody says by what: it is signed as it is, but for a length that the usual hash has.
        if (digestSizeInBytes is not null && (digestSizeInBytes != DigestAlgorithm.Sha256.DigestSizeInBytes() || stated.Padding == PaddingMethod.PKCS1V15))
            return new SignatureChoice { Scheme = SignatureScheme.RsaUnhashed };

        // Where neither request nor key says how, the server does what is right.
        return stated.Padding == PaddingMethod.PKCS1V15 ? Pkcs1(HashingAlgorithm.SHA256, mode) : Pss(HashingAlgorithm.SHA256, stated);
    }

    // spec: KMIP 2.1 §11.37 Padding Method X9.31
    private static SignatureChoice X931(HashingAlgorithm hash)
    {
        var digest = Digests.Of(hash);
        return InsecureRsaX931Signature.Takes(digest)
            ? new SignatureChoice { Scheme = SignatureScheme.RsaX931, Digest = digest }
            : throw CipherChoice.NotSupported($"X9.31 has no number for {hash}");
    }

    private static SignatureChoice OfDsa(in StatedSignature stated) => new()
    {
        Scheme = SignatureScheme.Dsa,
        Digest = Digests.Of(stated.Hash == HashingAlgorithm.NotSet ? HashingAlgorithm.SHA256 : stated.Hash),
    };

    private static SignatureChoice OfEc(ManagedObject key, in StatedSignature stated)
    {
        if (stated.Hash != HashingAlgorithm.NotSet) return new SignatureChoice { Scheme = SignatureScheme.Ecdsa, Digest = Digests.Of(stated.Hash) };
        var digest = key.CryptographicLength switch
        {
            <= 256 => DigestAlgorithm.Sha256,
            <= 384 => DigestAlgorithm.Sha384,
            _ => DigestAlgorithm.Sha512,
        };
        return new SignatureChoice { Scheme = SignatureScheme.Ecdsa, Digest = digest };
    }

    private static SignatureChoice OfPostQuantum(ManagedObject key)
    {
        PostQuantumForm.Require(key.CryptographicAlgorithm);
        return new SignatureChoice { Scheme = SignatureScheme.MlDsa };
    }

    private static SignatureChoice Pkcs1(HashingAlgorithm hash, GroupMode mode) => new() { Scheme = SignatureScheme.RsaPkcs1, Digest = Digests.Of(hash, mode) };

    // The standard's default for the mask is SHA-1, but its own cases sign and verify with the hash of the message, as everybody does.
    private static SignatureChoice Pss(HashingAlgorithm hash, in StatedSignature stated) => new()
    {
        Scheme = SignatureScheme.RsaPss,
        Digest = Digests.Of(hash),
        MaskDigest = stated.MaskHash == HashingAlgorithm.NotSet ? Digests.Of(hash) : Digests.Of(stated.MaskHash),
        SaltSizeInBytes = stated.SaltSizeInBytes,
    };

    private static void RequireStrict(in SignatureChoice choice)
    {
        if (choice.Scheme == SignatureScheme.RsaUnhashed)
            AlgorithmRules.RequireInterop(GroupMode.Strict, "A signature over bytes of which nobody says how they were hashed");
        if (choice.Scheme is SignatureScheme.RsaX931 or SignatureScheme.Dsa) AlgorithmRules.RequireInterop(GroupMode.Strict, $"A signature of {choice.Scheme}");
        if (choice.Digest == DigestAlgorithm.Sha1)
            AlgorithmRules.RequireInterop(GroupMode.Strict, "A signature over a SHA-1 digest");
    }

    private static StructureValue? ParametersFor(ManagedObject key, StructureValue? requested)
    {
        if (requested is not null && ChoosesSignature(requested)) return requested;
        foreach (var instance in key.Attributes.All(AttributeName.CryptographicParameters))
            if (instance.Value is StructureValue own && ChoosesSignature(own)) return own;
        return requested ?? key.Attributes.Find(AttributeName.CryptographicParameters) as StructureValue;
    }

    private static bool ChoosesSignature(StructureValue parameters) =>
        (parameters[AttributeField.DigitalSignatureAlgorithm] ?? parameters[AttributeField.HashingAlgorithm] ?? parameters[AttributeField.PaddingMethod]) is not null;
}

using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>Key encapsulation (FIPS 203) and signatures (FIPS 204) that withstand a quantum computer.</summary>
public enum PostQuantumAlgorithm
{
    /// <summary>None; never usable.</summary>
    None = 0,

    /// <summary>ML-KEM-512, category 1.</summary>
    MlKem512,

    /// <summary>ML-KEM-768, category 3.</summary>
    MlKem768,

    /// <summary>ML-KEM-1024, category 5.</summary>
    MlKem1024,

    /// <summary>ML-DSA-44, category 2.</summary>
    MlDsa44,

    /// <summary>ML-DSA-65, category 3.</summary>
    MlDsa65,

    /// <summary>ML-DSA-87, category 5.</summary>
    MlDsa87,
}

/// <summary>What the standards say of each.</summary>
public static class PostQuantumAlgorithmFacts
{
    /// <summary>Whether this machine's library has it: OpenSSL from 3.5 on.</summary>
    public static bool IsAvailable(this PostQuantumAlgorithm algorithm) => algorithm.IsEncapsulation() ? MLKem.IsSupported : MLDsa.IsSupported;

    /// <summary>Whether it is ML-KEM; else it is ML-DSA.</summary>
    public static bool IsEncapsulation(this PostQuantumAlgorithm algorithm) => algorithm <= PostQuantumAlgorithm.MlKem1024;

    /// <summary>Length of a public key: 800 to 2592 bytes.</summary>
    public static int PublicKeySizeInBytes(this PostQuantumAlgorithm algorithm) => algorithm switch
    {
        PostQuantumAlgorithm.MlKem512 => 800,
        PostQuantumAlgorithm.MlKem768 => 1184,
        PostQuantumAlgorithm.MlKem1024 => 1568,
        PostQuantumAlgorithm.MlDsa44 => 1312,
        PostQuantumAlgorithm.MlDsa65 => 1952,
        PostQuantumAlgorithm.MlDsa87 => 2592,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    internal static MLKemAlgorithm Encapsulation(this PostQuantumAlgorithm algorithm) => algorithm switch
    {
        PostQuantumAlgorithm.MlKem512 => MLKemAlgorithm.MLKem512,
        PostQuantumAlgorithm.MlKem768 => MLKemAlgorithm.MLKem768,
        PostQuantumAlgorithm.MlKem1024 => MLKemAlgorithm.MLKem1024,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    internal static MLDsaAlgorithm Signature(this PostQuantumAlgorithm algorithm) => algorithm switch
    {
        PostQuantumAlgorithm.MlDsa44 => MLDsaAlgorithm.MLDsa44,
        PostQuantumAlgorithm.MlDsa65 => MLDsaAlgorithm.MLDsa65,
        PostQuantumAlgorithm.MlDsa87 => MLDsaAlgorithm.MLDsa87,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <summary>Runs an import, and turns a refusal of the key into ours.</summary>
    internal static T Import<T>(Func<T> import)
    {
        try
        {
            return import();
        }
        catch (Exception refused) when (refused is CryptographicException or ArgumentException)
        {
            throw new InvalidKeyException("The key is malformed, or of another algorithm.", refused);
        }
    }

    /// <summary>Moves bytes that the library gave into locked memory.</summary>
    internal static SecretBytes Take(byte[] bytes)
    {
        try
        {
            return SecretBytes.CopyFrom(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}

using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>The random bytes of new symmetric keys.</summary>
internal static class SymmetricMaterial
{
    /// <summary>Makes a key; the caller disposes of it.</summary>
    /// <exception cref="KeyreeveException">There are no such keys, or the group's mode refuses them.</exception>
    public static SecretBytes Generate(GroupMode mode, CryptographicAlgorithm algorithm, int lengthInBits)
    {
        AlgorithmRules.CheckSymmetric(mode, algorithm, lengthInBits);
        var size = AlgorithmRules.SizeInBytes(algorithm, lengthInBits);
        return algorithm is CryptographicAlgorithm.DES or CryptographicAlgorithm.TripleDES
            ? SecretBytes.Create(size, 0, static (bytes, _) => FillWithParity(bytes))
            : SecretBytes.Random(size);
    }

    // spec: SP 800-67 Rev. 2 §3.1: the last bit of each byte makes the number of its ones odd.
    private static void FillWithParity(Span<byte> bytes)
    {
        CryptoRandom.Fill(bytes);
        for (var i = 0; i < bytes.Length; i++)
        {
            var isEven = System.Numerics.BitOperations.PopCount((uint)(bytes[i] & 0xFE)) % 2 == 0;
            bytes[i] = (byte)((bytes[i] & 0xFE) | (isEven ? 1 : 0));
        }
    }
}

using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>Vectors of algorithms that only a newer OpenSSL has; ./test runs them in a process with one.</summary>
internal static class PostQuantumVectors
{
    public static void Require() => Assert.SkipUnless(
        PostQuantumAlgorithm.MlDsa65.IsAvailable(), $"{CryptographyLibrary.Version} has neither ML-KEM nor ML-DSA; NewerOpenSslTests runs this with one that has");
}

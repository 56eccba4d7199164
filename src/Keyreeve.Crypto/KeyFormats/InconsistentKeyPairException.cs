using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>The halves of a pair that was just generated do not fit: cryptography cannot be relied on here.</summary>
/// <param name="misfit">How that was found, if not by a signature or a secret; null if so.</param>
public sealed class InconsistentKeyPairException(Exception? misfit = null) : CryptographicException("A generated key pair failed its consistency test.", misfit);

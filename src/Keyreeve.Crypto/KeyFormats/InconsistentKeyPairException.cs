using System.Security.Cryptography;

namespace Keyreeve.Crypto;

/// <summary>The halves of a pair that was just generated do not fit: cryptography cannot be relied on here.</summary>
public sealed class InconsistentKeyPairException() : CryptographicException("A generated key pair failed its consistency test.");

using System.Numerics;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  scrypt
//
//  References
//      RFC 7914
//
//  Sizes
//      Password    any
//      Salt        16 to 1024 bytes
//      N, r, p     see ScryptParameters; at most 1 GiB of memory, and N · r · p at most 2^30
//      Output      16 to 1024 bytes
//

/// <summary>scrypt: makes a key of a password so that guessing takes memory. Thread safe.</summary>
public static class Scrypt
{
    /// <summary>The shortest salt, in bytes.</summary>
    public const int MinSaltSizeInBytes = 16;

    /// <summary>The most memory that one derivation may take, in bytes; whoever sets the parameters must not exhaust the host.</summary>
    public const long MaxMemorySizeInBytes = 1L << 30;

    private const int MaxSizeInBytes = 1024;
    private const int MinOutputSizeInBytes = 16;
    private const long MaxWork = 1L << 30;

    /// <summary>Derives a key; the caller disposes it.</summary>
    /// <param name="password">The password.</param>
    /// <param name="salt">16 to 1024 random bytes, another one for each password.</param>
    /// <param name="parameters">How much work it takes.</param>
    /// <param name="sizeInBytes">Length of the key, from 16 to 1024.</param>
    /// <exception cref="ArgumentException">A size or a parameter is not permitted.</exception>
    public static SecretBytes Derive(SecretBytes password, ReadOnlySpan<byte> salt, ScryptParameters parameters, int sizeInBytes)
    {
        ArgumentNullException.ThrowIfNull(password);
        Require(parameters);
        if (salt.Length is < MinSaltSizeInBytes or > MaxSizeInBytes)
            throw new ArgumentException("A salt has 16 to 1024 bytes.", nameof(salt));
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeInBytes, MinOutputSizeInBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sizeInBytes, MaxSizeInBytes);
        using var lease = password.Reveal();
        return DeriveCore(lease.Span, salt, parameters, sizeInBytes);
    }

    // RFC 7914's own examples have shorter salts than we take: its test comes in here.
    internal static SecretBytes DeriveCore(
        ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ScryptParameters parameters, int sizeInBytes) =>
        SecretBytes.Create(sizeInBytes, new Call(password, salt, parameters), static (bytes, call) => call.Run(bytes));

    private static void Require(ScryptParameters parameters)
    {
        if (parameters.Cost < 2 || !BitOperations.IsPow2(parameters.Cost))
            throw new ArgumentException("scrypt's cost N is a power of two.", nameof(parameters));
        if (parameters.BlockSize < 1 || parameters.Parallelization < 1)
            throw new ArgumentException("scrypt's r and p are positive.", nameof(parameters));
        // spec: RFC 7914 §2 "the parallelization parameter p … less than or equal to ((2^32-1) * 32) / (128 * r)": both limits
        // here are stricter.
        if (parameters.MemorySizeInBytes > MaxMemorySizeInBytes
            || (Int128)parameters.Cost * parameters.BlockSize * parameters.Parallelization > MaxWork)
        {
            throw new ArgumentException("scrypt with these parameters takes too much memory or time.", nameof(parameters));
        }
    }

    private readonly ref struct Call(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ScryptParameters parameters)
    {
        private readonly ReadOnlySpan<byte> _password = password;
        private readonly ReadOnlySpan<byte> _salt = salt;
        private readonly ScryptParameters _parameters = parameters;

        public unsafe void Run(Span<byte> destination)
        {
            // OpenSSL counts its own working space too: the blocks of p and a few more.
            var maxMemory = (ulong)(_parameters.MemorySizeInBytes
                + (128L * _parameters.BlockSize * (_parameters.Parallelization + 2L)) + 4096);
            byte nothing = 0;
            fixed (byte* pass = _password, salted = _salt, output = destination)
            {
                // A null password would be read as "only check the parameters".
                LibCrypto.Require(LibCrypto.Scrypt(
                    pass == null ? &nothing : pass,
                    (nuint)_password.Length,
                    salted,
                    (nuint)_salt.Length,
                    (ulong)_parameters.Cost,
                    (ulong)_parameters.BlockSize,
                    (ulong)_parameters.Parallelization,
                    maxMemory,
                    output,
                    (nuint)destination.Length));
            }
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Keyreeve.Crypto.Interop;

namespace Keyreeve.Crypto;

//
//  PKCS#12 containers
//
//  References
//      RFC 7292  PKCS #12: Personal Information Exchange Syntax v1.1
//
//  Written: key and certificates under PBES2 with AES-256-CBC, MAC with HMAC-SHA-256, 100,000 iterations each.
//  Read: what OpenSSL's default provider reads, which leaves out RC2.
//

/// <summary>A private key with its certificates under a password: PKCS#12. Owns its key.</summary>
public sealed class Pkcs12Container : IDisposable
{
    /// <summary>The longest container that is read, in bytes.</summary>
    public const int MaxSizeInBytes = 1 << 20;

    private const int Iterations = 100_000;

    /// <summary>How many iterations of its password it takes to encode a container: for the key, the certificates and the MAC.</summary>
    public const int IterationsToEncode = 3 * Iterations;

    /// <summary>NID_aes_256_cbc.</summary>
    private const int Aes256Cbc = 427;

    /// <summary>The private key as PKCS#8; null if there are certificates alone.</summary>
    public SecretBytes? PrivateKey { get; init; }

    /// <summary>The key's certificate, DER; null if there is none.</summary>
    public byte[]? Certificate { get; init; }

    /// <summary>The certificates above it, DER.</summary>
    public IReadOnlyList<byte[]> Chain { get; init; } = [];

    /// <summary>What the key is called; null if it has no name.</summary>
    public string? FriendlyName { get; init; }

    /// <summary>How many iterations of its password it takes to open a container; 0 for what is not opened in any case.</summary>
    /// <param name="encoded">The container, DER.</param>
    public static long CountIterations(ReadOnlySpan<byte> encoded) =>
        encoded.Length <= MaxSizeInBytes && Pkcs12Work.IsBearable(encoded) ? Pkcs12Work.Count(encoded) ?? 0 : 0;

    /// <summary>Opens a container.</summary>
    /// <param name="encoded">The container, DER.</param>
    /// <param name="password">The password, UTF-8 without NUL.</param>
    /// <param name="container">What is in it.</param>
    /// <returns>False when the password is another, or the container is none, or altered, or states iterations that take minutes.</returns>
    /// <exception cref="ObjectDisposedException">The password was disposed.</exception>
    public static unsafe bool TryOpen(ReadOnlySpan<byte> encoded, SecretBytes password, [NotNullWhen(true)] out Pkcs12Container? container)
    {
        ArgumentNullException.ThrowIfNull(password);
        container = null;
        if (encoded.Length is 0 or > MaxSizeInBytes || !Pkcs12Work.IsBearable(encoded) || !TryTerminate(password, out var terminated)) return false;
        using (terminated)
        using (var secret = terminated.Reveal())
        {
            fixed (byte* bytes = encoded, word = secret.Span)
            {
                var input = bytes;
                using var parsed = LibCrypto.DecodePkcs12(0, &input, encoded.Length);
                if (parsed.IsInvalid || !Pkcs12Work.IsBearableWithin(parsed, word, password.LengthInBytes)
                    || LibCrypto.Pkcs12Parse(parsed, word, out var key, out var certificate, out var chain) != 1)
                {
                    LibCrypto.ClearErrors();
                    return false;
                }

                using (key)
                using (certificate)
                using (chain)
                {
                    container = new Pkcs12Container
                    {
                        PrivateKey = key.IsInvalid ? null : NativeKey.ToPkcs8(key),
                        Certificate = certificate.IsInvalid ? null : certificate.Encode(),
                        Chain = chain.Encode(),
                        FriendlyName = certificate.IsInvalid ? null : AliasOf(certificate),
                    };
                    return true;
                }
            }
        }
    }

    /// <summary>Writes the container.</summary>
    /// <param name="password">The password, UTF-8 without NUL.</param>
    /// <exception cref="InvalidKeyException">Key and certificate do not belong together, or one of them is malformed.</exception>
    /// <exception cref="ArgumentException">The password contains a NUL.</exception>
    /// <exception cref="ObjectDisposedException">Key or password was disposed.</exception>
    public unsafe byte[] Encode(SecretBytes password)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (!TryTerminate(password, out var terminated)) throw new ArgumentException("A password contains no NUL.", nameof(password));
        using (terminated)
        using (var secret = terminated.Reveal())
        using (var key = ImportKey())
        using (var certificate = Certificate is { } der ? CertificateHandle.From(der) : new CertificateHandle())
        using (var chain = CertificateStackHandle.Of(Chain))
        {
            fixed (byte* word = secret.Span)
            {
                using var made = LibCrypto.Pkcs12Create(
                    word, FriendlyName ?? string.Empty, key, certificate, chain, Aes256Cbc, Aes256Cbc, Iterations, Iterations, 0);
                if (made.IsInvalid)
                {
                    LibCrypto.ClearErrors();
                    throw new InvalidKeyException("The certificate is not that of the key.");
                }

                var encoded = new byte[LibCrypto.RequirePositive(LibCrypto.EncodePkcs12(made, null))];
                fixed (byte* bytes = encoded)
                {
                    var end = bytes;
                    LibCrypto.RequirePositive(LibCrypto.EncodePkcs12(made, &end));
                }

                return encoded;
            }
        }
    }

    /// <summary>Wipes the key.</summary>
    public void Dispose() => PrivateKey?.Dispose();

    private unsafe KeyHandle ImportKey()
    {
        if (PrivateKey is null) return new KeyHandle();
        using var lease = PrivateKey.Reveal();
        fixed (byte* bytes = lease.Span)
        {
            var input = bytes;
            var key = LibCrypto.DecodePrivateKey(0, &input, lease.Span.Length);
            if (!key.IsInvalid) return key;
            key.Dispose();
            LibCrypto.ClearErrors();
            throw new InvalidKeyException("The private key is not one that PKCS#12 containers are made of.");
        }
    }

    // OpenSSL takes a password up to its first NUL.
    private static bool TryTerminate(SecretBytes password, [NotNullWhen(true)] out SecretBytes? terminated)
    {
        terminated = null;
        using (var lease = password.Reveal())
            if (lease.Span.Contains((byte)0)) return false;
        terminated = SecretBytes.Create(password.LengthInBytes + 1, password, static (bytes, from) =>
        {
            using var lease = from.Reveal();
            lease.Span.CopyTo(bytes);
        });
        return true;
    }

    private static unsafe string? AliasOf(CertificateHandle certificate)
    {
        var alias = LibCrypto.CertificateAlias(certificate, out var length);
        return alias == 0 || length <= 0 ? null : Encoding.UTF8.GetString((byte*)alias, length);
    }
}

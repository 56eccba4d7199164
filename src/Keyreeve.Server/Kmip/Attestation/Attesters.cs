using System.Collections.Immutable;
using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Kmip.Attestation;

/// <summary>
/// Verifies attestations: quotes of the TPMs whose keys and register values the configuration has. spec: KMIP 2.1 §9.11, the Credential
/// Value of Attestation. Thread safe.
/// </summary>
internal sealed class Attesters : IDisposable
{
    private readonly ImmutableArray<Attester> _attesters;
    private readonly NonceBook _nonces;

    /// <summary>Reads the keys.</summary>
    /// <exception cref="ConfigurationException">A key cannot be read, or is too short.</exception>
    public Attesters(KmipOptions options, TimeProvider time)
    {
        _attesters = [.. options.Attesters.Select(named => new Attester(named.Key, named.Value, KeyOf(named.Key, named.Value.KeyFile)))];
        _nonces = new NonceBook(options.AttestationNonceLifetime, time);
    }

    /// <summary>Which attestations are verified here.</summary>
    public static ImmutableArray<AttestationType> Types { get; } = [AttestationType.TPMQuote];

    /// <summary>A random value for a caller to attest to.</summary>
    public Nonce NewNonce(Call call) => _nonces.Issue(call.Principal.Fingerprint);

    /// <summary>The call, attested.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AttestationFailed"/>: it does not hold.</exception>
    public Call Verify(Call call, in AttestationCredential given)
    {
        if (_attesters.IsEmpty) throw Failed($"This server demands no attestation and verifies none, {given.AttestationType} included.");
        if (call.Attester is not null) throw new KeyreeveException(KeyreeveError.InvalidField, "A message carries one attestation.");
        if (!_nonces.TryRedeem(call.Principal.Fingerprint, given.Nonce))
            throw Failed("The Nonce is none that this server has given to the caller, or has been used, or is too old; ask again for one.");
        if (!Types.Contains(given.AttestationType))
            throw Failed($"An attestation of type {given.AttestationType} is not verified here; {string.Join(", ", Types)} is.");
        if (given.AttestationMeasurement is not { } measurement)
            throw Failed("A TPM Quote is given as Attestation Measurement: TPM2B_ATTEST followed by TPMT_SIGNATURE.");
        var quote = TpmQuote.Read(measurement.Span)
            ?? throw Failed("The Attestation Measurement is no TPM2 quote signed by RSASSA or ECDSA with SHA-2: TPM2B_ATTEST followed by TPMT_SIGNATURE.");
        if (!CryptographicOperations.FixedTimeEquals(quote.ExtraData.Span, given.Nonce.NonceValue.Span)) throw Failed("The quote is not about the Nonce.");
        foreach (var attester in _attesters)
        {
            if (attester.Vouches(call.Principal.Name, quote)) return call with { Attester = attester.Name };
        }

        throw Failed("The quote is not signed by the caller's attestation key, or the registers are others than configured.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var attester in _attesters) attester.Dispose();
    }

    private static KeyreeveException Failed(string why) => new(KeyreeveError.AttestationFailed, why);

    private static AsymmetricAlgorithm KeyOf(string name, string file)
    {
        try
        {
            var pem = File.ReadAllText(file);
            return TryImport(RSA.Create(), pem) ?? TryImport(ECDsa.Create(), pem) ?? throw Unusable(name, $"{file} holds no public key of RSA from 2048 bits, or of an elliptic curve from 256 (PEM).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable(name, $"{file} cannot be read: {e.Message}");
        }
    }

    private static ConfigurationException Unusable(string name, string why) => new([new ConfigurationFault($"[attesters] {name}", why)]);

    private static AsymmetricAlgorithm? TryImport(AsymmetricAlgorithm key, string pem)
    {
        try
        {
            key.ImportFromPem(pem);
            if (key is ECDsa { KeySize: >= 256 } or RSA { KeySize: >= 2048 }) return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Of another algorithm, or none: the caller says which there are.
            key.Dispose();
            return null;
        }

        key.Dispose();
        return null;
    }

    private sealed class Attester(string name, AttesterOptions options, AsymmetricAlgorithm key) : IDisposable
    {
        private readonly Lock _lock = new();

        public string Name => name;

        public bool Vouches(string principal, TpmQuote quote)
        {
            if (!string.Equals(options.Principal, principal, StringComparison.Ordinal)) return false;
            if (quote.Selection is not [var (bank, registers)] || bank != options.Bank || !registers.SequenceEqual(options.Registers.Keys)) return false;
            lock (_lock)
            {
                return quote.IsSignedBy(key)
                    && CryptographicOperations.FixedTimeEquals(quote.DigestOf(options.Registers.Values), quote.RegisterDigest.Span);
            }
        }

        public void Dispose() => key.Dispose();
    }
}

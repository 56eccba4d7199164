using System.Security.Cryptography;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Client.IdentityModel;

/// <summary>
/// A private key that stays in a KMIP server, Keyreeve's or another vendor's, for tokens that are signed there. What it signs is verified here,
/// by its public key. Algorithms: RS256, RS384, RS512, PS256, PS384 and PS512 by RSA keys, ES256 by keys on P-256.
/// </summary>
/// <remarks>Thread safe. It does not dispose the client.</remarks>
public sealed class KmipSigningKey : AsymmetricSecurityKey, IDisposable
{
    private readonly KmipClient _client;
    private readonly UniqueIdentifier _privateKey;
    private readonly AsymmetricAlgorithm _publicKey;

    private KmipSigningKey(KmipClient client, UniqueIdentifier privateKey, AsymmetricAlgorithm publicKey, AsymmetricSecurityKey verification)
    {
        _client = client;
        _privateKey = privateKey;
        _publicKey = publicKey;
        VerificationKey = verification;
        KeyId = Base64UrlEncoder.Encode(verification.ComputeJwkThumbprint());
        verification.KeyId = KeyId;
        CryptoProviderFactory = new CryptoProviderFactory { CustomCryptoProvider = new SigningCryptoProvider(this), CacheSignatureProviders = false };
    }

    /// <summary>The public key, for whoever verifies: <c>TokenValidationParameters.IssuerSigningKey</c>, or a published JWK set.</summary>
    public AsymmetricSecurityKey VerificationKey { get; }

    /// <inheritdoc/>
    [Obsolete("Obsolete in the base class.")]
    public override bool HasPrivateKey => true;

    /// <inheritdoc/>
    public override PrivateKeyStatus PrivateKeyStatus => PrivateKeyStatus.Exists;

    /// <inheritdoc/>
    public override int KeySize => _publicKey.KeySize;

    /// <summary>Fetches the public key; the private one is only named.</summary>
    /// <param name="client">The connection; stays the caller's, and lives as long as tokens are signed.</param>
    /// <param name="privateKey">Unique Identifier of the private key, which may Sign.</param>
    /// <param name="publicKey">Unique Identifier of its public key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KmipException">The server refuses, or has not these keys.</exception>
    /// <exception cref="NotSupportedException">The key is neither RSA nor on P-256.</exception>
    public static async Task<KmipSigningKey> OpenAsync(
        KmipClient client, UniqueIdentifier privateKey, UniqueIdentifier publicKey, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(client);
        using var got = await client.SendAsync<GetRequest, GetResponse>(
            new GetRequest { UniqueIdentifier = publicKey, KeyFormatType = KeyFormatType.X_509 }, cancellationToken).ConfigureAwait(false);
        var subjectPublicKey = got.Payload.Object.KeyBlock.KeyValue!.Value.KeyMaterial.AsBytes().ToArray();
        return TryReadRsa(subjectPublicKey) is { } rsa
            ? new KmipSigningKey(client, privateKey, rsa, new RsaSecurityKey(rsa.ExportParameters(includePrivateParameters: false)))
            : OpenCurve(client, privateKey, subjectPublicKey);
    }

    /// <summary>What signs tokens with this key.</summary>
    /// <param name="algorithm">Such as <see cref="SecurityAlgorithms.RsaSha256"/>.</param>
    public SigningCredentials CredentialsFor(string algorithm) => IsSupportedAlgorithm(algorithm)
        ? new SigningCredentials(this, algorithm)
        : throw new NotSupportedException($"The key does not sign by {algorithm}.");

    /// <inheritdoc/>
    public override bool IsSupportedAlgorithm(string algorithm) => SigningAlgorithm.Find(algorithm) is { } found && found.IsRsa == _publicKey is RSA;

    /// <inheritdoc/>
    public override bool CanComputeJwkThumbprint() => true;

    /// <inheritdoc/>
    public override byte[] ComputeJwkThumbprint() => VerificationKey.ComputeJwkThumbprint();

    /// <summary>Lets go of the public key.</summary>
    public void Dispose() => _publicKey.Dispose();

    /// <summary>The key's id and size.</summary>
    public override string ToString() => $"KmipSigningKey({KeyId}, {KeySize} bits)";

    internal async Task<byte[]> SignAsync(SigningAlgorithm algorithm, byte[] message)
    {
        using var signed = await _client.SignAsync(new SignRequest
        {
            UniqueIdentifier = _privateKey,
            CryptographicParameters = algorithm.Parameters,
            Data = DataReference.From(message),
        }).ConfigureAwait(false);
        var signature = signed.Payload.SignatureData!.Value.ToArray();
        // spec: RFC 7518 §3.4 "the concatenation of the R and S values"; KMIP gives the ASN.1 form.
        return algorithm.IsRsa ? signature : EcdsaSignature.ToConcatenation(signature, KeySize);
    }

    internal bool Verify(SigningAlgorithm algorithm, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) => _publicKey switch
    {
        RSA rsa => rsa.VerifyData(message, signature, algorithm.Hash, algorithm.Padding!),
        ECDsa curve => curve.VerifyData(message, signature, algorithm.Hash),
        _ => false,
    };

    private static RSA? TryReadRsa(byte[] subjectPublicKey)
    {
        var rsa = RSA.Create();
        try
        {
            rsa.ImportSubjectPublicKeyInfo(subjectPublicKey, out _);
            return rsa;
        }
        catch (CryptographicException)
        {
            rsa.Dispose();
            return null;
        }
    }

    private static KmipSigningKey OpenCurve(KmipClient client, UniqueIdentifier privateKey, byte[] subjectPublicKey)
    {
        var curve = ECDsa.Create();
        try
        {
            curve.ImportSubjectPublicKeyInfo(subjectPublicKey, out _);
            if (curve.KeySize != 256)
                throw new NotSupportedException("Keys on curves sign here on P-256 alone.");
            return new KmipSigningKey(client, privateKey, curve, new ECDsaSecurityKey(curve));
        }
        catch (CryptographicException e)
        {
            curve.Dispose();
            throw new NotSupportedException("The key is neither RSA nor on P-256.", e);
        }
    }
}

using Keyreeve.Client.Fields;
using Microsoft.IdentityModel.Tokens;

namespace Keyreeve.Client.IdentityModel;

/// <summary>Hands the token library what signs by one key.</summary>
internal sealed class SigningCryptoProvider(KmipSigningKey key) : ICryptoProvider
{
    public bool IsSupportedAlgorithm(string algorithm, params object[] args) =>
        args.Any(argument => ReferenceEquals(argument, key)) && key.IsSupportedAlgorithm(algorithm);

    public object Create(string algorithm, params object[] args) => new KmipSignatureProvider(key, algorithm);

    public void Release(object cryptoInstance) => (cryptoInstance as IDisposable)?.Dispose();
}

/// <summary>Signs by the server, and verifies here.</summary>
internal sealed class KmipSignatureProvider(KmipSigningKey key, string name) : SignatureProvider(key, name)
{
    private readonly SigningAlgorithm _algorithm = SigningAlgorithm.Find(name) ?? throw new NotSupportedException($"The key does not sign by {name}.");

    public override byte[] Sign(byte[] input) => Blocking.Wait(new ValueTask<byte[]>(key.SignAsync(_algorithm, input)));

    public override bool Sign(ReadOnlySpan<byte> data, Span<byte> destination, out int bytesWritten)
    {
        var signature = Sign(data.ToArray());
        bytesWritten = signature.Length;
        return signature.AsSpan().TryCopyTo(destination);
    }

    public override bool Verify(byte[] input, byte[] signature) => key.Verify(_algorithm, input, signature);

    public override bool Verify(byte[] input, int inputOffset, int inputLength, byte[] signature, int signatureOffset, int signatureLength) =>
        key.Verify(_algorithm, input.AsSpan(inputOffset, inputLength), signature.AsSpan(signatureOffset, signatureLength));

    // It holds nothing of its own.
    protected override void Dispose(bool disposing)
    {
    }
}

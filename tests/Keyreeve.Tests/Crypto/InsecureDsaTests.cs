using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

[SuppressMessage("Security", "CA5350", Justification = "Old signatures are over SHA-1.")]
[SuppressMessage("Security", "CA5351", Justification = "DSA is what is compared.")]
public sealed class InsecureDsaTests
{
    // One set for all tests: it takes a while to make.
    private static readonly DSAParameters Shared = MakeOnce();

    [Fact]
    public void SignDigest_KeyOfDotNet_IsVerifiedByDotNet()
    {
        using var reference = DSA.Create(Shared);
        using var encoded = SecretBytes.CopyFrom(reference.ExportPkcs8PrivateKey());
        using var key = DsaPrivateKey.ImportPkcs8(encoded);
        var digest = SHA256.HashData("abc"u8);
        var signature = InsecureDsa.SignDigest(key, digest);
        Assert.True(reference.VerifySignature(digest, signature, DSASignatureFormat.Rfc3279DerSequence));
        Assert.True(InsecureDsa.VerifyDigest(key.PublicKey, digest, signature));
    }

    [Fact]
    public void VerifyDigest_SignatureOfDotNet_HoldsForThatDigestAndEncodingAlone()
    {
        using var reference = DSA.Create(Shared);
        using var key = DsaPublicKey.ImportSubjectPublicKeyInfo(reference.ExportSubjectPublicKeyInfo());
        var digest = SHA1.HashData("abc"u8);
        var signature = reference.CreateSignature(digest, DSASignatureFormat.Rfc3279DerSequence);
        Assert.True(InsecureDsa.VerifyDigest(key, digest, signature));
        Assert.False(InsecureDsa.VerifyDigest(key, SHA1.HashData("abd"u8), signature));
        Assert.False(InsecureDsa.VerifyDigest(key, digest, [.. signature, 0]));
        Assert.False(InsecureDsa.VerifyDigest(key, digest, reference.CreateSignature(digest)));
    }

    [Fact]
    public void Import_Numbers_AreThoseOfTheEncodedKey()
    {
        using var reference = DSA.Create(Shared);
        using var x = SecretBytes.CopyFrom(Shared.X!);
        using var key = DsaPrivateKey.Import(new DsaParameters(Shared.P, Shared.Q, Shared.G), x);
        Assert.Equal(reference.ExportSubjectPublicKeyInfo(), key.PublicKey.ExportSubjectPublicKeyInfo());
        using var pkcs8 = key.ExportPkcs8();
        using var again = DsaPrivateKey.ImportPkcs8(pkcs8);
        Assert.Equal(key.PublicKey.Parameters, again.PublicKey.Parameters);
        using var exported = again.ExportX();
        using var lease = exported.Reveal();
        Assert.Equal(Shared.X!.AsSpan().TrimStart((byte)0), lease.Span);
    }

    [Fact]
    [Trait("Attack", "42")]
    public void Import_NumbersThatAreNotSound_IsRefused()
    {
        var wrongGenerator = (byte[])Shared.G!.Clone();
        wrongGenerator[^1] ^= 1;
        Assert.Throws<InvalidKeyException>(() => new DsaParameters(Shared.P, Shared.Q, wrongGenerator));
        Assert.Throws<InvalidKeyException>(() => new DsaParameters(Shared.P, Shared.Q, [1]));
        var parameters = new DsaParameters(Shared.P, Shared.Q, Shared.G);
        var stranger = (byte[])Shared.Y!.Clone();
        stranger[^1] ^= 1;
        Assert.Throws<InvalidKeyException>(() => DsaPublicKey.Import(parameters, stranger));
        Assert.Throws<InvalidKeyException>(() => DsaPublicKey.Import(parameters, [1]));
        using var tooLarge = SecretBytes.CopyFrom(Shared.Q!);
        Assert.Throws<InvalidKeyException>(() => DsaPrivateKey.Import(parameters, tooLarge));
        parameters.RequirePrimes();
    }

    [Fact]
    [Trait("Speed", "Slow")]
    public void Generate_SizesOfTheStandard_MakesAPairAndRefusesOthers()
    {
        using var key = DsaPrivateKey.Generate(1024, 160);
        Assert.Equal((1024, 160), (key.PublicKey.Parameters.PrimeSizeInBits, key.PublicKey.Parameters.DivisorSizeInBits));
        key.PublicKey.Parameters.RequirePrimes();
        Assert.Throws<ArgumentOutOfRangeException>(() => DsaPrivateKey.Generate(1024, 256));
        Assert.Throws<ArgumentOutOfRangeException>(() => DsaPrivateKey.Generate(512, 160));
    }

    private static DSAParameters MakeOnce()
    {
        using var made = DSA.Create(1024);
        return made.ExportParameters(includePrivateParameters: true);
    }
}

using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class EcKeyTests
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";

    public static TheoryData<EllipticCurve> Curves => [EllipticCurve.P256, EllipticCurve.P384, EllipticCurve.P521, EllipticCurve.Secp256k1];

    [Theory]
    [MemberData(nameof(Curves))]
    public void Generate_ExportAndImport_GivesTheSameKey(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        using var pkcs8 = key.ExportPkcs8();
        using var sec1 = key.ExportSec1();
        using var scalar = key.ExportScalar();
        using var fromPkcs8 = EcPrivateKey.ImportPkcs8(pkcs8);
        using var fromSec1 = EcPrivateKey.ImportSec1(sec1);
        using var fromScalar = EcPrivateKey.ImportScalar(curve, scalar, key.PublicKey.ExportPoint());
        using var fromSpki = EcPublicKey.ImportSubjectPublicKeyInfo(key.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.All([fromPkcs8, fromSec1, fromScalar], other =>
        {
            using var again = other.ExportScalar();
            Assert.True(again.Equals(scalar));
            Assert.Equal(key.PublicKey, other.PublicKey);
        });
        Assert.Equal(key.PublicKey, fromSpki);
        Assert.Equal(curve, fromSpki.Curve);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void ExportedKeys_AreReadByDotNet(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        using var reference = ECDsa.Create();
        using (var pkcs8 = key.ExportPkcs8())
        {
            using var lease = pkcs8.Reveal();
            reference.ImportPkcs8PrivateKey(lease.Span, out _);
        }

        Assert.Equal(reference.ExportSubjectPublicKeyInfo(), key.PublicKey.ExportSubjectPublicKeyInfo());
        var message = "message"u8.ToArray();
        Assert.True(reference.VerifyData(message, Ecdsa.Sign(key, DigestAlgorithm.Sha384, message, EcdsaSignatureFormat.P1363), HashAlgorithmName.SHA384));
        Assert.True(Ecdsa.Verify(
            key.PublicKey, DigestAlgorithm.Sha384, message, reference.SignData(message, HashAlgorithmName.SHA384), EcdsaSignatureFormat.P1363));
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void ImportPoint_Compressed_GivesTheSameKey(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        var point = key.PublicKey.ExportPoint();
        var size = (point.Length - 1) / 2;
        byte[] compressed = [(byte)(0x02 | (point[^1] & 1)), .. point[1..(size + 1)]];
        using var fromCompressed = EcPublicKey.ImportPoint(curve, compressed);
        Assert.Equal(key.PublicKey, fromCompressed);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Ecdh_BothSides_AgreeOnASecret(EllipticCurve curve)
    {
        using var alice = EcPrivateKey.Generate(curve);
        using var bob = EcPrivateKey.Generate(curve);
        using var ours = Ecdh.DeriveSharedSecret(alice, bob.PublicKey);
        using var theirs = Ecdh.DeriveSharedSecret(bob, alice.PublicKey);
        Assert.True(ours.Equals(theirs));
    }

    [Fact]
    public void Ecdh_DifferentCurves_IsRefused()
    {
        using var alice = EcPrivateKey.Generate(EllipticCurve.P256);
        using var bob = EcPrivateKey.Generate(EllipticCurve.Secp256k1);
        Assert.Throws<ArgumentException>(() => Ecdh.DeriveSharedSecret(alice, bob.PublicKey));
    }

    [Theory]
    [Trait("Attack", "42")]
    [MemberData(nameof(Curves))]
    public void ImportPoint_OffTheCurve_IsRefused(EllipticCurve curve)
    {
        using var key = EcPrivateKey.Generate(curve);
        var point = key.PublicKey.ExportPoint();
        point[^1] ^= 1;
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, point));
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, [0]));
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, default));
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, new byte[point.Length]));
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, point.AsSpan(0, point.Length - 1)));
        point[^1] ^= 1;
        point[0] = (byte)(0x06 | (point[^1] & 1));
        Assert.Throws<InvalidKeyException>(() => EcPublicKey.ImportPoint(curve, point));
    }

    [Theory]
    [Trait("Attack", "42")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(0xff)]
    public void ImportSpki_ExplicitParameters_AreRefusedWhateverTheCofactor(byte cofactor)
    {
        using var reference = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var parameters = reference.ExportExplicitParameters(includePrivateParameters: false);
        parameters.Curve.Cofactor = [cofactor];
        using var altered = ECDsa.Create(parameters);
        var error = Assert.Throws<InvalidKeyException>(
            () => EcPublicKey.ImportSubjectPublicKeyInfo(altered.ExportSubjectPublicKeyInfo()));
        Assert.Contains("named curves", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "42")]
    public void ImportPkcs8_PublicHalfOfAnotherKey_IsRefused()
    {
        using var key = EcPrivateKey.Generate(EllipticCurve.P256);
        using var other = EcPrivateKey.Generate(EllipticCurve.P256);
        using var secret = key.ExportScalar();
        byte[] scalar;
        using (var lease = secret.Reveal())
            scalar = lease.Span.ToArray();
        using var matching = TestKeys.EcPkcs8(P256, scalar, key.PublicKey.ExportPoint());
        using var mismatched = TestKeys.EcPkcs8(P256, scalar, other.PublicKey.ExportPoint());
        using var otherCurve = TestKeys.EcPkcs8(P384, scalar, key.PublicKey.ExportPoint());
        EcPrivateKey.ImportPkcs8(matching).Dispose();
        Assert.Throws<InvalidKeyException>(() => EcPrivateKey.ImportPkcs8(mismatched));
        Assert.Throws<InvalidKeyException>(() => EcPrivateKey.ImportPkcs8(otherCurve));
        Assert.Throws<InvalidKeyException>(() => EcPrivateKey.ImportScalar(EllipticCurve.P256, secret, other.PublicKey.ExportPoint()));
    }

    [Theory]
    [Trait("Attack", "42")]
    [InlineData("00")]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")]
    [InlineData("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552")]
    [InlineData("010000000000000000000000000000000000000000000000000000000000000001")]
    public void ImportScalar_NotBetweenZeroAndTheOrder_IsRefused(string scalar)
    {
        using var secret = SecretBytes.CopyFrom(Convert.FromHexString(scalar));
        Assert.Throws<InvalidKeyException>(() => EcPrivateKey.ImportScalar(EllipticCurve.P256, secret));
    }

    [Fact]
    public void Import_CurveNotOffered_IsRefusedByName()
    {
        using var pkcs8 = TestKeys.EcPkcs8("1.3.132.0.33", new byte[28], point: null);
        var error = Assert.Throws<InvalidKeyException>(() => EcPrivateKey.ImportPkcs8(pkcs8));
        Assert.Contains("1.3.132.0.33", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_NoneAsCurve_IsRefused()
    {
        using var scalar = SecretBytes.Random(32);
        Assert.Throws<ArgumentOutOfRangeException>(() => EcPrivateKey.ImportScalar(EllipticCurve.None, scalar));
        Assert.Throws<ArgumentOutOfRangeException>(() => EcPrivateKey.Generate(EllipticCurve.None));
    }

    [Fact]
    public void Import_EveryByteOfAKeyChanged_GivesAnEqualEncodingOrIsRefused()
    {
        using var key = EcPrivateKey.Generate(EllipticCurve.P256);
        var spki = key.PublicKey.ExportSubjectPublicKeyInfo();
        for (var i = 0; i < spki.Length; i++)
        {
            var changed = (byte[])spki.Clone();
            changed[i] ^= 0x01;
            try
            {
                using var read = EcPublicKey.ImportSubjectPublicKeyInfo(changed);
                Assert.Equal(changed, read.ExportSubjectPublicKeyInfo());
            }
            catch (InvalidKeyException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }
}

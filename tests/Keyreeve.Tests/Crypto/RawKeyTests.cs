using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class RawKeyTests
{
    [Theory]
    [InlineData(EdwardsCurve.Ed25519)]
    [InlineData(EdwardsCurve.Ed448)]
    public void Edwards_ExportAndImport_GivesTheSameKey(EdwardsCurve curve)
    {
        using var key = EdwardsPrivateKey.Generate(curve);
        using var seed = key.Export();
        using var pkcs8 = key.ExportPkcs8();
        using var fromSeed = EdwardsPrivateKey.Import(curve, seed, key.PublicKey.Export());
        using var fromPkcs8 = EdwardsPrivateKey.ImportPkcs8(curve, pkcs8);
        using var fromSpki = EdwardsPublicKey.ImportSubjectPublicKeyInfo(curve, key.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(key.PublicKey, fromSeed.PublicKey);
        Assert.Equal(key.PublicKey, fromPkcs8.PublicKey);
        Assert.Equal(key.PublicKey, fromSpki);
        Assert.True(Eddsa.Verify(fromSpki, "m"u8, Eddsa.Sign(fromPkcs8, "m"u8)));
        Assert.False(Eddsa.Verify(fromSpki, "n"u8, Eddsa.Sign(fromPkcs8, "m"u8)));
    }

    // RFC 8032 §7.1, test 1, and §7.4, blank.
    [Theory]
    [InlineData(
        EdwardsCurve.Ed25519,
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        EdwardsCurve.Ed448,
        "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
        "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
        "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600")]
    public void Eddsa_ExampleOfTheStandard_GivesItsSignature(EdwardsCurve curve, string seed, string publicKey, string signature)
    {
        using var secret = SecretBytes.CopyFrom(Convert.FromHexString(seed));
        using var key = EdwardsPrivateKey.Import(curve, secret);
        Assert.Equal(publicKey, Convert.ToHexStringLower(key.PublicKey.Export()));
        Assert.Equal(signature, Convert.ToHexStringLower(Eddsa.Sign(key, default)));
        Assert.True(Eddsa.Verify(key.PublicKey, default, Convert.FromHexString(signature)));
    }

    // RFC 7748 §6.2
    [Fact]
    public void X448_ExampleOfTheStandard_GivesItsSecret()
    {
        using var alice = SecretBytes.CopyFrom(Convert.FromHexString(
            "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b"));
        using var own = MontgomeryPrivateKey.Import(MontgomeryCurve.X448, alice);
        using var peer = MontgomeryPublicKey.Import(MontgomeryCurve.X448, Convert.FromHexString(
            "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609"));
        Assert.True(Xdh.TryDeriveSharedSecret(own, peer, out var secret));
        using (secret)
        {
            Assert.True(secret.FixedTimeEquals(Convert.FromHexString(
                "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d")));
        }
    }

    [Theory]
    [InlineData(MontgomeryCurve.X25519)]
    [InlineData(MontgomeryCurve.X448)]
    public void Montgomery_ExportAndImport_AgreesOnTheSameSecret(MontgomeryCurve curve)
    {
        using var alice = MontgomeryPrivateKey.Generate(curve);
        using var pkcs8 = alice.ExportPkcs8();
        using var bob = MontgomeryPrivateKey.Generate(curve);
        using var again = MontgomeryPrivateKey.ImportPkcs8(curve, pkcs8);
        using var alicePublic = MontgomeryPublicKey.ImportSubjectPublicKeyInfo(curve, alice.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.True(Xdh.TryDeriveSharedSecret(again, bob.PublicKey, out var ours));
        Assert.True(Xdh.TryDeriveSharedSecret(bob, alicePublic, out var theirs));
        using (ours)
        using (theirs)
            Assert.True(ours.Equals(theirs));
    }

    [Theory]
    [InlineData(MontgomeryCurve.X25519, 32)]
    [InlineData(MontgomeryCurve.X448, 56)]
    public void Xdh_PeerOfLowOrder_IsFalse(MontgomeryCurve curve, int size)
    {
        using var own = MontgomeryPrivateKey.Generate(curve);
        using var zero = MontgomeryPublicKey.Import(curve, new byte[size]);
        Assert.False(Xdh.TryDeriveSharedSecret(own, zero, out var secret));
        Assert.Null(secret);
    }

    [Fact]
    [Trait("Attack", "42")]
    public void Import_PublicHalfOfAnotherKey_IsRefused()
    {
        using var key = EdwardsPrivateKey.Generate(EdwardsCurve.Ed25519);
        using var other = EdwardsPrivateKey.Generate(EdwardsCurve.Ed25519);
        using var seed = key.Export();
        byte[] bytes;
        using (var lease = seed.Reveal())
            bytes = lease.Span.ToArray();
        using var matching = TestKeys.RawPkcs8("1.3.101.112", bytes, key.PublicKey.Export());
        using var mismatched = TestKeys.RawPkcs8("1.3.101.112", bytes, other.PublicKey.Export());
        using var otherAlgorithm = TestKeys.RawPkcs8("1.3.101.110", bytes, publicKey: null);
        EdwardsPrivateKey.ImportPkcs8(EdwardsCurve.Ed25519, matching).Dispose();
        Assert.Throws<InvalidKeyException>(() => EdwardsPrivateKey.ImportPkcs8(EdwardsCurve.Ed25519, mismatched));
        Assert.Throws<InvalidKeyException>(() => EdwardsPrivateKey.ImportPkcs8(EdwardsCurve.Ed25519, otherAlgorithm));
        Assert.Throws<InvalidKeyException>(() => EdwardsPrivateKey.Import(EdwardsCurve.Ed25519, seed, other.PublicKey.Export()));
        Assert.Throws<InvalidKeyException>(() => EdwardsPrivateKey.Import(EdwardsCurve.Ed448, seed));
    }
}

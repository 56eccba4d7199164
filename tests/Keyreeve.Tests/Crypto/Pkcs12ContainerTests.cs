using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class Pkcs12ContainerTests : IDisposable
{
    private readonly SecretBytes _password = SecretBytes.CopyFrom("correct horse"u8);
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose()
    {
        _password.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void TryOpen_WhatEncodeWrote_GivesKeyChainAndName()
    {
        var (leaf, root) = (Certificate("CN=leaf"), Certificate("CN=root"));
        using var written = new Pkcs12Container { PrivateKey = Pkcs8(), Certificate = leaf, Chain = [root], FriendlyName = "alias" };
        var encoded = written.Encode(_password);
        Assert.True(Pkcs12Container.TryOpen(encoded, _password, out var opened));
        using (opened)
        {
            Assert.True(opened.PrivateKey!.Equals(written.PrivateKey));
            Assert.Equal(leaf, opened.Certificate);
            Assert.Equal(root, Assert.Single(opened.Chain));
            Assert.Equal("alias", opened.FriendlyName);
        }

        // Somebody else's reader opens it as well.
        using var read = X509CertificateLoader.LoadPkcs12(encoded, "correct horse");
        Assert.True(read.HasPrivateKey);
    }

    [Fact]
    public void TryOpen_WrittenByAnother_GivesTheKey()
    {
        using var certificate = new CertificateRequest("CN=other", _key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        Assert.True(Pkcs12Container.TryOpen(certificate.Export(X509ContentType.Pkcs12, "correct horse"), _password, out var opened));
        using (opened)
        using (var pkcs8 = opened.PrivateKey!.Reveal())
        {
            using var same = ECDsa.Create();
            same.ImportPkcs8PrivateKey(pkcs8.Span, out _);
            Assert.Equal(_key.ExportSubjectPublicKeyInfo(), same.ExportSubjectPublicKeyInfo());
        }
    }

    // 100,000 is 02 03 01 86 a0, for the key, for the certificates, and last for the MAC; each is made 8,388,607.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void TryOpen_IterationsThatTakeMinutes_IsFalseBeforeAnyIsDone(int which)
    {
        using var written = new Pkcs12Container { PrivateKey = Pkcs8(), Certificate = Certificate("CN=leaf") };
        var encoded = written.Encode(_password);
        Assert.True(Pkcs12Work.IsBearable(encoded));
        byte[] count = [0x02, 0x03, 0x01, 0x86, 0xA0];
        var at = -1;
        for (var i = 0; i <= which; i++) at += 1 + encoded.AsSpan(at + 1).IndexOf(count);
        byte[] many = [0x7F, 0xFF, 0xFF];
        many.CopyTo(encoded, at + 2);

        Assert.False(Pkcs12Work.IsBearable(encoded));
        Assert.False(Pkcs12Container.TryOpen(encoded, _password, out _));
    }

    [Theory]
    [InlineData("01 86 A0", true)]
    [InlineData("7F FF FF", false)]
    public void TryOpen_IterationsWithinEncryptedContents_AreBounded(string count, bool isOpened)
    {
        var shrouded = _key.ExportEncryptedPkcs8PrivateKey(
            "correct horse", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 100_000));
        byte[] stated = [0x02, 0x03, 0x01, 0x86, 0xA0];
        Convert.FromHexString(count.Replace(" ", "", StringComparison.Ordinal)).CopyTo(shrouded, shrouded.AsSpan().IndexOf(stated) + 2);
        var encoded = Pkcs12Writer.WithShroudedKey(shrouded, "correct horse");

        Assert.True(Pkcs12Work.IsBearable(encoded));
        Assert.Equal(isOpened, Pkcs12Container.TryOpen(encoded, _password, out var opened));
        using (opened) Assert.Equal(isOpened, opened?.PrivateKey is not null);
    }

    // SEQUENCE { INTEGER 1, OBJECT IDENTIFIER 1.2.3 }: read to its end, and not for ever.
    [Fact]
    public void IsBearable_IdentifierThatIsNotFirst_IsReadOver() => Assert.True(Pkcs12Work.IsBearable(Convert.FromHexString("300702010106022a03")));

    [Fact]
    public void TryOpen_EmptyPassword_IsOpenedInBothForms()
    {
        using var certificate = new CertificateRequest("CN=other", _key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var none = SecretBytes.CopyFrom([]);
        foreach (var encoded in new[] { certificate.Export(X509ContentType.Pkcs12, ""), certificate.Export(X509ContentType.Pkcs12, (string?)null) })
        {
            Assert.True(Pkcs12Container.TryOpen(encoded, none, out var opened));
            using (opened) Assert.NotNull(opened.PrivateKey);
        }
    }

    [Fact]
    public void TryOpen_OtherPasswordOrAlteredBytes_IsFalse()
    {
        using var written = new Pkcs12Container { PrivateKey = Pkcs8(), Certificate = Certificate("CN=leaf") };
        var encoded = written.Encode(_password);
        using var wrong = SecretBytes.CopyFrom("incorrect horse"u8);
        using var withNul = SecretBytes.CopyFrom("correct horse\0x"u8);
        Assert.False(Pkcs12Container.TryOpen(encoded, wrong, out _));
        Assert.False(Pkcs12Container.TryOpen(encoded, withNul, out _));
        Assert.False(Pkcs12Container.TryOpen([], _password, out _));
        Assert.False(Pkcs12Container.TryOpen(encoded.AsSpan(0, encoded.Length / 2), _password, out _));
        encoded[encoded.Length / 2] ^= 1;
        Assert.False(Pkcs12Container.TryOpen(encoded, _password, out _));
    }

    [Fact]
    public void Encode_CertificateOfAnotherKey_IsRefused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var foreign = new CertificateRequest("CN=foreign", other, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var container = new Pkcs12Container { PrivateKey = Pkcs8(), Certificate = foreign.RawData };
        Assert.Throws<InvalidKeyException>(() => container.Encode(_password));
    }

    private SecretBytes Pkcs8()
    {
        using var key = EcPrivateKey.ImportPkcs8(SecretBytes.CopyFrom(_key.ExportPkcs8PrivateKey()));
        return key.ExportPkcs8();
    }

    private byte[] Certificate(string subject)
    {
        using var certificate = new CertificateRequest(subject, _key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return certificate.RawData;
    }
}

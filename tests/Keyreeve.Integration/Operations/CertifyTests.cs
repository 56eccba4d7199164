using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Keyreeve.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Keyreeve.Integration.Operations;

public sealed class CertifyTests(EngineFixture engine) : IClassFixture<EngineFixture>, IDisposable
{
    private readonly ECDsa _client = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Certify_RequestForAKey_MakesALinkedCertificateThatIsValid()
    {
        var key = await RegisterPublicKeyAsync();
        var id = await CertifyAsync(key, Request("CN=client, O=Example"));
        using var certificate = await CertificateAsync(id);
        Assert.Equal("CN=client, O=Example", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal([key], LinksOf(await engine.AttributesOfAsync(id), LinkType.PublicKeyLink));
        Assert.Equal([id], LinksOf(await engine.AttributesOfAsync(key), LinkType.CertificateLink));
        Assert.Equal(ValidityIndicator.Valid, await ValidateAsync(new ValidateRequest { Ids = [id] }));
        Assert.Equal(ValidityIndicator.Valid, await ValidateAsync(new ValidateRequest { Certificates = [(CertificateType.X509, certificate.RawData)] }));
        Assert.Equal(ValidityIndicator.Invalid, await ValidateAsync(new ValidateRequest { Ids = [id], ValidityDate = engine.Time.GetUtcNow().AddYears(2) }));
    }

    [Fact]
    public async Task Certify_KeyAlone_TakesTheSubjectOfTheAttributes()
    {
        var key = await RegisterPublicKeyAsync();
        var request = new CertifyRequest
        {
            Id = key,
            Attributes = AttributeSet.Empty
                .With(AttributeName.CertificateType, AttributeValue.Of(CertificateType.X509))
                .With(AttributeName.CertificateSubjectCN, AttributeValue.Of("by attributes"))
                .With(AttributeName.CertificateSubjectO, AttributeValue.Of("Example")),
        };
        using var certificate = await CertificateAsync((await engine.RunAsync(new CertifyOperation(), request)).Id);
        Assert.Equal("CN=by attributes, O=Example", certificate.Subject);
    }

    [Fact]
    public async Task Certify_Pem_IsTakenLikePkcs10()
    {
        var pem = PemEncoding.WriteString("CERTIFICATE REQUEST", Request("CN=pem"));
        var bytes = new CertificateRequestBytes(CertificateRequestType.PEM, Encoding.ASCII.GetBytes(pem));
        using var certificate = await CertificateAsync((await engine.RunAsync(new CertifyOperation(), new CertifyRequest { CertificateRequest = bytes })).Id);
        Assert.Equal("CN=pem", certificate.Subject);
    }

    [Fact]
    public async Task Certify_RequestsThatMayNotBe_AreRefused()
    {
        var key = await RegisterPublicKeyAsync();
        var forged = Request("CN=forged");
        forged[^1] ^= 1;
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.PKCS10, forged));
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.PKCS10, [1, 2, 3]));
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.PKCS10, [.. Request("CN=x"), 0]));
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.CRMF, Request("CN=x")));
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.PKCS10, Request("CN=ca", asAuthority: true)));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var another = new CertificateRequest("CN=other", other, HashAlgorithmName.SHA256).CreateSigningRequest();
        Assert.Equal(KeyreeveError.InvalidCertificateRequest, await RefusalAsync(key, CertificateRequestType.PKCS10, another));
    }

    [Fact]
    [Trait("Attack", "42")]
    public async Task Certify_WeakRsaInAStrictGroup_IsRefused()
    {
        using var weak = RSA.Create(1024);
        var request = new CertificateRequest("CN=weak", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest();
        var bytes = new CertificateRequestBytes(CertificateRequestType.PKCS10, request);
        Assert.Equal(KeyreeveError.RefusedByMode, await engine.RefusedAsync(new CertifyOperation(), new CertifyRequest { CertificateRequest = bytes }));
        var old = new CertifyRequest { CertificateRequest = bytes, Group = EngineFixture.InteropGroup };
        Assert.NotEqual(default, (await engine.RunAsync(new CertifyOperation(), old)).Id);
    }

    [Fact]
    [Trait("Attack", "35")]
    public async Task Certify_AuthorityThatTheServerMade_NeverLeaves()
    {
        await CertifyAsync(await RegisterPublicKeyAsync(), Request("CN=first"));
        var found = await engine.RunAsync(new LocateOperation(), new LocateRequest
        {
            Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.Name, Attributes.Name(new CertificationOptions().AuthorityName))],
        });
        var authority = Assert.Single(found.Ids);
        Assert.Equal(KeyreeveError.NotExtractable, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = authority }));
    }

    [Fact]
    public async Task Certify_WhoMayOnlyUseKeys_IsRefused()
    {
        var user = EngineFixture.PrincipalOf("user", TenantId.Default, null, Role.KeyUser);
        var request = new CertifyRequest { Id = await RegisterPublicKeyAsync(), CertificateRequest = new CertificateRequestBytes(CertificateRequestType.PKCS10, Request("CN=x")) };
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new CertifyOperation(), request, user));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new CertifyOperation(), request, engine.Stranger));
    }

    [Fact]
    public async Task ReCertify_WithOffset_RenewsDatesNamesAndLinks()
    {
        var key = await RegisterPublicKeyAsync();
        var now = engine.Time.GetUtcNow();
        var attributes = Attributes.Named("renewed")
            .With(AttributeName.ActivationDate, AttributeValue.Of(now))
            .With(AttributeName.DeactivationDate, AttributeValue.Of(now.AddDays(30)));
        var first = (await engine.RunAsync(new CertifyOperation(), new CertifyRequest { Id = key, Attributes = attributes })).Id;
        var second = (await engine.RunAsync(new ReCertifyOperation(), new ReCertifyRequest { Id = first, Offset = TimeSpan.FromDays(10) })).Id;
        var (old, renewed) = (await engine.AttributesOfAsync(first), await engine.AttributesOfAsync(second));
        Assert.False(old.Has(AttributeName.Name));
        Assert.Equal(Attributes.Name("renewed"), renewed.Find(AttributeName.Name));
        Assert.Equal([second], LinksOf(old, LinkType.ReplacementObjectLink));
        Assert.Equal([first], LinksOf(renewed, LinkType.ReplacedObjectLink));
        Assert.Equal([second], LinksOf(await engine.AttributesOfAsync(key), LinkType.CertificateLink));
        // spec: KMIP 2.1 §6.1.45 "Activation Date (AT2) = IT2+ Offset", "Deactivation Date = DT1+(AT2- AT1)"
        var activation = ((DateTimeValue)renewed.Find(AttributeName.InitialDate)!).UnixSeconds + (10 * 86_400);
        var deactivation = now.AddDays(30).ToUnixTimeSeconds() + activation - now.ToUnixTimeSeconds();
        Assert.Equal(activation, ((DateTimeValue)renewed.Find(AttributeName.ActivationDate)!).UnixSeconds);
        Assert.Equal(deactivation, ((DateTimeValue)renewed.Find(AttributeName.DeactivationDate)!).UnixSeconds);
        using var certificate = await CertificateAsync(second);
        Assert.Equal(deactivation, new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds());
    }

    [Fact]
    public async Task RotationSweeper_IntervalOfACertificateIsOver_TheServerRenewsItOnce()
    {
        var key = await RegisterPublicKeyAsync();
        var attributes = Attributes.Named("rotating-certificate")
            .With(AttributeName.RotateAutomatic, AttributeValue.Of(value: true))
            .With(AttributeName.RotateInterval, new IntervalValue(3600))
            .With(AttributeName.RotateOffset, new IntervalValue(60));
        var first = (await engine.RunAsync(new CertifyOperation(), new CertifyRequest { Id = key, Attributes = attributes })).Id;
        engine.Time.Advance(TimeSpan.FromSeconds(3601));
        await using (var sweeper = new RotationSweeper(engine.Pipeline, engine.Engine, NullLogger<RotationSweeper>.Instance))
        {
            sweeper.Start(TimeSpan.FromHours(1));
            for (var i = 0; i < 1200 && !LinksOf(await engine.AttributesOfAsync(first), LinkType.ReplacementObjectLink).Any(); i++)
                await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        var old = await engine.AttributesOfAsync(first);
        var renewed = await engine.AttributesOfAsync(Assert.Single(LinksOf(old, LinkType.ReplacementObjectLink)));
        Assert.Equal(AttributeValue.Of(value: false), old.Find(AttributeName.RotateLatest));
        Assert.Equal(AttributeValue.Of(value: true), renewed.Find(AttributeName.RotateLatest));
        Assert.Equal(AttributeValue.Of(1), renewed.Find(AttributeName.RotateGeneration));
        Assert.Equal(new IntervalValue(3600), renewed.Find(AttributeName.RotateInterval));
        Assert.Equal(
            ((DateTimeValue)renewed.Find(AttributeName.InitialDate)!).UnixSeconds + 60,
            ((DateTimeValue)renewed.Find(AttributeName.ActivationDate)!).UnixSeconds);
        Assert.Null(Rotations.Next((await engine.Engine.Objects.FindAsync(TenantId.Default, first, default))!));
    }

    [Fact]
    public async Task Validate_ChainsOfNobodyKnown_AreUnknownAndBrokenOnesInvalid()
    {
        using var root = new CertificateRequest("CN=stranger", _client, HashAlgorithmName.SHA256)
            .CreateSelfSigned(engine.Time.GetUtcNow().AddDays(-1), engine.Time.GetUtcNow().AddDays(1));
        Assert.Equal(ValidityIndicator.Unknown, await ValidateAsync(new ValidateRequest { Certificates = [(CertificateType.X509, root.RawData)] }));
        var managed = await RegisterCertificateAsync(root.RawData);
        Assert.Equal(ValidityIndicator.Valid, await ValidateAsync(new ValidateRequest { Ids = [managed] }));
        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = managed, RevocationReasonCode = RevocationReasonCode.CACompromise });
        Assert.Equal(ValidityIndicator.Invalid, await ValidateAsync(new ValidateRequest { Ids = [managed] }));
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new ValidateOperation(), new ValidateRequest { Certificates = [(CertificateType.X509, new byte[] { 1 })] }));
        Assert.Equal(KeyreeveError.InvalidField, await engine.RefusedAsync(new ValidateOperation(), new ValidateRequest()));
        Assert.Equal(KeyreeveError.InvalidObjectType, await engine.RefusedAsync(new ValidateOperation(), new ValidateRequest { Ids = [await engine.CreateAesAsync()] }));
    }

    private byte[] Request(string subject, bool asAuthority = false)
    {
        var request = new CertificateRequest(subject, _client, HashAlgorithmName.SHA256);
        if (asAuthority) request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSigningRequest();
    }

    private async ValueTask<UniqueIdentifier> CertifyAsync(UniqueIdentifier key, byte[] request) => (await engine.RunAsync(
        new CertifyOperation(), new CertifyRequest { Id = key, CertificateRequest = new CertificateRequestBytes(CertificateRequestType.PKCS10, request) })).Id;

    private ValueTask<KeyreeveError> RefusalAsync(UniqueIdentifier key, CertificateRequestType type, byte[] request) => engine.RefusedAsync(
        new CertifyOperation(), new CertifyRequest { Id = key, CertificateRequest = new CertificateRequestBytes(type, request) });

    private async ValueTask<ValidityIndicator> ValidateAsync(ValidateRequest request) => (await engine.RunAsync(new ValidateOperation(), request)).Indicator;

    private async ValueTask<UniqueIdentifier> RegisterPublicKeyAsync()
    {
        using var value = new ObjectValue
        {
            ObjectType = ObjectType.PublicKey,
            KeyBlock = new KeyBlock { KeyFormatType = KeyFormatType.X509, Material = SecretBytes.CopyFrom(_client.ExportSubjectPublicKeyInfo()) },
        };
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.PublicKey, Attributes = AttributeSet.Empty, Value = value })).Id;
    }

    private async ValueTask<UniqueIdentifier> RegisterCertificateAsync(byte[] der)
    {
        using var value = new ObjectValue { ObjectType = ObjectType.Certificate, CertificateType = CertificateType.X509, Bytes = SecretBytes.CopyFrom(der) };
        return (await engine.RunAsync(new RegisterOperation(), new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = AttributeSet.Empty, Value = value })).Id;
    }

    private async ValueTask<X509Certificate2> CertificateAsync(UniqueIdentifier id)
    {
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        using var lease = got.Value.Bytes!.Reveal();
        return X509CertificateLoader.LoadCertificate(lease.Span);
    }

    private static IEnumerable<UniqueIdentifier> LinksOf(AttributeSet attributes, LinkType type) => attributes.All(AttributeName.Link).ToArray()
        .Select(i => (StructureValue)i.Value)
        .Where(link => link[AttributeField.LinkType] is EnumerationValue kind && kind.Value == (uint)type)
        .Select(link => UniqueIdentifier.Parse(((TextValue)link[AttributeField.LinkedObjectIdentifier]!).Value));
}

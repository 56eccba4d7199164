using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class EnrolmentTests : IAsyncLifetime
{
    private readonly Installation _server = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public async ValueTask InitializeAsync() => await _server.StartAsync();

    public async ValueTask DisposeAsync()
    {
        _key.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Enrol_WithTheAdministratorsCode_MakesTheFirstAdministrator()
    {
        var enrolment = await _server.EnrolAsync(_server.Made.AdministratorCode, Installation.RequestOf(_key));

        var admin = _server.Identity.Principals.Find(enrolment.Principal.Fingerprint)!;
        Assert.Equal("admin", admin.Name);
        Assert.Equal(["Auditor@*", "KeyAdministrator@*", "SecurityOfficer@*"], admin.Bindings.Select(b => b.Rule).Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Assert.Contains("\"principal\":\"local\"", _server.AuditLines()[0], StringComparison.Ordinal);
        // Who needs no one else to let himself in needs nobody's code twice.
        await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(_server.Made.AdministratorCode, Installation.RequestOf(_key)));
    }

    [Fact]
    public async Task Enrol_Certificate_IsForThePrincipalWhateverTheRequestAsksFor()
    {
        var asked = new CertificateRequest("CN=admin,O=Evil", _key, HashAlgorithmName.SHA256);
        asked.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        asked.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));

        var enrolment = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), asked.CreateSigningRequestPem());

        using var certificate = X509Certificate2.CreateFromPem(enrolment.Certificate.CertificatePem);
        Assert.Equal("CN=billing", certificate.Subject);
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal("1.3.6.1.5.5.7.3.2", certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages[0].Value);
        Assert.Contains("urn:keyreeve:principal:billing", Encoding.ASCII.GetString(certificate.Extensions["2.5.29.17"]!.RawData), StringComparison.Ordinal);
        Assert.InRange((certificate.NotAfter - certificate.NotBefore).TotalDays, 90, 90.1);
        Assert.NotNull(_server.Identity.Clients.Identify(certificate, out _));
        Assert.Equal(_server.Identity.Authority.CertificatePem, enrolment.Certificate.ChainPem);
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Enrol_SameCodeTwice_SecondIsRefused()
    {
        var code = await _server.IssueCodeAsync("billing");
        await _server.EnrolAsync(code, Installation.RequestOf(_key));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(code, Installation.RequestOf(other)));
        await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(code.ToLowerInvariant(), Installation.RequestOf(other)));

        // Nor after a restart.
        await _server.CloseAsync();
        await _server.OpenAsync();
        await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(code, Installation.RequestOf(other)));
    }

    [Fact]
    [Trait("Attack", "25")]
    public async Task Enrol_ManyAtOnceWithOneCode_OneWins()
    {
        var code = await _server.IssueCodeAsync("billing");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            try
            {
                await _server.EnrolAsync(code, Installation.RequestOf(key));
                return KeyreeveError.None;
            }
            catch (KeyreeveException refusal)
            {
                return refusal.Error;
            }
        })));

        Assert.Single(outcomes, KeyreeveError.None);
        // Who reads the code before, and the name after, the winner's commit is told of the name.
        Assert.Equal(15, outcomes.Count(error => error is KeyreeveError.AuthenticationFailed or KeyreeveError.NonUniqueName));
        Assert.Single(_server.Identity.Principals.List(TenantId.Default));
    }

    [Fact]
    [Trait("Attack", "23")]
    public async Task Enrol_UnknownUsedAndExpiredCode_GiveOneAnswer()
    {
        var used = await _server.IssueCodeAsync("billing");
        await _server.EnrolAsync(used, Installation.RequestOf(_key));
        var expired = await _server.IssueCodeAsync("shop");
        var unknown = EnrolmentCode.Generate(out _);
        _server.Time.Advance(TimeSpan.FromHours(2));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var messages = new HashSet<string>(StringComparer.Ordinal);
        foreach (var code in new[] { used, expired, unknown, "not a code", "" })
        {
            var refusal = await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(code, Installation.RequestOf(other)));
            messages.Add(refusal.Message);
        }

        Assert.Single(messages);
        // What is wrong with the request is told alike, whether the code is good or not.
        await AssertRefusedAsync(KeyreeveError.InvalidField, () => _server.EnrolAsync(unknown, "nonsense"));
        await AssertRefusedAsync(KeyreeveError.InvalidField, async () => await _server.EnrolAsync(await _server.IssueCodeAsync("shop"), "nonsense"));
    }

    [Fact]
    public async Task Enrol_RefusedRequest_LeavesTheCodeUsable()
    {
        var code = await _server.IssueCodeAsync("billing");
        await AssertRefusedAsync(KeyreeveError.InvalidField, () => _server.EnrolAsync(code, "nonsense"));

        Assert.Equal("billing", (await _server.EnrolAsync(code, Installation.RequestOf(_key))).Principal.Name);
    }

    [Fact]
    [Trait("Attack", "42")]
    public async Task Enrol_WeakOrForgedRequest_IsRefused()
    {
        var code = await _server.IssueCodeAsync("billing");
        using var weak = RSA.Create(1024);
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        var described = await OpenSslAsync("ecparam -name prime256v1 -param_enc explicit -genkey -noout -out {0}/k", "req -new -key {0}/k -subj /CN=x");
        Assert.Contains("CERTIFICATE REQUEST", described, StringComparison.Ordinal);
        var forged = new CertificateRequest(new X500DistinguishedName("CN=x"), new PublicKey(foreign), HashAlgorithmName.SHA256)
            .CreateSigningRequestPem(X509SignatureGenerator.CreateForECDsa(_key));

        var weakRequest = new CertificateRequest("CN=x", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
        foreach (var request in new[] { weakRequest, forged, Installation.RequestOf(curve), described, new string('x', 20_000) })
            await AssertRefusedAsync(KeyreeveError.InvalidField, () => _server.EnrolAsync(code, request));
        Assert.Empty(_server.Identity.Principals.List(TenantId.Default));
    }

    [Theory]
    [InlineData("secp384r1")]
    [InlineData("secp521r1")]
    [InlineData("rsa")]
    public async Task Enrol_OtherStrongKeys_AreAccepted(string kind)
    {
        using var rsa = RSA.Create(2048);
        using var ecdsa = string.Equals(kind, "rsa", StringComparison.Ordinal) ? null : ECDsa.Create(ECCurve.CreateFromFriendlyName(kind));
        var request = ecdsa is null
            ? new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=x", ecdsa, HashAlgorithmName.SHA384);

        var enrolment = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), request.CreateSigningRequestPem());

        using var certificate = X509Certificate2.CreateFromPem(enrolment.Certificate.CertificatePem);
        Assert.NotNull(_server.Identity.Clients.Identify(certificate, out _));
    }

    [Fact]
    [Trait("Attack", "27")]
    public async Task Issue_NameThatDiffersInCaseFromAnothers_IsRefused()
    {
        await _server.EnrolNewAsync("billing");

        await AssertRefusedAsync(KeyreeveError.NonUniqueName, () => _server.IssueCodeAsync("billing"));
        await AssertRefusedAsync(KeyreeveError.NonUniqueName, () => _server.IssueCodeAsync("Billing"));
        // Found by its own spelling alone.
        Assert.NotNull(_server.Identity.Principals.FindByName(TenantId.Default, "billing"));
        Assert.Null(_server.Identity.Principals.FindByName(TenantId.Default, "BILLING"));
        await AssertRefusedAsync(KeyreeveError.ItemNotFound, () => _server.DisableAsync("BILLING"));
    }

    [Fact]
    public async Task Issue_ByAnOfficerOfAGroup_OnlyForThatGroup()
    {
        var (officer, _) = await _server.EnrolNewAsync("payments-officer", "payments", Role.SecurityOfficer);
        var (admin, _) = await _server.EnrolNewAsync("root-admin", null, Role.KeyAdministrator);

        Assert.NotEmpty(await _server.IssueCodeAsync("card-app", "payments/cards", officer));
        await AssertRefusedAsync(KeyreeveError.PermissionDenied, () => _server.IssueCodeAsync("hr-app", "hr", officer));
        await AssertRefusedAsync(KeyreeveError.PermissionDenied, () => _server.IssueCodeAsync("everything", null, officer));
        await AssertRefusedAsync(KeyreeveError.PermissionDenied, () => _server.DisableAsync(admin.Name, officer));
        await AssertRefusedAsync(KeyreeveError.PermissionDenied, () => _server.IssueCodeAsync("mine", "payments", admin));
    }

    [Fact]
    [Trait("Attack", "31")]
    public async Task Issue_RenewalWithMoreRights_IsRefused()
    {
        await _server.EnrolNewAsync("billing");

        await AssertRefusedAsync(
            KeyreeveError.InvalidField, () => _server.IssueCodeAsync("billing", isRenewal: true, roles: [Role.KeyUser, Role.KeyExporter]));
    }

    [Fact]
    public async Task Renewal_SameKey_IsTheSamePrincipalWithANewCertificate()
    {
        var first = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), Installation.RequestOf(_key));

        var second = await _server.EnrolAsync(await _server.IssueCodeAsync("billing", isRenewal: true), Installation.RequestOf(_key));

        Assert.Equal(first.Principal.Fingerprint, second.Principal.Fingerprint);
        Assert.NotEqual(first.Certificate.CertificatePem, second.Certificate.CertificatePem, StringComparer.Ordinal);
        Assert.Single(_server.Identity.Principals.List(TenantId.Default));
    }

    [Fact]
    public async Task Renewal_AnotherKey_TakesOverAndTheOldKeyIsRefused()
    {
        var first = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), Installation.RequestOf(_key));
        using var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        var second = await _server.EnrolAsync(await _server.IssueCodeAsync("billing", isRenewal: true), Installation.RequestOf(next));

        Assert.True(_server.Identity.Principals.Find(first.Principal.Fingerprint)!.IsDisabled);
        Assert.False(_server.Identity.Principals.Find(second.Principal.Fingerprint)!.IsDisabled);
        Assert.Equal(first.Principal.Bindings.AsEnumerable(), second.Principal.Bindings);
        Assert.Equal(second.Principal.Fingerprint, _server.Identity.Principals.FindByName(TenantId.Default, "billing")!.Principal.Fingerprint);
        // And a key that was replaced does not come back.
        var code = await _server.IssueCodeAsync("billing", isRenewal: true);
        await AssertRefusedAsync(KeyreeveError.ObjectAlreadyExists, () => _server.EnrolAsync(code, Installation.RequestOf(_key)));
    }

    [Fact]
    public async Task Disable_Principal_ItsKeyAndNameAreNotUsedAgain()
    {
        var enrolment = await _server.EnrolAsync(await _server.IssueCodeAsync("billing"), Installation.RequestOf(_key));

        await _server.DisableAsync("billing");

        Assert.True(_server.Identity.Principals.Find(enrolment.Principal.Fingerprint)!.IsDisabled);
        await AssertRefusedAsync(KeyreeveError.NonUniqueName, () => _server.IssueCodeAsync("billing"));
        await AssertRefusedAsync(KeyreeveError.ItemNotFound, () => _server.IssueCodeAsync("billing", null, isRenewal: true));
        var code = await _server.IssueCodeAsync("other");
        await AssertRefusedAsync(KeyreeveError.ObjectAlreadyExists, () => _server.EnrolAsync(code, Installation.RequestOf(_key)));
        // Still so after a restart.
        await _server.CloseAsync();
        await _server.OpenAsync();
        Assert.True(_server.Identity.Principals.Find(enrolment.Principal.Fingerprint)!.IsDisabled);
    }

    [Fact]
    [Trait("Attack", "46")]
    public async Task Open_PrincipalAlteredInTheStore_IsKnownToNobody()
    {
        var (app, _) = await _server.EnrolNewAsync("billing");
        var (other, _) = await _server.EnrolNewAsync("shop", "shop");
        var mine = (await _server.Store.FindDocumentAsync("principal", app.Fingerprint, CancellationToken.None))!;
        var theirs = (await _server.Store.FindDocumentAsync("principal", other.Fingerprint, CancellationToken.None))!;
        var raised = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(mine.Body!.Value.Span).Replace("KeyUser", "Auditor", StringComparison.Ordinal));
        // One altered, one put in another's place, one under a key that was never enrolled.
        await _server.Store.CommitAsync(new StoreChanges
        {
            Documents =
            [
                mine with { RowVersion = 2, Body = raised },
                theirs with { RowVersion = 2, Body = mine.Body },
                mine with { Key = new string('a', 64), RowVersion = 1 },
            ],
        }, CancellationToken.None);

        await _server.CloseAsync();
        await _server.OpenAsync();

        Assert.Null(_server.Identity.Principals.Find(app.Fingerprint));
        Assert.Null(_server.Identity.Principals.Find(other.Fingerprint));
        Assert.Null(_server.Identity.Principals.Find(new string('a', 64)));
        Assert.Equal(3, _server.Identity.Principals.AlteredDocuments.Length);
        Assert.Equal(3, _server.Log.Count(line => line.Contains("altered outside the server", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Audit_OfEnrolment_TellsWhoAndByWhomAndNeverTheCode()
    {
        var code = await _server.IssueCodeAsync("billing");
        var enrolment = await _server.EnrolAsync(code, Installation.RequestOf(_key));
        await AssertRefusedAsync(KeyreeveError.AuthenticationFailed, () => _server.EnrolAsync(code, Installation.RequestOf(_key)));
        await _server.DisableAsync("billing");

        var lines = _server.AuditLines();
        Assert.Contains(lines, line => line.Contains("\"operation\":\"IssueEnrolmentCode\"", StringComparison.Ordinal) && line.Contains("KeyUser@payments", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"operation\":\"Enrol\"", StringComparison.Ordinal) && line.Contains(enrolment.Principal.Fingerprint, StringComparison.Ordinal) && line.Contains("\"principal\":\"anonymous\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"operation\":\"Enrol\"", StringComparison.Ordinal) && line.Contains("\"reason\":\"AuthenticationFailed\"", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("\"operation\":\"DisablePrincipal\"", StringComparison.Ordinal));
        var secret = code["kr-enrol-".Length..].Replace("-", "", StringComparison.Ordinal);
        foreach (var file in Directory.GetFiles(_server.Root, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            var content = Encoding.Latin1.GetString(await ReadAsync(file));
            Assert.DoesNotContain(secret, content, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(code, content, StringComparison.OrdinalIgnoreCase);
        }
    }

    // Runs openssl, once for each line of arguments; {0} is a folder. Gives what the last one said.
    private static async Task<string> OpenSslAsync(params string[] commands)
    {
        var folder = Directory.CreateTempSubdirectory("keyreeve-openssl-");
        var said = "";
        foreach (var command in commands)
        {
            var arguments = command.Replace("{0}", folder.FullName, StringComparison.Ordinal).Split(' ');
            var start = new ProcessStartInfo("openssl", arguments) { UseShellExecute = false, RedirectStandardOutput = true };
            using var process = Process.Start(start)!;
            said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
        }

        folder.Delete(recursive: true);
        return said;
    }

    private static async Task<byte[]> ReadAsync(string file)
    {
        await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        return copy.ToArray();
    }

    private static async Task<KeyreeveException> AssertRefusedAsync(KeyreeveError expected, Func<Task> action)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(action);
        Assert.Equal(expected, refusal.Error);
        return refusal;
    }
}

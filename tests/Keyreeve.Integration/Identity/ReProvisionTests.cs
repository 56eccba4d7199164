using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Principals;
using Xunit;

namespace Keyreeve.Integration.Identity;

public sealed class ReProvisionTests : IAsyncLifetime
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
    [Trait("Attack", "26")]
    public async Task ReProvision_NewKey_HasTheRightsAndTheOldOneNone()
    {
        var (old, certificate) = await _server.EnrolNewAsync("billing");
        using (certificate)
        {
            await ReProvisionAsync(old, Installation.RequestOf(_key));

            Assert.True(_server.Identity.Principals.Find(old.Fingerprint)!.IsDisabled);
        }

        await _server.CloseAsync();
        await _server.OpenAsync();
        var now = _server.Identity.Principals.FindByName(old.Tenant, "billing")!.Principal;
        Assert.False(now.IsDisabled);
        Assert.NotEqual(old.Fingerprint, now.Fingerprint);
        Assert.Equal(old.Bindings, now.Bindings);
        Assert.Contains("billing", _server.AuditLines()[^1], StringComparison.Ordinal);
        // Who was replaced replaces nobody any more, whatever it still has in its hands.
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await RefusedAsync(KeyreeveError.AuthenticationFailed, old with { IsDisabled = true }, Installation.RequestOf(other));
        await RefusedAsync(KeyreeveError.PermissionDenied, old, Installation.RequestOf(other));
    }

    [Fact]
    public async Task ReProvision_WhatIsNoNewKey_IsRefusedAndNothingChanges()
    {
        var (caller, certificate) = await _server.EnrolNewAsync("orders");
        using var shown = certificate;
        await _server.EnrolAsync(await _server.IssueCodeAsync("somebody"), Installation.RequestOf(_key));

        await RefusedAsync(KeyreeveError.ObjectAlreadyExists, caller, Installation.RequestOf(_key));
        await RefusedAsync(KeyreeveError.FeatureNotSupported, caller, null);
        await RefusedAsync(KeyreeveError.InvalidField, caller, "no request");
        await RefusedAsync(KeyreeveError.InvalidField, caller, certificate.ExportCertificatePem());

        Assert.False(_server.Identity.Principals.Find(caller.Fingerprint)!.IsDisabled);
    }

    private async Task ReProvisionAsync(Principal principal, string? request)
    {
        var operation = new ReProvisionOperation(_server.Identity.Principals, _server.Identity.Issuer);
        var held = await _server.Pipeline.RunAsync(operation, _server.CallOf(principal), new ReProvisionRequest(request), CancellationToken.None);
        Assert.NotEqual(default, (await held.ReleaseAsync(CancellationToken.None)).CertificateId);
    }

    private async Task RefusedAsync(KeyreeveError expected, Principal principal, string? request) =>
        Assert.Equal(expected, (await Assert.ThrowsAsync<KeyreeveException>(() => ReProvisionAsync(principal, request))).Error);
}

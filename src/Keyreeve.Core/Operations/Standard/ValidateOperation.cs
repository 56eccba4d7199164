using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks whether certificates make a valid chain.</summary>
public sealed record ValidateRequest
{
    /// <summary>Certificates of the chain, with their types.</summary>
    public ImmutableArray<(CertificateType Type, ReadOnlyMemory<byte> Value)> Certificates { get; init; } = [];

    /// <summary>Certificates of the chain that are managed objects.</summary>
    public ImmutableArray<UniqueIdentifier> Ids { get; init; } = [];

    /// <summary>When it has to be valid; null for now.</summary>
    public DateTimeOffset? ValidityDate { get; init; }
}

/// <summary>Whether they do.</summary>
/// <param name="Indicator">Valid; invalid; or unknown, where no root that is kept here ends the chain.</param>
public sealed record ValidateResponse(ValidityIndicator Indicator);

/// <summary>
/// KMIP 2.1 §6.1.57 Validate. What the standard leaves to the server: the chain runs from the certificate that issues none of the
/// others to a self-signed one that is a managed object the caller may see, neither revoked nor destroyed; those are the trust anchors.
/// </summary>
public sealed class ValidateOperation : Operation<ValidateRequest, ValidateResponse>
{
    private const int MostCertificates = 32;

    /// <inheritdoc/>
    public override OperationName Name => OperationName.Validate;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Read;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, ValidateRequest request, CancellationToken cancellationToken) => ValueTask.FromResult(new OperationTarget(null, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<ValidateResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, ValidateRequest request, CancellationToken cancellationToken)
    {
        if (request.Certificates.Length + request.Ids.Length is 0 or > MostCertificates)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A chain has 1 to {MostCertificates} certificates.");
        var loaded = new List<X509Certificate2>();
        try
        {
            foreach (var (type, value) in request.Certificates)
            {
                if (type != CertificateType.X509) throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Chains of X.509 certificates alone are validated.");
                loaded.Add(Load(value.Span) ?? throw new KeyreeveException(KeyreeveError.InvalidField, "A certificate is no X.509 certificate in DER."));
            }

            foreach (var id in request.Ids)
            {
                if (await ManagedAsync(scope, id, loaded, cancellationToken) is { } indicator) return new ValidateResponse(indicator);
            }

            var date = request.ValidityDate ?? scope.Now;
            return new ValidateResponse(await IndicatorAsync(scope, loaded, date, cancellationToken));
        }
        finally
        {
            loaded.ForEach(static certificate => certificate.Dispose());
        }
    }

    private static async ValueTask<ValidityIndicator?> ManagedAsync(
        OperationScope scope, UniqueIdentifier id, List<X509Certificate2> loaded, CancellationToken cancellationToken)
    {
        var found = await scope.RequireAsync(id, cancellationToken);
        if (!scope.MaySee(found)) throw KeyreeveException.NotFound();
        if (found.ObjectType != ObjectType.Certificate)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, $"An object of type {found.ObjectType} is no certificate.");
        if (!IsGood(found)) return ValidityIndicator.Invalid;
        using var value = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        using var lease = value.Material.Reveal();
        loaded.Add(Load(lease.Span) ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Chains of X.509 certificates alone are validated."));
        return null;
    }

    private static async ValueTask<ValidityIndicator> IndicatorAsync(
        OperationScope scope, List<X509Certificate2> certificates, DateTimeOffset date, CancellationToken cancellationToken)
    {
        // The one that issues none of the others; of a root alone the root itself.
        var leaf = certificates.Find(c => !certificates.Exists(other => other != c && SameName(other.IssuerName, c.SubjectName))) ?? certificates[0];
        var roots = await RootsAsync(scope, certificates, cancellationToken);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = date.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        chain.ChainPolicy.ExtraStore.AddRange(certificates.ToArray());
        chain.ChainPolicy.CustomTrustStore.AddRange(roots.ToArray());
        try
        {
            var isValid = chain.Build(leaf);
            var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, static (all, status) => all | status.Status);
            // All that was sent has to be in the chain: it is one chain that is asked about.
            var isWhole = certificates.TrueForAll(c => chain.ChainElements.Any(e => e.Certificate.RawDataMemory.Span.SequenceEqual(c.RawDataMemory.Span)));
            const X509ChainStatusFlags notKnown = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
            if (!isWhole || (flags & ~notKnown) != X509ChainStatusFlags.NoError) return ValidityIndicator.Invalid;
            return isValid ? ValidityIndicator.Valid : ValidityIndicator.Unknown;
        }
        finally
        {
            roots.ForEach(static root => root.Dispose());
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
        }
    }

    // The managed certificates that issued themselves and one of these.
    private static async ValueTask<List<X509Certificate2>> RootsAsync(
        OperationScope scope, List<X509Certificate2> certificates, CancellationToken cancellationToken)
    {
        var roots = new List<X509Certificate2>();
        foreach (var issuer in certificates.Select(c => c.IssuerName).DistinctBy(name => Convert.ToHexString(name.RawData), StringComparer.Ordinal))
        {
            var wanted = AttributeValue.Of(new StructureField(AttributeField.SubjectDistinguishedName, AttributeValue.Of((ReadOnlySpan<byte>)issuer.RawData)));
            var request = new LocateRequest
            {
                Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.X509CertificateSubject, wanted)],
                MaximumItems = MostCertificates,
            };
            var located = await new LocateOperation().ExecuteAsync(scope, default, request, cancellationToken);
            foreach (var id in located.Ids)
            {
                if (await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken) is not { ObjectType: ObjectType.Certificate } found || !IsGood(found)) continue;
                using var value = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
                using var lease = value.Material.Reveal();
                if (Load(lease.Span) is { } root && SameName(root.SubjectName, root.IssuerName)) roots.Add(root);
            }
        }

        return roots;
    }

    private static bool IsGood(ManagedObject certificate) =>
        certificate.State is State.PreActive or State.Active && certificate.Material is not null && !certificate.IsDisabled;

    private static bool SameName(X500DistinguishedName one, X500DistinguishedName other) => one.RawData.AsSpan().SequenceEqual(other.RawData);

    private static X509Certificate2? Load(ReadOnlySpan<byte> der)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException)
        {
            // Not a certificate: who asks says what that means.
            return null;
        }
    }
}

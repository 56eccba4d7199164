using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>A certificate on its way to be made, whichever operation asks.</summary>
internal sealed class NewCertificate
{
    /// <summary>The key group it is to be in.</summary>
    public required GroupName Group { get; init; }

    /// <summary>What it is for.</summary>
    public required CertificateWish Wish { get; init; }

    /// <summary>Its subject, if the request has none.</summary>
    public required X500DistinguishedName Subject { get; init; }

    /// <summary>Its attributes, checked; those that say the subject included.</summary>
    public required AttributeSet Stated { get; init; }

    /// <summary>What the server says of its place in a series of renewals.</summary>
    public AttributeSet Rotated { get; init; } = AttributeSet.Empty;

    /// <summary>From when it holds.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>How long, where nothing says until when.</summary>
    public required TimeSpan Lifetime { get; init; }

    /// <summary>Has it signed, and stages it.</summary>
    public async ValueTask<ManagedObject> StageInAsync(OperationScope scope, CancellationToken cancellationToken)
    {
        RequireX509(Stated);
        using var authority = await IssuingAuthority.FindAsync(scope, Stated, cancellationToken);
        var der = authority.Issue(Wish, Wish.Subject ?? Subject, UsageOf(Stated), (From, EndOf(authority)));
        using var value = SecretBytes.CopyFrom(der);
        return new NewObject
        {
            ObjectType = ObjectType.Certificate,
            Id = UniqueIdentifier.New(scope.Now),
            Group = Group,
            Stated = Stated,
            Derived = CertificateFacts.Read(der).Merge(Rotated),
            Material = value,
            IsGenerated = true,
        }.StageIn(scope);
    }

    private DateTimeOffset EndOf(IssuingAuthority authority)
    {
        if (Stated.Find(AttributeName.DeactivationDate) is DateTimeValue stated)
        {
            if (stated.Time > authority.Ends) throw new KeyreeveException(KeyreeveError.InvalidField, $"The certificate would outlive its authority, whose ends at {authority.Ends:u}.");
            return stated.Time > From ? stated.Time : throw new KeyreeveException(KeyreeveError.InvalidField, "The certificate would end before it begins.");
        }

        var end = From + Lifetime < authority.Ends ? From + Lifetime : authority.Ends;
        return end > From ? end : throw new KeyreeveException(KeyreeveError.WrongKeyLifecycleState, "The certificate authority has expired.");
    }

    private static CryptographicUsageMask UsageOf(AttributeSet stated) =>
        stated.Find(AttributeName.CryptographicUsageMask) is IntegerValue mask ? (CryptographicUsageMask)unchecked((uint)mask.Value) : CryptographicUsageMask.NotSet;

    private static void RequireX509(AttributeSet stated)
    {
        if (stated.Find(AttributeName.CertificateType) is EnumerationValue type && (CertificateType)type.Value != CertificateType.X509)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "Certificates of X.509 alone are made.");
    }
}

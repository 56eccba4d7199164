using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Certificates;

/// <summary>The subject of a certificate whose request has none: from the attributes that the client states.</summary>
internal static class SubjectNames
{
    // As names are encoded, the widest part first; the builder takes them the other way round.
    private static readonly (AttributeName Attribute, string Type)[] Parts =
    [
        (AttributeName.CertificateSubjectDC, "0.9.2342.19200300.100.1.25"),
        (AttributeName.CertificateSubjectC, "2.5.4.6"),
        (AttributeName.CertificateSubjectST, "2.5.4.8"),
        (AttributeName.CertificateSubjectL, "2.5.4.7"),
        (AttributeName.CertificateSubjectO, "2.5.4.10"),
        (AttributeName.CertificateSubjectOU, "2.5.4.11"),
        (AttributeName.CertificateSubjectCN, "2.5.4.3"),
        (AttributeName.CertificateSubjectTitle, "2.5.4.12"),
        (AttributeName.CertificateSubjectSerialNumber, "2.5.4.5"),
        (AttributeName.CertificateSubjectDNQualifier, "2.5.4.46"),
        (AttributeName.CertificateSubjectUID, "0.9.2342.19200300.100.1.1"),
        (AttributeName.CertificateSubjectEmail, "1.2.840.113549.1.9.1"),
    ];

    /// <summary>The name that the attributes state, or null.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidAttributeValue"/>.</exception>
    public static X500DistinguishedName? Of(AttributeSet stated)
    {
        var builder = new X500DistinguishedNameBuilder();
        var isEmpty = true;
        foreach (var (attribute, type) in Parts.Reverse())
        {
            foreach (var instance in stated.All(attribute).ToArray().Reverse())
            {
                Add(builder, type, ((TextValue)instance.Value).Value);
                isEmpty = false;
            }
        }

        return isEmpty ? null : builder.Build();
    }

    /// <summary>The common name alone.</summary>
    public static X500DistinguishedName Common(string name)
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(name);
        return builder.Build();
    }

    private static void Add(X500DistinguishedNameBuilder builder, string type, string value)
    {
        try
        {
            switch (type)
            {
                case "2.5.4.6":
                    builder.AddCountryOrRegion(value);
                    return;
                case "1.2.840.113549.1.9.1":
                    builder.AddEmailAddress(value);
                    return;
                case "0.9.2342.19200300.100.1.25":
                    builder.AddDomainComponent(value);
                    return;
                default:
                    builder.Add(type, value);
                    return;
            }
        }
        catch (ArgumentException refused)
        {
            throw new KeyreeveException(KeyreeveError.InvalidAttributeValue, $"'{value}' cannot stand in a certificate's subject.", refused);
        }
    }
}

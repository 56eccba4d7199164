using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Core.Objects;

/// <summary>What an X.509 certificate says, as attributes. KMIP 2.1 §4.6 to §4.8, §4.22, §4.61 to §4.63; 1.0 §3.10 to §3.12.</summary>
internal static class CertificateFacts
{
    private static readonly Dictionary<string, (AttributeName Subject, AttributeName Issuer, string Name)> NameParts = new(StringComparer.Ordinal)
    {
        ["2.5.4.3"] = (AttributeName.CertificateSubjectCN, AttributeName.CertificateIssuerCN, "CN"),
        ["2.5.4.10"] = (AttributeName.CertificateSubjectO, AttributeName.CertificateIssuerO, "O"),
        ["2.5.4.11"] = (AttributeName.CertificateSubjectOU, AttributeName.CertificateIssuerOU, "OU"),
        ["1.2.840.113549.1.9.1"] = (AttributeName.CertificateSubjectEmail, AttributeName.CertificateIssuerEmail, "emailAddress"),
        ["2.5.4.6"] = (AttributeName.CertificateSubjectC, AttributeName.CertificateIssuerC, "C"),
        ["2.5.4.8"] = (AttributeName.CertificateSubjectST, AttributeName.CertificateIssuerST, "ST"),
        ["2.5.4.7"] = (AttributeName.CertificateSubjectL, AttributeName.CertificateIssuerL, "L"),
        ["0.9.2342.19200300.100.1.1"] = (AttributeName.CertificateSubjectUID, AttributeName.CertificateIssuerUID, "UID"),
        ["2.5.4.5"] = (AttributeName.CertificateSubjectSerialNumber, AttributeName.CertificateIssuerSerialNumber, "serialNumber"),
        ["2.5.4.12"] = (AttributeName.CertificateSubjectTitle, AttributeName.CertificateIssuerTitle, "title"),
        ["0.9.2342.19200300.100.1.25"] = (AttributeName.CertificateSubjectDC, AttributeName.CertificateIssuerDC, "DC"),
        ["2.5.4.46"] = (AttributeName.CertificateSubjectDNQualifier, AttributeName.CertificateIssuerDNQualifier, "dnQualifier"),
    };

    private static readonly Dictionary<string, DigitalSignatureAlgorithm> SignatureAlgorithms = new(StringComparer.Ordinal)
    {
        ["1.2.840.113549.1.1.2"] = DigitalSignatureAlgorithm.MD2WithRSAEncryption,
        ["1.2.840.113549.1.1.4"] = DigitalSignatureAlgorithm.MD5WithRSAEncryption,
        ["1.2.840.113549.1.1.5"] = DigitalSignatureAlgorithm.SHA1WithRSAEncryption,
        ["1.2.840.113549.1.1.14"] = DigitalSignatureAlgorithm.SHA224WithRSAEncryption,
        ["1.2.840.113549.1.1.11"] = DigitalSignatureAlgorithm.SHA256WithRSAEncryption,
        ["1.2.840.113549.1.1.12"] = DigitalSignatureAlgorithm.SHA384WithRSAEncryption,
        ["1.2.840.113549.1.1.13"] = DigitalSignatureAlgorithm.SHA512WithRSAEncryption,
        ["1.2.840.113549.1.1.10"] = DigitalSignatureAlgorithm.RSASSAPSS,
        ["1.2.840.10040.4.3"] = DigitalSignatureAlgorithm.DSAWithSHA1,
        ["1.2.840.10045.4.1"] = DigitalSignatureAlgorithm.ECDSAWithSHA1,
        ["1.2.840.10045.4.3.1"] = DigitalSignatureAlgorithm.ECDSAWithSHA224,
        ["1.2.840.10045.4.3.2"] = DigitalSignatureAlgorithm.ECDSAWithSHA256,
        ["1.2.840.10045.4.3.3"] = DigitalSignatureAlgorithm.ECDSAWithSHA384,
        ["1.2.840.10045.4.3.4"] = DigitalSignatureAlgorithm.ECDSAWithSHA512,
    };

    private const string SubjectAlternativeName = "2.5.29.17";
    private const string IssuerAlternativeName = "2.5.29.18";

    /// <summary>Reads a certificate, DER.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is none.</exception>
    public static AttributeSet Read(ReadOnlySpan<byte> der)
    {
        try
        {
            using var certificate = X509CertificateLoader.LoadCertificate(der);
            if (certificate.RawDataMemory.Length != der.Length) throw Malformed(null);
            return Read(certificate);
        }
        catch (Exception malformed) when (malformed is CryptographicException or AsnContentException)
        {
            throw Malformed(malformed);
        }
    }

    /// <summary>Whether the attribute is a part of a certificate's names.</summary>
    public static bool IsOfName(AttributeName name) => NameParts.Values.Any(part => part.Subject == name || part.Issuer == name);

    private static AttributeSet Read(X509Certificate2 certificate)
    {
        var serial = certificate.SerialNumberBytes.Span;
        var subject = TextOf(certificate.SubjectName);
        var issuer = TextOf(certificate.IssuerName);
        var attributes = AttributeSet.Empty
            .With(AttributeName.CertificateType, AttributeValue.Of(CertificateType.X509))
            .With(AttributeName.CertificateLength, AttributeValue.Of(certificate.RawDataMemory.Length))
            .With(AttributeName.X509CertificateIdentifier, AttributeValue.Of(
                new StructureField(AttributeField.IssuerDistinguishedName, AttributeValue.Of((ReadOnlySpan<byte>)certificate.IssuerName.RawData)),
                new StructureField(AttributeField.CertificateSerialNumber, AttributeValue.Of((ReadOnlySpan<byte>)EncodedSerial(serial)))))
            .With(AttributeName.X509CertificateSubject, AttributeValue.Of([
                new StructureField(AttributeField.SubjectDistinguishedName, AttributeValue.Of((ReadOnlySpan<byte>)certificate.SubjectName.RawData)),
                .. AlternativeNames(certificate, SubjectAlternativeName, AttributeField.SubjectAlternativeName)]))
            .With(AttributeName.X509CertificateIssuer, AttributeValue.Of([
                new StructureField(AttributeField.IssuerDistinguishedName, AttributeValue.Of((ReadOnlySpan<byte>)certificate.IssuerName.RawData)),
                .. AlternativeNames(certificate, IssuerAlternativeName, AttributeField.IssuerAlternativeName)]))
            .With(AttributeName.CertificateIdentifier, AttributeValue.Of(
                new StructureField(AttributeField.Issuer, AttributeValue.Of(issuer)),
                new StructureField(AttributeField.SerialNumber, AttributeValue.Of(Convert.ToHexString(Magnitude(serial))))))
            .With(AttributeName.CertificateSubject, AttributeValue.Of(
                new StructureField(AttributeField.CertificateSubjectDistinguishedName, AttributeValue.Of(subject))))
            .With(AttributeName.CertificateIssuer, AttributeValue.Of(
                new StructureField(AttributeField.CertificateIssuerDistinguishedName, AttributeValue.Of(issuer))));

        attributes = WithParts(WithParts(attributes, certificate.SubjectName, isSubject: true), certificate.IssuerName, isSubject: false);
        if (certificate.SignatureAlgorithm.Value is { } signature && SignatureAlgorithms.TryGetValue(signature, out var signatureAlgorithm))
            attributes = attributes.With(AttributeName.DigitalSignatureAlgorithm, AttributeValue.Of(signatureAlgorithm));
        return WithPublicKey(attributes, certificate);
    }

    // The whole INTEGER, tag and length included, as OASIS' cases have it.
    private static byte[] EncodedSerial(ReadOnlySpan<byte> serial)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteInteger(serial);
        return writer.Encode();
    }

    private static ReadOnlySpan<byte> Magnitude(ReadOnlySpan<byte> serial)
    {
        while (serial.Length > 1 && serial[0] == 0) serial = serial[1..];
        return serial;
    }

    // spec: KMIP 2.1 §4.62, §4.63 "It MAY include one or more alternative names": each a GeneralName, DER.
    private static IEnumerable<StructureField> AlternativeNames(X509Certificate2 certificate, string extension, AttributeField field)
    {
        if (certificate.Extensions[extension] is not { } names) yield break;
        var sequence = new AsnReader(names.RawData, AsnEncodingRules.DER).ReadSequence();
        while (sequence.HasData) yield return new StructureField(field, AttributeValue.Of((ReadOnlySpan<byte>)sequence.ReadEncodedValue().Span));
    }

    private static AttributeSet WithPublicKey(AttributeSet attributes, X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        using var ecdsa = certificate.GetECDsaPublicKey();
        var (algorithm, length) = (rsa, ecdsa) switch
        {
            ({ } key, _) => (CryptographicAlgorithm.RSA, key.KeySize),
            (_, { } key) => (CryptographicAlgorithm.EC, key.KeySize),
            _ => (CryptographicAlgorithm.NotSet, 0),
        };
        return algorithm == CryptographicAlgorithm.NotSet
            ? attributes
            : attributes
                .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm))
                .With(AttributeName.CryptographicLength, AttributeValue.Of(length));
    }

    private static AttributeSet WithParts(AttributeSet attributes, X500DistinguishedName name, bool isSubject)
    {
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: false))
        {
            if (part.HasMultipleElements || part.GetSingleElementType().Value is not { } type || !NameParts.TryGetValue(type, out var known)) continue;
            if (ValueOf(part) is { } value) attributes = attributes.Add(isSubject ? known.Subject : known.Issuer, AttributeValue.Of(value));
        }

        return attributes;
    }

    // The form in which KMIP 1.x writes names, which is that of RFC 2253: the most specific part first, without blanks.
    private static string TextOf(X500DistinguishedName name)
    {
        var parts = new List<string>();
        foreach (var part in name.EnumerateRelativeDistinguishedNames(reversed: true))
        {
            if (part.HasMultipleElements || ValueOf(part) is not { } value) return name.Name;
            var type = part.GetSingleElementType().Value ?? "";
            parts.Add($"{(NameParts.TryGetValue(type, out var known) ? known.Name : type)}={Escape(value)}");
        }

        return string.Join(',', parts);
    }

    private static string? ValueOf(X500RelativeDistinguishedName part)
    {
        try
        {
            return part.GetSingleElementValue();
        }
        catch (CryptographicException)
        {
            // Of a type that is no text.
            return null;
        }
    }

    // spec: RFC 2253 §2.4
    private static string Escape(string value)
    {
        var escaped = new System.Text.StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var isEdgeBlank = value[i] == ' ' && (i == 0 || i == value.Length - 1);
            if (isEdgeBlank || (i == 0 && value[i] == '#') || value[i] is ',' or '+' or '"' or '\\' or '<' or '>' or ';') escaped.Append('\\');
            escaped.Append(value[i]);
        }

        return escaped.ToString();
    }

    private static KeyreeveException Malformed(Exception? cause) =>
        new(KeyreeveError.InvalidField, "The Certificate Value is no X.509 certificate in DER.", cause);
}

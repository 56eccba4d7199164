namespace Keyreeve.Crypto;

/// <summary>How the two numbers of an ECDSA signature are written.</summary>
public enum EcdsaSignatureFormat
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>A DER SEQUENCE of two INTEGERs (RFC 3279 §2.2.3); what X.509, TLS and KMIP use.</summary>
    Der = 1,

    /// <summary>Both numbers, each as long as the curve's order, one after the other (IEEE P1363); what JOSE uses.</summary>
    P1363 = 2,
}

namespace Keyreeve.Crypto;

/// <summary>Which RSA keys are taken.</summary>
public enum RsaKeyPolicy
{
    /// <summary>Not chosen: refused.</summary>
    Unspecified = 0,

    /// <summary>A modulus of 2048 bits or more (SP 800-131A Rev. 2).</summary>
    Strict = 1,

    /// <summary>A modulus of 512 bits or more: factored in hours to years by whoever cares to. For old data only.</summary>
    InsecureAllowSmallRsa = 2,
}

namespace Keyreeve.Crypto;

/// <summary>What is left of a value that is shown masked.</summary>
public enum MaskRule
{
    /// <summary>Not a rule.</summary>
    None = 0,

    /// <summary>Nothing is left: four asterisks, whatever the value.</summary>
    Everything,

    /// <summary>The last four letters or digits, if the value has at least eight: <c>************1111</c>.</summary>
    LastFour,

    /// <summary>What stands behind the last <c>@</c>: <c>****@example.org</c>.</summary>
    Domain,

    /// <summary>The first letter of each word: <c>A. L.</c></summary>
    Initials,
}

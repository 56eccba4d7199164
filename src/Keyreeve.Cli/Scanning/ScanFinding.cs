using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Keyreeve.Cli.Scanning;

/// <summary>Where something is that should not be there. What it is stands nowhere in it but in a slow, salted hash.</summary>
internal sealed class ScanFinding
{
    private const int Iterations = 100_000;

    private readonly string? _secret;

    public ScanFinding(ScanRule rule, string path, int line, string? secret, string? commit)
    {
        Rule = rule.Name;
        Description = rule.Description;
        Path = path;
        Line = line;
        Commit = commit;
        _secret = secret;
        LengthInCharacters = secret?.Length;
    }

    /// <summary>The rule's name.</summary>
    public string Rule { get; }

    public string Description { get; }

    public string Path { get; }

    /// <summary>The line in the file; 0 for the file itself.</summary>
    public int Line { get; }

    /// <summary>How long the secret is.</summary>
    public int? LengthInCharacters { get; }

    /// <summary>The commit that brought it; null outside of a history.</summary>
    public string? Commit { get; }

    public override string ToString() => $"{Path}:{Line.ToString(CultureInfo.InvariantCulture)} {Rule}";

    /// <summary>
    /// By which a baseline knows it again, wherever in the file it stands. Guessing the secret from it costs 100,000 hashes a guess, and
    /// the same secret elsewhere has another.
    /// </summary>
    public string Fingerprint()
    {
        var salt = Encoding.UTF8.GetBytes($"keyreeve.scan.v1\0{Rule}\0{Path}");
        return Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(_secret ?? "", salt, Iterations, HashAlgorithmName.SHA256, 16));
    }
}

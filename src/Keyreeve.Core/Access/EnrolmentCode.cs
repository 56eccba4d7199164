using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Access;

/// <summary>
/// A one-time code, <c>kr-enrol-XXXX-…</c>: 160 random bits in Crockford's base 32, in groups that can be read aloud. Only
/// its SHA-256 is kept. Letters that are mistaken for digits, blanks and case make no difference: one code, one use.
/// </summary>
public static class EnrolmentCode
{
    private const string Prefix = "kr-enrol-";
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int SizeInBytes = 20;
    private const int Digits = SizeInBytes * 8 / BitsPerDigit;
    private const int BitsPerDigit = 5;
    private const int GroupLength = 4;

    /// <summary>Makes a code.</summary>
    /// <param name="hash">What is kept of it, hexadecimal.</param>
    public static string Generate(out string hash)
    {
        Span<byte> random = stackalloc byte[SizeInBytes];
        try
        {
            CryptoRandom.Fill(random);
            hash = HashOf(random);
            return Write(random);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(random);
        }
    }

    /// <summary>The hash of a code; false if the text does not have the form of one.</summary>
    public static bool TryHash(string text, [NotNullWhen(true)] out string? hash)
    {
        ArgumentNullException.ThrowIfNull(text);
        hash = null;
        Span<byte> bytes = stackalloc byte[SizeInBytes];
        try
        {
            if (!TryRead(text, bytes)) return false;
            hash = HashOf(bytes);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static string HashOf(ReadOnlySpan<byte> code) => Convert.ToHexStringLower(SHA256.HashData(code));

    private static string Write(ReadOnlySpan<byte> bytes)
    {
        var text = new StringBuilder(Prefix);
        var bits = 0;
        var count = 0;
        var digits = 0;
        foreach (var value in bytes)
        {
            bits = (bits << 8) | value;
            for (count += 8; count >= BitsPerDigit; digits++)
            {
                count -= BitsPerDigit;
                if (digits > 0 && digits % GroupLength == 0) text.Append('-');
                text.Append(Alphabet[(bits >> count) & 0x1F]);
                bits &= (1 << count) - 1;
            }
        }

        return text.ToString();
    }

    private static bool TryRead(string text, Span<byte> bytes)
    {
        var rest = text.AsSpan().Trim();
        if (!rest.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)) return false;
        var bits = 0;
        var count = 0;
        var digits = 0;
        var written = 0;
        foreach (var c in rest[Prefix.Length..])
        {
            if (c is '-' or ' ') continue;
            var digit = DigitOf(c);
            if (digit < 0 || ++digits > Digits) return false;
            bits = (bits << BitsPerDigit) | digit;
            count += BitsPerDigit;
            if (count < 8) continue;
            count -= 8;
            bytes[written++] = (byte)(bits >> count);
            bits &= (1 << count) - 1;
        }

        return digits == Digits;
    }

    private static int DigitOf(char c) => char.ToUpperInvariant(c) switch
    {
        'O' => 0,
        'I' or 'L' => 1,
        var upper => Alphabet.IndexOf(upper, StringComparison.Ordinal),
    };
}

/// <summary>What a code stands for until it is used.</summary>
internal sealed record EnrolmentGrant
{
    /// <summary>The kind of the documents; the key is the code's hash.</summary>
    public const string DocumentKind = "enrolment-code";

    public required TenantId Tenant { get; init; }

    public required string Name { get; init; }

    public required GroupName HomeGroup { get; init; }

    public required ImmutableArray<RoleBinding> Bindings { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required string IssuedBy { get; init; }

    /// <summary>Whether the principal exists and gets a new certificate, perhaps for a new key; its rights stay.</summary>
    public bool IsRenewal { get; init; }

    public StoredDocument Seal(DocumentSealer sealer, string hash)
    {
        var content = new CodeContent
        {
            Tenant = Tenant.Value,
            Name = Name,
            HomeGroup = HomeGroup.Value,
            Bindings = BindingContent.Of(Bindings),
            ExpiresAt = ExpiresAt,
            IssuedBy = IssuedBy,
            IsRenewal = IsRenewal,
        };
        return sealer.Seal(DocumentKind, hash, 1, JsonSerializer.SerializeToUtf8Bytes(content, AccessJson.Default.CodeContent));
    }

    public static EnrolmentGrant? Open(StoredDocument document, DocumentSealer sealer)
    {
        if (!sealer.TryOpen(document, out var bytes)) return null;
        var content = JsonSerializer.Deserialize(bytes, AccessJson.Default.CodeContent)!;
        return new EnrolmentGrant
        {
            Tenant = new TenantId(content.Tenant),
            Name = content.Name,
            HomeGroup = GroupName.Parse(content.HomeGroup),
            Bindings = BindingContent.Read(content.Bindings),
            ExpiresAt = content.ExpiresAt,
            IssuedBy = content.IssuedBy,
            IsRenewal = content.IsRenewal,
        };
    }
}

/// <summary>What stands in a code's document.</summary>
internal sealed record CodeContent
{
    public int V { get; init; } = 1;

    public required int Tenant { get; init; }

    public required string Name { get; init; }

    public required string HomeGroup { get; init; }

    public required BindingContent[] Bindings { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required string IssuedBy { get; init; }

    public bool IsRenewal { get; init; }
}

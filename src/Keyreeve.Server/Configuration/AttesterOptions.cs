using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// A machine whose TPM attests for a principal, written in one line:
/// <c>principal=library key=/etc/keyreeve/library-ak.pem pcrs=sha256:0:3d45…,7:65ca…</c>.
/// </summary>
public sealed record AttesterOptions
{
    private const int LastPcr = 23;

    /// <summary>The principal that the machine is.</summary>
    public string Principal { get; init; } = "";

    /// <summary>A file with the public half of its attestation key (PEM), RSA from 2048 bits or P-256, P-384, P-521.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The bank of platform configuration registers that is quoted.</summary>
    public HashAlgorithmName Bank { get; init; } = HashAlgorithmName.SHA256;

    /// <summary>The values that these registers have to have.</summary>
    public ImmutableSortedDictionary<int, ImmutableArray<byte>> Registers { get; init; } = ImmutableSortedDictionary<int, ImmutableArray<byte>>.Empty;

    /// <summary>Reads the line.</summary>
    /// <exception cref="FormatException">It is not such a line; the message says what is.</exception>
    public static AttesterOptions Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var attester = text.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Aggregate(new AttesterOptions(), Apply);
        if (attester.Principal.Length == 0) throw new FormatException("needs 'principal=', whose machine it is");
        if (attester.KeyFile.Length == 0) throw new FormatException("needs 'key=', a file with the public half of the machine's attestation key (PEM)");
        if (attester.Registers.IsEmpty) throw new FormatException("needs 'pcrs=', the values of registers, such as sha256:0:HEX,7:HEX");
        return attester;
    }

    private static AttesterOptions Apply(AttesterOptions attester, string setting)
    {
        var (key, value) = setting.Split('=', 2) is [var k, var v] ? (k, v) : (setting, "");
        return key switch
        {
            "principal" when value.Length > 0 => attester with { Principal = value },
            "key" => attester with { KeyFile = OptionValue.FilePath(value) },
            "pcrs" => WithRegisters(attester, value),
            _ => throw new FormatException($"has no setting '{setting}': there are principal=NAME, key=FILE and pcrs=BANK:NUMBER:HEX,…"),
        };
    }

    private static AttesterOptions WithRegisters(AttesterOptions attester, string value)
    {
        var (bank, list) = value.Split(':', 2) is [var b, var l] ? (b, l) : (value, "");
        var (algorithm, size) = bank switch
        {
            "sha256" => (HashAlgorithmName.SHA256, SHA256.HashSizeInBytes),
            "sha384" => (HashAlgorithmName.SHA384, SHA384.HashSizeInBytes),
            "sha512" => (HashAlgorithmName.SHA512, SHA512.HashSizeInBytes),
            _ => throw new FormatException("has PCRs of a bank: sha256, sha384 or sha512, such as sha256:0:HEX,7:HEX"),
        };
        var registers = attester.Registers.ToBuilder();
        foreach (var entry in list.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (entry.Split(':') is not [var number, var hex] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || index > LastPcr
                || hex.Length != 2 * size || !hex.All(char.IsAsciiHexDigit) || !registers.TryAdd(index, [.. Convert.FromHexString(hex)]))
                throw new FormatException($"has PCRs as NUMBER:HEX, each number from 0 to {LastPcr} once, with {size} bytes: '{entry}'");
        }

        return attester with { Bank = algorithm, Registers = registers.ToImmutable() };
    }
}

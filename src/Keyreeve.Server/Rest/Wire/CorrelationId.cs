using Keyreeve.Crypto;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// Names for requests, by which log, audit trail and answer are joined. Made by the server alone, so that no caller writes into another's
/// records; random, since a number that is counted would tell everybody how much is asked by all the others.
/// </summary>
internal static class CorrelationId
{
    private const int SizeInBytes = 10;
    private const int Head = 12;

    public static string Next() => string.Create((SizeInBytes * 2) + 1, 0, static (text, _) =>
    {
        Span<byte> random = stackalloc byte[SizeInBytes];
        CryptoRandom.Fill(random);
        Convert.TryToHexStringLower(random[..(Head / 2)], text, out int _);
        text[Head] = '-';
        Convert.TryToHexStringLower(random[(Head / 2)..], text[(Head + 1)..], out int _);
    });
}

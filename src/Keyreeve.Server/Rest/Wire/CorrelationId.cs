using System.Security.Cryptography;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// Names for requests, by which log, audit trail and answer are joined: random for the process, counted within it. Made
/// by the server alone, so that no caller writes into another's records.
/// </summary>
internal static class CorrelationId
{
    private static readonly string Process = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
    private static long _count;

    public static string Next() => string.Create(Process.Length + 9, Interlocked.Increment(ref _count), static (text, count) =>
    {
        Process.CopyTo(text);
        text[Process.Length] = '-';
        unchecked((uint)count).TryFormat(text[(Process.Length + 1)..], out _, "x8");
    });
}

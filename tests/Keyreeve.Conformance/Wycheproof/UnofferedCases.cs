using System.Text.Json;

namespace Keyreeve.Conformance.Wycheproof;

/// <summary>
/// Vectors, within files that are run, for a variant that the product does not offer. Each is run all the same, and must be
/// refused; docs/crypto.md repeats the table.
/// </summary>
internal static class UnofferedCases
{
    private static readonly Case[] Cases =
    [
        new("aes_gcm_test.json", (group, _) => group.Number("ivSize") > 1024, "OpenSSL takes GCM nonces of 128 bytes at most"),
        new("ec_prime_order_curves_test.json", (_, test) => test.Text("name") is not ("secp256r1" or "secp384r1" or "secp521r1" or "secp256k1"), "curves that nobody asks for"),
        .. ((string[])["44_sign_seed", "44_sign_noseed", "65_sign_seed", "65_sign_noseed", "87_sign_seed", "87_sign_noseed"]).Select(static kind =>
            new Case($"mldsa_{kind}_test.json", (_, test) => !test.TryGetProperty("msg", out _), "messages that are given as their digest alone")),
        new("aes_xts_test.json", (group, _) => group.Number("keySize") == 384, "IEEE 1619 and SP 800-38E know XTS-AES-128 and -256 only"),
    ];

    public static bool Covers(string file, JsonElement group, JsonElement test) =>
        Cases.Any(c => c.File.Equals(file, StringComparison.Ordinal) && c.Concerns(group, test));

    /// <summary>The files concerned, with the reason.</summary>
    public static IEnumerable<(string File, string Reason)> All => Cases.Select(c => (c.File, c.Reason));

    private sealed record Case(string File, Func<JsonElement, JsonElement, bool> Concerns, string Reason);
}

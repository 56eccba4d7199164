namespace Keyreeve.Conformance.Wycheproof;

/// <summary>The files that no test runs, by name; docs/crypto.md repeats the reasons.</summary>
internal static class WycheproofNotRun
{
    /// <summary>In the folder, but not run, and why.</summary>
    public static IReadOnlyDictionary<string, string> Reasons { get; } = ReadReasons();

    /// <summary>Counted in COUNTS.tsv, but not in the folder; should one come, the count fails until it is run or listed.</summary>
    public static IReadOnlyCollection<string> Absent { get; } = ReadAbsent();

    // One line per reason, so that a reason is written once.
    private static Dictionary<string, string> ReadReasons()
    {
        const string NotOffered = "not offered: AEAD here is AES-GCM and XChaCha20-Poly1305, CCM for protocols";
        const string NoJose = "no JOSE in the product so far";
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["a128cbc_hs256_test.json"] = NotOffered,
            ["a192cbc_hs384_test.json"] = NotOffered,
            ["a256cbc_hs512_test.json"] = NotOffered,
            ["aead_aes_siv_cmac_test.json"] = NotOffered,
            ["aes_gcm_siv_test.json"] = NotOffered,
            ["aes_siv_cmac_test.json"] = NotOffered,
            ["json_web_crypto_test.json"] = NoJose,
            ["json_web_encryption_test.json"] = NoJose,
            ["json_web_key_test.json"] = NoJose,
            ["json_web_signature_test.json"] = NoJose,
        };
        return reasons;
    }

    private static List<string> ReadAbsent()
    {
        var names = new List<string>
        {
            "ecdsa_secp256k1_sha256_bitcoin", "ecdsa_secp256k1_sha256_p1363", "ecdsa_secp256k1_sha256", "ed448",
            "kmac128_no_customization", "kmac256_no_customization", "x448_asn", "x448_jwk", "x448_pem", "x448",
            "rsa_pkcs1_1024_sig_gen", "rsa_pkcs1_1536_sig_gen", "rsa_pkcs1_2048_sig_gen", "rsa_pkcs1_3072_sig_gen",
            "rsa_pkcs1_4096_sig_gen", "rsa_three_primes_oaep_2048_sha1_mgf1sha1",
            "rsa_three_primes_oaep_3072_sha224_mgf1sha224", "rsa_three_primes_oaep_4096_sha256_mgf1sha256",
        };
        foreach (var hash in (string[])["1", "224", "256", "384", "512"])
            names.AddRange(((string[])["128", "192", "256"]).Select(size => $"pbes2_hmacsha{hash}_aes_{size}"));
        return [.. names.Select(name => name + "_test.json")];
    }
}

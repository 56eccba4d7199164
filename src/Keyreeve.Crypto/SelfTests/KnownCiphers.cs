namespace Keyreeve.Crypto;

/// <summary>Known answers of ciphers and key wraps, there and back.</summary>
/// <remarks>Computed with OpenSSL and Python's cryptography, by another program than this.</remarks>
internal static class KnownCiphers
{
    public static IEnumerable<KnownAnswer> All()
    {
        yield return new("AES-128-GCM", static () => Known.Aead(AeadAlgorithm.Aes128Gcm),
            "e1e341c91bec456faa13db6f317c90013d9d546df13b1d9c173013e236e8fc89bcb78f5a464ec5b6a9a33e13c2e6f9ee");
        yield return new("AES-192-GCM", static () => Known.Aead(AeadAlgorithm.Aes192Gcm),
            "7007c7109c366e16de5ed1ae98b3d418fa645c77ef1e6eeaa0ac489202d7cb1a036b6edd25588cd1abdcca3701e3eae8");
        yield return new("AES-256-GCM", static () => Known.Aead(AeadAlgorithm.Aes256Gcm),
            "ad7d055f20ae74da420ee9bc7014e0bf1edf2e75e09b625fae2e44ff0bce0620d73ab6e95ebb3cd72ed58b7911cd0db9");
        yield return new("ChaCha20-Poly1305", static () => Known.Aead(AeadAlgorithm.ChaCha20Poly1305),
            "47ce012d2883b4c880649d7b8b94dd9af32da4da3146409086f8b9c80507b02da815cca7bdcb79235b96ae7103d67490");
        yield return new("XChaCha20-Poly1305", static () => Known.Aead(AeadAlgorithm.XChaCha20Poly1305),
            "d5a7760df5b7fbcb132f48a1bc3c888925345fc08ffa3dd84d3a5dcf49c88678d40aec8a8176ce9148a301a1af4bb250");
        yield return new("AES-256-CCM", static () => Known.With(32, Known.Ccm),
            "18b59b97612a016fdefedb5287d62fae1511f557a49b7bd8c080fdf42f010d6f5bb7bde7bf425fa04ed1b7cd4beb2d0f");
        yield return new("AES-256-CBC", static () => Known.With(32, static key => Known.Both(AesCbcMode.Encrypt(key, Known.Iv, Known.Message, BlockPadding.Pkcs7), c => AesCbcMode.TryDecrypt(key, Known.Iv, c, BlockPadding.Pkcs7, out var p) ? p : null)),
            "297ee83df4ee80a3114191868ce3a310576a8412c7236f243d40766db1eca32b9d2a14342f7a17be441f0f71fb1200a8");
        yield return new("AES-256-CTR", static () => Known.With(32, static key => Known.Both(AesCtrMode.Transform(key, Known.Iv, Known.Message), c => AesCtrMode.Transform(key, Known.Iv, c))),
            "97fa788f13dd0a682f2086ea7c65cc818fa29c740e6db51bdeaa9af31355a0be");
        yield return new("AES-256-XTS", static () => Known.With(64, static key => Known.Both(AesXtsMode.Encrypt(key, Known.Iv, Known.Message), c => AesXtsMode.Decrypt(key, Known.Iv, c))),
            "b629ec011571f5003153ab3d04c3d9053477484249a3c0cf58f0b3cd093558fc");
        yield return new("AES-256-ECB", static () => Known.With(32, static key => Known.Both(InsecureAesEcb.Encrypt(key, Known.Message, BlockPadding.None), c => InsecureAesEcb.TryDecrypt(key, c, BlockPadding.None, out var p) ? p : null)),
            "81ab2886cc51bd69521658b15f175a2bd09cb3fdee7a704f824582307508008f");
        yield return new("AES-256-CFB", static () => Known.With(32, static key => Known.Both(InsecureAesFeedbackMode.Encrypt(FeedbackMode.Cfb, key, Known.Iv, Known.Message), c => InsecureAesFeedbackMode.Decrypt(FeedbackMode.Cfb, key, Known.Iv, c))),
            "97fa788f13dd0a682f2086ea7c65cc812355de97bbccf1844304b589c88e49a0");
        yield return new("AES-256-OFB", static () => Known.With(32, static key => Known.Both(InsecureAesFeedbackMode.Encrypt(FeedbackMode.Ofb, key, Known.Iv, Known.Message), c => InsecureAesFeedbackMode.Decrypt(FeedbackMode.Ofb, key, Known.Iv, c))),
            "97fa788f13dd0a682f2086ea7c65cc8159ae95ab3f4a201b064baa33f5c4ad14");
        yield return new("TDEA-CBC", static () => Known.TripleDes(),
            "162c35fe006ceb97ecc8e71730415a403597e6a056ef98827972bb84911da082");
        yield return new("Camellia-256-CBC", static () => Known.National(NationalBlockCipher.Camellia, 32),
            "ee743684888315c8afae6a98bbb8e7d1a313700bfb9b91a08892262bacbeac70");
        yield return new("ARIA-256-CBC", static () => Known.National(NationalBlockCipher.Aria, 32),
            "bfc961947a178646c5dbd537612cb1c9d1edf8b064670c72c40fa19c20689f80");
        yield return new("SM4-128-CBC", static () => Known.National(NationalBlockCipher.Sm4, 16),
            "321c198cee6d5b38c9d96d923c8e145716b3af7ef0062189ebe07acf39a199e9");
        yield return new("ChaCha20", static () => Known.With(32, static key => InsecureChaCha20.Transform(key, Known.Iv[..12], 1, Known.Message)),
            "47ce012d2883b4c880649d7b8b94dd9af32da4da3146409086f8b9c80507b02d");
        yield return new("AES-256-KW", static () => Known.With(32, static key => Known.Wrap(AesKeyWrap.Wrap, Known.Unwrap, key, Known.Message)),
            "7593756b68fdc51995335bb3a46974ac4274d718687bfc8e14b410a45eba6b5e6afaf1e6bdc1a34e");
        yield return new("AES-256-KWP", static () => Known.With(32, static key => Known.Wrap(AesKeyWrapWithPadding.Wrap, Known.UnwrapPadded, key, Known.Message[..20])),
            "960f9229fb18c1cc8d69e7c792d51e31424854f1409f52d4edd7fe74f844fab7");
    }
}

namespace Keyreeve.Crypto;

/// <summary>Known answers of key pairs: signatures, encryption, agreement.</summary>
/// <remarks>Computed with OpenSSL and Python's cryptography, by another program than this.</remarks>
internal static class KnownPairs
{
    public static IEnumerable<KnownAnswer> All()
    {
        yield return new("RSA-2048 PKCS#1 v1.5 SHA-256", static () => KnownRsa.Run(static key => RsaPkcs1Signature.Sign(key, DigestAlgorithm.Sha256, Known.Message)),
            "8ff1eec1177a78758275442887934a8478886439e4280ed7a6700e572d9bc89ac194ed0f677a4bce487737aab5fabc569364e891aee1698499173acd"
            + "5dd632c2f1641cab673ec50d94b6dc28e3204c801e41ac115b21a25fa2608df52c0161773aaec5d356b2ba61925db710272b0aa3aa9fa8a3c4377a89"
            + "ad3c12661e00efd91b64b710be754355c2f6db3698978cf75dbb9f499ababa44139a09481b4960c1407cde5fff4d8bca41283ce64d144b77e577dd14"
            + "1174b51c3c48e5bffc10c85e76a28b6a58ef30d80a61e98b059e04b5a2b6abcecef394d0b4a79d1f46853e854ebb3a648d0be9adc5fe6466d3b0bb3b"
            + "f2ce809caf5f97a7b9d5219d3ff77bae");
        yield return new("RSA-2048 PSS SHA-256", static () => KnownRsa.Run(KnownRsa.Pss),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("RSA-2048 OAEP SHA-256", static () => KnownRsa.Run(KnownRsa.Oaep),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("RSA-2048 PKCS#1 v1.5 decryption", static () => KnownRsa.Run(KnownRsa.Pkcs1),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ECDSA P-256", static () => KnownCurves.Verifies(EllipticCurve.P256, DigestAlgorithm.Sha256,
            "3045022100f4184adea769b6995070b594b75dbb740fa7d224ff587ae77a9ff749e5822e610220580a4dd8105d67f445ec8f8ad75af6c4851c4b50c8"
            + "8f03e026ae0c3cf4a85156"),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ECDH P-256", static () => KnownCurves.Agrees(EllipticCurve.P256,
            "04056f9acf0dde5560973e4a425e1616b0288c0375123c0d5a86d421da672d4891e39b855ff02c0a5884be0541b9d1970b9e3605f86d72cb1473ffed"
            + "6655d95105"),
            "c33e76d9a365c77665ebb4b2d9c915bd60b271d78bd604d6ec95046ca99bd913");
        yield return new("ECDSA P-384", static () => KnownCurves.Verifies(EllipticCurve.P384, DigestAlgorithm.Sha384,
            "30650231008c4b8ea7f4d801d1a4d5a1d4fef50a6e38e9bdfb7f277d9c90f9559822826e9286c22174eca741a05618ac6f5249d900023023abd353c4"
            + "96b6a486abc748a6a5ad3afd64108990971f230f15d71c3f0a1fb7a7d867c931ea4893463759e5e496d4a7"),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ECDH P-384", static () => KnownCurves.Agrees(EllipticCurve.P384,
            "045ce0b3e33e40ce555c79b41ceab17508b5133cdc2851f6e47e46702830c62750c4023e607c2149007819c38da942274444bd8976ba4e9b07dc24f0"
            + "665cc6d120e1332cffadac5d894f5adba3974934d14b46d38b7665afe897e4a0dbb4075c2f"),
            "8d9f1537ee891500be582e53d96e6a586c007fbd8cf41ce40347e0b39b11e3d41329f3d6acfd89feb699e44a90ada8a6");
        yield return new("ECDSA P-521", static () => KnownCurves.Verifies(EllipticCurve.P521, DigestAlgorithm.Sha512,
            "308188024200e906ba233026a1db5ebb1f8881505bbd4ad4fd7f2fc3b95994c40fcd2472fd196086e2c72ec014f77e42f155364f50a93e974dc7fc0d"
            + "67cb4e7af6e186fe4113170242019790191a4791316c4db15a85c5256d362ad921934e0fd52228adc81964a7b982974a409b2a5d6881c4b567993099"
            + "d881e33db7f3f7971f4ce09f02033c1ba7fe63"),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ECDH P-521", static () => KnownCurves.Agrees(EllipticCurve.P521,
            "0400c6bf4d05c2108990440badd414452094047022c231ea2344a7d5f74764749a58532e2c558d73f56d737122f554e025a6867f27e6aa44dd66f151"
            + "3d4466aaf4ec0f00fcf5fd3a07df4838a19b0d44c481667b2e81e6b808920954ce61cf30ffd04928cbbad4650902ab1025773281aeb601072d41a50d"
            + "a730adaaec9a3b53433b3b7a6b"),
            "016e1e867e69b58748156c70323b141b4904b31f257c2ebddcee113b4af38c2df7f997d1ffcb5d5447e3d9d418889b8cec0bc8da7b589ca86575ab95"
            + "fbb9735500d0");
        yield return new("ECDSA secp256k1", static () => KnownCurves.Verifies(EllipticCurve.Secp256k1, DigestAlgorithm.Sha256,
            "3045022018341eb8a792d394db87c65542c1eb4144c81f87be49a17fedda99b87ff2fd82022100f8e5b3d19d321fad6a8051c598a51a55b5e0c0b920"
            + "ca4e02a8ce15ff294cfa1a"),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ECDH secp256k1", static () => KnownCurves.Agrees(EllipticCurve.Secp256k1,
            "0474e86b34f68c57dbb4e01c2742b483394d3caba2a966ae4e498d59bbc46f21d7afe27b32353a5d91aa1f221373766eb4cd2196818bbc8b187b22b5"
            + "afab89439c"),
            "b3de5dbef8d802eb18005098900c3ac5900f9e80cb18f2586249b640cb53ad02");
        yield return new("Ed25519", static () => KnownCurves.Signs(EdwardsCurve.Ed25519),
            "63f83f6138805e6afb83036d268939c0c3dfa317153dc2e564868d33aedad27ca2824cbea6578635f6d4a3a6b80395dfa1c77cc6ffe1de1a463ef3fb"
            + "71a40108");
        yield return new("Ed448", static () => KnownCurves.Signs(EdwardsCurve.Ed448),
            "0ceb963fa2d43762cef0b106f84819b7bcd153f904a4b2ff75972d63301913a1dede6a0f9b114f6cf012631dadd02b84b29527f1bef6f3ff8087bf05"
            + "18ba12df0639d2da8ac4fa932628348af37f5c5d4ea4a21827ef0347fa871ae6d84808370d7ddfd950361e04c485cc9b1806cae12f00");
        yield return new("X25519", static () => KnownCurves.Agrees(MontgomeryCurve.X25519, "358072d6365880d1aeea329adf9121383851ed21a28e3b75e965d0d2cd166254"),
            "9663aa1da97e848a914a436d04163dfbb89178f107f1b5b77ed3854203382854");
        yield return new("X448", static () => KnownCurves.Agrees(MontgomeryCurve.X448, "9a808b8365ea55221a92f5b6234c027078270f4a8097a7dc8ad471268662c942568cc425c4f2ca2e6666b7be23ed3926fac9349d58340262"),
            "35240029d1bb1b07c5b5c04adb096be2808b30a7a769a2a7bfc4d1ce2402903721de394ff8d46d1abce7ec4f101eb68d31af8b0f070338a9");
    }
}

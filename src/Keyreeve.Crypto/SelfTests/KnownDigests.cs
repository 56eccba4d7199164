namespace Keyreeve.Crypto;

/// <summary>Known answers of digests, message authentication and key derivation.</summary>
/// <remarks>Computed with OpenSSL and Python's cryptography, by another program than this.</remarks>
internal static class KnownDigests
{
    public static IEnumerable<KnownAnswer> All() => [.. Digests(), .. Macs(), .. Derivations()];

    private static IEnumerable<KnownAnswer> Digests()
    {
        yield return new("SHA-1", static () => StreamingDigest.Compute(DigestAlgorithm.Sha1, Known.Message),
            "d7e13978bd877293ea24205122797a30c69157be");
        yield return new("SHA-224", static () => StreamingDigest.Compute(DigestAlgorithm.Sha224, Known.Message),
            "72ad7f8355e97bdcd1ae743ff211ee35e9b4825d58b7f8996000627d");
        yield return new("SHA-256", static () => StreamingDigest.Compute(DigestAlgorithm.Sha256, Known.Message),
            "ef2c6fd1dff877d0330e2c4f9032f3c124fc664b84b3bb7ee2951de5c2914cc8");
        yield return new("SHA-384", static () => StreamingDigest.Compute(DigestAlgorithm.Sha384, Known.Message),
            "6d4804bd65e28f07c9cffbccd2fcb1d19badfe70663e6ba26651154e56d90e7e13ada59958476c8734bd28f40a548e06");
        yield return new("SHA-512", static () => StreamingDigest.Compute(DigestAlgorithm.Sha512, Known.Message),
            "14f1fe30c3a92557c9820bc51a5988112778c3e0f1816d93d37e6bc5bd8847891991d07b669829c0ea1d7a21d06f748326c0f349c510ba2f803014ac"
            + "0ae22b03");
        yield return new("SHA-512/224", static () => StreamingDigest.Compute(DigestAlgorithm.Sha512_224, Known.Message),
            "482e1cfff0242d03e03ba3792c1ed8c96e3745fa52e225c2968e1130");
        yield return new("SHA-512/256", static () => StreamingDigest.Compute(DigestAlgorithm.Sha512_256, Known.Message),
            "6053510929663513a5ed640148e70806d839aa2b7059da5514f27d270d77ddee");
        yield return new("SHA3-224", static () => StreamingDigest.Compute(DigestAlgorithm.Sha3_224, Known.Message),
            "7e35479a4999d6b60302e85bd02316945c890cc1953510efc99df156");
        yield return new("SHA3-256", static () => StreamingDigest.Compute(DigestAlgorithm.Sha3_256, Known.Message),
            "105aaae37f997960e452fb9f4c3329651c88ced5c7afabf6ca821555bf85caae");
        yield return new("SHA3-384", static () => StreamingDigest.Compute(DigestAlgorithm.Sha3_384, Known.Message),
            "39d51023294d9f286d24a300230a87bb8d8336e69c7b889a7571a1b3f7c801b6d8ca79ded3b38b14cb19aa35429a28c6");
        yield return new("SHA3-512", static () => StreamingDigest.Compute(DigestAlgorithm.Sha3_512, Known.Message),
            "af73c2bb11b83bc276beaa41623e3f59ff8706717c40bfd35fb0dc0855ebf99e7ec5b0df652652ecf5e0aac8d9384aee5f7fe9488045b1dd3eac237d"
            + "13bbb5dd");
    }

    private static IEnumerable<KnownAnswer> Macs()
    {
        yield return new("HMAC-SHA-1", static () => Known.Hmac(DigestAlgorithm.Sha1),
            "f0949adb808e8f17ac23e6672539ea7d7cd278a1");
        yield return new("HMAC-SHA-224", static () => Known.Hmac(DigestAlgorithm.Sha224),
            "ef53be4a1cec9925edf02849132d9a40e63d2ca24a8da29afe85c257");
        yield return new("HMAC-SHA-256", static () => Known.Hmac(DigestAlgorithm.Sha256),
            "baa58b73973e1329a97ed1819473ac2a5e8f783352f0cb5d9e8c921a8ded8bd7");
        yield return new("HMAC-SHA-384", static () => Known.Hmac(DigestAlgorithm.Sha384),
            "8803e15e50c476f20a3984e23aa34974ef32c61ca37bc4e4d81a5106e98c6db5b3f0d5a8ef99c9f1c8df25b047e0c970");
        yield return new("HMAC-SHA-512", static () => Known.Hmac(DigestAlgorithm.Sha512),
            "ed558de2fdc137ee11cf90259bd468c6c78122fb25746a481d4618100038081170e9f3d45f0055bd9e37e948568ea13aefd06fc9b99b0ddc8786714c"
            + "361729f5");
        yield return new("HMAC-SHA-512/224", static () => Known.Hmac(DigestAlgorithm.Sha512_224),
            "e22eb588e2c8510f5f98711ebeba44359950e8847a2252c3d4882b1c");
        yield return new("HMAC-SHA-512/256", static () => Known.Hmac(DigestAlgorithm.Sha512_256),
            "b59ad0a54ee9b1bbc08d0f676b4bc533dabf274ab734a0da889197becaeed473");
        yield return new("HMAC-SHA3-224", static () => Known.Hmac(DigestAlgorithm.Sha3_224),
            "325c3d26458922f67eefbf389b64c118fd8b24e88bfefed8b37f84a8");
        yield return new("HMAC-SHA3-256", static () => Known.Hmac(DigestAlgorithm.Sha3_256),
            "ccd3ff0dd2042a37e14a4f21dba6cbd334872f93ec53e7e25145a4d1bf27a7de");
        yield return new("HMAC-SHA3-384", static () => Known.Hmac(DigestAlgorithm.Sha3_384),
            "8fc8b74021405cf0fa3ef5ad02349af69845159d89ebc55d6e317138ba726d67b2523e1b44111fbacb35553b876731f4");
        yield return new("HMAC-SHA3-512", static () => Known.Hmac(DigestAlgorithm.Sha3_512),
            "87a55c0ee4c8e17d47d63307db01aa43bc70423291412a17e23a45c88bf1a6df2a05d7f5a3ae71c500c4840b1724deab38a83daab501eebf033e04d3"
            + "ee6d8da0");
        yield return new("AES-256-CMAC", static () => Known.With(32, static key => AesCmac.Compute(key, Known.Message)),
            "57a2c39c802f9b9f4d008a43878e2c78");
        yield return new("AES-256-GMAC", static () => Known.With(32, static key => AesGmac.Compute(key, Known.Iv[..12], Known.Message)),
            "120f902fcded796ee618029ad339f582");
        yield return new("AES-256-CBC-MAC", static () => Known.With(32, static key => InsecureCbcMac.Compute(key, Known.Message)),
            "4c9a8cc431dacae173080081ee066cd7");
        yield return new("TDEA-CMAC", static () => Known.Mac(InsecureTripleDesCmac.Start, Known.TripleDesKey),
            "cba251c6d6d65927");
        yield return new("Poly1305", static () => Known.Mac(InsecurePoly1305.Start, Known.KeyBytes(32)),
            "bf1304bad9be58e4cd90c60fe316da13");
    }

    private static IEnumerable<KnownAnswer> Derivations()
    {
        yield return new("HKDF-SHA-256", static () => Known.With(32, static key => Known.Bytes(Hkdf.Derive(DigestAlgorithm.Sha256, key, Known.Iv, "info"u8, 42))),
            "2f7fccfc937d6a4cc8f1ba7951b856233f10e78a6afa5f53f4ccce1d21a5118ae843120cd633c793d24d");
        yield return new("PBKDF2-HMAC-SHA-256", static () => Known.With(32, static key => Known.Bytes(Pbkdf2.Derive(DigestAlgorithm.Sha256, key, Known.Iv, 1000, 32))),
            "ade22b7c4a9d1ba027bbbaa8fe6b8f408c2751972a6a7c8e0e4a66c38e251bee");
        yield return new("scrypt", static () => Known.With(32, static key => Known.Bytes(Scrypt.Derive(key, Known.Iv, new ScryptParameters(16, 8, 1), 32))),
            "f7520ae9bce606dd0b54f560d9aa9f1cbef7a8cdfd274429040062485b153f47");
    }
}

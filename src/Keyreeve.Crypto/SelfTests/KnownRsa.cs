namespace Keyreeve.Crypto;

/// <summary>The known answers of RSA: a key that is used for nothing else, and what was signed and encrypted with it.</summary>
internal static class KnownRsa
{
    private const string Pkcs8 =
        "308204be020100300d06092a864886f70d0101010500048204a8308204a40201000282010100db1914a588172740e4ef04395ac9e122fff1bab169eb"
        + "e7046d8b06256ea212a8db8ac026650721c4beb1ba815e696066ec19ca0289bc5c0e6d767e7031667c049766ecdf512da04cfd521d51b30599adaf62"
        + "1dc8d64965e334c4c5336e4cfd143181e2f22de617e07859b0cec28bcbd3c0b4a39db73ec1b59cd259926d3eb034c5093b205004ee739be17175ae23"
        + "eed1573e2755d69de86c83ab5e2e322b2cce63f04c90a4a127544f184d369daf78b2ba9c25f01b1943273378e28cf634e91fbfb3d5a1214236de98dc"
        + "441d0777ab2a421957f20fd05b875e029fdeca4c956ac81b33f18fbe81ba577768fffd617b3bd7244eb7e3201919de7b1db9782d1e11020301000102"
        + "82010053be52e37050753afb261685bb9b6537a4ff669df03ff035838f3b62ac563b6e9a377ef94ded3b6d817bda2f1f80848de2597b1a9c3dc82be5"
        + "900084ee84df0b3c396579780449fc9368c2f71ac79db542cf6c55fafde3f9438ea05767a5faa7b0c296157e10aff8a6d7955a7a06c7fa20728b0539"
        + "e8bd4ea6e9c9bdcb8ec5f7385228a78b4f15db723bfc18a4152fc3c5bba4976ca20c3cf795b0964a7007e7a47c0e27f5395c499891f94d8b246e0aa3"
        + "5df6560aed02659976d3aaff0e0d6e273bbd90a5cddcda440afa901a4db29185d081779b550a29e4c00453363a701f07242652152afcbb2c9fe03364"
        + "877adf74e170968aea2d2249b3afdcf2eee93702818100f6fb3796cefb596e41f53ed59c8796efb703e470ca49bbe3387bcd0d6b5e31fbfae4e08a9f"
        + "5c240643c0702f61a41a1158822bccf9e33cc2b59651900c8ab45d04d6ff9c2f2468f9761dec119b302469cde6aa313ad930fb15947f883ee5e9dcb8"
        + "be08759638725f96f0e438d080159dd6291b506ba339accff6579f8902067702818100e31935b6cf034e33e5703fc2f1210341cb3d0320b8151bef23"
        + "fc7deb912dee61f7ef72f3cf687d9edd191ae8a469fe1952c4043e99083a168ea6bbbfce76e72cdafc04c164fb3aad93b874cd5d642889e2fc2b31d1"
        + "8cf3c54e13d81a38c9bdf8a64465c5345cfe2db46e0b4afe1b1be478bccde96fc3b7362b0447b25e8639b70281806184fe05110313e3c22d68bb058c"
        + "501fa4bee7b3555c59d0b51bc4f258839feee3b8fda41e9a4e2b1f135bf88970374ec408d9ec9c7a8a22437af00795bc2acd53bce4beb1aa89bc7e54"
        + "00434f6869e85101940fce31b5f25e29fd5539a8a4779f8681669483033e152656a6cc44d6c434ac94796396d68e12ab2d1bf40815af02818100b63e"
        + "b7e56191a4836f1fba7b85a85985c644cb2ac9af5f00755f9de99a5342d769f1c5cd34e804cfa55d0d441f15542e1c4663a59c87869e2d924e5f29a0"
        + "2ffac62db2df445b7c866962809181ddebce63d2bc1339b824b474e8e5e67d262106d6df52d0842a106cbb3c08620133de19666f15cbbcbe525becff"
        + "7d4dfe1f375702818100d3bf268280896bd92c22abdc26c152d7b778dd4442c4a7975778c458bda9ef34633f113020d132e9e79da8ac5112260044d7"
        + "18ee4077c00122d5ab57f312c6fd56a6cdd1b15a0c43a3cc274d29eaaf1124c83ea660fa40e523c20c15874fb6655d0cfbc454b16996564e3cad2e20"
        + "71b7375a09d19f2f1774889d07a3d0d951ef";

    private const string PssSignature =
        "d500d38a346e909b7dc44c43d26c03006f234968964e3515f9de6db5d811876db0683eed7a5f3c83a32db8128393a1c3329ca1ffad545fb352152f08"
        + "ddcc05efa756df62a235f4cde70a79e0878e671d40ec974517e35f72eec7469d362c40461f7f1722c332269d5b924756bf28fa55ad61729c0f92bf58"
        + "66626f10da08be7723f9982c4c431af351e64139f356c77e906357c4fc949a80328a332d62fd232df051c344efb239cbdf2ff0141ae0a8a560979f1f"
        + "38524340b840eda8804da27e4b12557ce31dbb63f4986df9605e5a2fcd12c303d82be7a16c133be2070f7fb50a4a4a511b6f3f78098abce909d6c61b"
        + "b0b0481c5c05f03b8dc8c0d17f7f3c98";

    private const string OaepCiphertext =
        "d13f80d2da05729168a4e24a8693880c0f160edf78356ffa8ec3279b76873cae8ebe974cee7b9fe608ded1defafae35f131859ca7800a3ea711bf365"
        + "1c869cfc7fda9617dfe8053c8fb90c10830c1da98e46a348540c7a3898cff7e093461f5b1c5dc82ad35025e8f5b15874c7cabb9c6f524beb124e4704"
        + "5c005a30256667c11be8c9da2a6d63e0e4bfa361648507a86c88467f2bc9f8af58c93c071f57b27d56a4e19961a4f12b3f64004185ef488f18d2e66b"
        + "db9250d1695f4ee5c5635b88cf9a0cb11a7d79b806d8abf1a00134c43cdf8fff24392cd7e460a153d04b38c1ddca60305a9bd648b2d8cb1e8b93d27e"
        + "dcffe6c2432835abd0c286d35d843377";

    private const string Pkcs1Ciphertext =
        "7925586514ec15d262cb3a187d76784acfc47a4c5227c86bbaa382a30bae4dffc5eb9773196c3f1f02f2cfba46e7a1a527d422cb3ea9bc113927fb12"
        + "8cda53043be63bec12064a1082553b41c07b73c6af65d24f5a18e563193879255a457c788fd2b1e41216b9aacac27ffef1f9198c2739ca8e00cc1d13"
        + "823f394ec7a29dbe012c2c1f25e2ee5cffebeebaecb36bf2993b0f5ceb07e7d324f1e8f2672fb64925818702bbed42d72ea62b2a0d7dee9303ba30c0"
        + "cb886324ce6b8d716e7df05e400ff4716c6155cb183ce6c27072144ca52aba5023a94dde63d52987e89ebdf23dcd4c8039e86183af3488919ef0b315"
        + "60f424007b08c75ab7f83a9e156580a6";

    private static readonly RsaPssParameters PssParameters = new(DigestAlgorithm.Sha256, DigestAlgorithm.Sha256, 32);

    /// <summary>Does something with the key.</summary>
    public static byte[] Run(Func<RsaPrivateKey, byte[]> work)
    {
        using var pkcs8 = SecretBytes.CopyFrom(Convert.FromHexString(Pkcs8));
        // It was checked when it was written down here; the test of its primes would take longer than all the rest.
        using var key = RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8);
        return work(key);
    }

    /// <summary>The message, if the known signature and a new one verify.</summary>
    public static byte[] Pss(RsaPrivateKey key) => Known.Proven(
        RsaPss.Verify(key.PublicKey, PssParameters, Known.Message, Convert.FromHexString(PssSignature))
        && RsaPss.Verify(key.PublicKey, PssParameters, Known.Message, RsaPss.Sign(key, PssParameters, Known.Message)));

    /// <summary>The message, decrypted, if it is the same after another encryption.</summary>
    public static byte[] Oaep(RsaPrivateKey key)
    {
        var parameters = RsaOaepParameters.Default(DigestAlgorithm.Sha256);
        if (!RsaOaep.TryDecrypt(key, parameters, Convert.FromHexString(OaepCiphertext), out var opened)) return [];
        var message = Known.Bytes(opened);
        return RsaOaep.TryDecrypt(key, parameters, RsaOaep.Encrypt(key.PublicKey, parameters, message), out var again) ? Known.Bytes(again) : [];
    }

    /// <summary>The message, decrypted.</summary>
    public static byte[] Pkcs1(RsaPrivateKey key) =>
        InsecureRsaPkcs1Encryption.TryDecrypt(key, Convert.FromHexString(Pkcs1Ciphertext), out var opened) ? Known.Bytes(opened) : [];
}

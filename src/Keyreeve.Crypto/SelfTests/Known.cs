namespace Keyreeve.Crypto;

/// <summary>What the known answers are answers to, and what their computations have in common.</summary>
internal static class Known
{
    /// <summary>The message of all.</summary>
    public static ReadOnlySpan<byte> Message => "Keyreeve known answer, 32 bytes!"u8;

    /// <summary>The IV of all; cut where it is shorter.</summary>
    public static ReadOnlySpan<byte> Iv => [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf];

    /// <summary>Three different keys of DES.</summary>
    public static byte[] TripleDesKey => Convert.FromHexString("0123456789abcdef23456789abcdef01456789abcdef0123");

    /// <summary>A key that counts up from 0.</summary>
    public static byte[] KeyBytes(int size) => [.. Enumerable.Range(0, size).Select(static i => (byte)i)];

    /// <summary>The same, for whoever disposes of it.</summary>
    public static SecretBytes Key(int size) => SecretBytes.CopyFrom(KeyBytes(size));

    /// <summary>Does something with that key.</summary>
    public static byte[] With(int keySize, Func<SecretBytes, byte[]> work)
    {
        using var key = Key(keySize);
        return work(key);
    }

    /// <summary>The bytes of something that is no secret; it is disposed of.</summary>
    public static byte[] Bytes(SecretBytes open)
    {
        using (open)
        {
            using var lease = open.Reveal();
            return lease.Span.ToArray();
        }
    }

    /// <summary>The message if something held, and nothing if not.</summary>
    public static byte[] Proven(bool holds) => holds ? Message.ToArray() : [];

    /// <summary>The ciphertext, if it gives the message back.</summary>
    public static byte[] Both(byte[] ciphertext, Func<byte[], byte[]?> back) => Message.SequenceEqual(back(ciphertext)) ? ciphertext : [];

    public static byte[] Hmac(DigestAlgorithm digest) => Mac(key => StreamingMac.StartHmac(digest, key), KeyBytes(32));

    public static byte[] Mac(Func<SecretBytes, StreamingMac> start, byte[] keyBytes)
    {
        using var key = SecretBytes.CopyFrom(keyBytes);
        using var mac = start(key);
        mac.Update(Message);
        return mac.Final();
    }

    /// <summary>Ciphertext and tag, if they open and nothing else does; the nonce of XChaCha20 counts up from 0.</summary>
    public static byte[] Aead(AeadAlgorithm algorithm)
    {
        using var material = Key(algorithm.KeySizeInBytes);
        using var key = new AeadKey(algorithm, material);
        var nonce = algorithm == AeadAlgorithm.XChaCha20Poly1305 ? KeyBytes(24) : Iv[..algorithm.NonceSizeInBytes].ToArray();
        var sealedMessage = new byte[Message.Length + algorithm.TagSizeInBytes];
        var ciphertext = sealedMessage.AsSpan(0, Message.Length);
        var tag = sealedMessage.AsSpan(Message.Length);
        key.Encrypt(nonce, Message, "aad"u8, ciphertext, tag);
        var opened = new byte[Message.Length];
        if (!key.TryDecrypt(nonce, ciphertext, tag, "aad"u8, opened) || !Message.SequenceEqual(opened)) return [];
        return key.TryDecrypt(nonce, ciphertext, tag, "aaf"u8, opened) ? [] : sealedMessage;
    }

    public static byte[] Ccm(SecretBytes key)
    {
        var sealedMessage = new byte[Message.Length + 16];
        var ciphertext = sealedMessage.AsSpan(0, Message.Length);
        var tag = sealedMessage.AsSpan(Message.Length);
        AesCcmMode.Encrypt(key, Iv[..13], Message, ciphertext, tag, "aad"u8);
        var opened = new byte[Message.Length];
        return AesCcmMode.TryDecrypt(key, Iv[..13], ciphertext, tag, opened, "aad"u8) && Message.SequenceEqual(opened) ? sealedMessage : [];
    }

    public static byte[] TripleDes()
    {
        using var key = SecretBytes.CopyFrom(TripleDesKey);
        var ciphertext = InsecureTripleDes.Encrypt(TripleDesMode.Cbc, key, Iv[..8], Message, BlockPadding.None);
        return Both(ciphertext, c => InsecureTripleDes.TryDecrypt(TripleDesMode.Cbc, key, Iv[..8], c, BlockPadding.None, out var opened) ? opened : null);
    }

    public static byte[] National(NationalBlockCipher cipher, int keySize)
    {
        using var key = Key(keySize);
        using var encryption = NationalBlockCipherMode.StartEncryption(cipher, UnauthenticatedMode.Cbc, key, Iv, BlockPadding.None);
        if (!NationalBlockCipherMode.TryRun(encryption, Message, out var ciphertext)) return [];
        return Both(ciphertext, c =>
        {
            using var decryption = NationalBlockCipherMode.StartDecryption(cipher, UnauthenticatedMode.Cbc, key, Iv, BlockPadding.None);
            return NationalBlockCipherMode.TryRun(decryption, c, out var opened) ? opened : null;
        });
    }

    public static byte[] Wrap(Func<SecretBytes, SecretBytes, byte[]> wrap, Func<SecretBytes, byte[], SecretBytes?> unwrap, SecretBytes kek, ReadOnlySpan<byte> value)
    {
        using var key = SecretBytes.CopyFrom(value);
        var wrapped = wrap(kek, key);
        using var back = unwrap(kek, wrapped);
        return back is not null && back.Equals(key) ? wrapped : [];
    }

    public static SecretBytes? Unwrap(SecretBytes kek, byte[] wrapped) => AesKeyWrap.TryUnwrap(kek, wrapped, out var key) ? key : null;

    public static SecretBytes? UnwrapPadded(SecretBytes kek, byte[] wrapped) => AesKeyWrapWithPadding.TryUnwrap(kek, wrapped, out var key) ? key : null;
}

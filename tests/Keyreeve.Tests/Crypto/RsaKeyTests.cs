using System.Numerics;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Crypto;

public sealed class RsaKeyTests
{
    private static readonly RSAParameters Numbers = NewNumbers(2048);

    [Fact]
    public void Generate_ExportAndImport_GivesTheSameKey()
    {
        using var key = RsaPrivateKey.Generate(2048);
        Assert.Equal(2048, key.ModulusSizeInBits);
        Assert.Equal([1, 0, 1], key.PublicKey.ExportPublicExponent());
        using var pkcs8 = key.ExportPkcs8();
        using var pkcs1 = key.ExportPkcs1();
        using var components = key.ExportComponents();
        using var fromPkcs8 = RsaPrivateKey.ImportPkcs8(pkcs8);
        using var fromPkcs1 = RsaPrivateKey.ImportPkcs1(pkcs1);
        using var fromComponents = RsaPrivateKey.ImportComponents(components);
        using var unchecked8 = RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8);
        Assert.All([fromPkcs8, fromPkcs1, fromComponents, unchecked8], other =>
        {
            using var again = other.ExportPkcs8();
            Assert.True(again.Equals(pkcs8));
            Assert.Equal(key.PublicKey, other.PublicKey);
        });
        using var spki = RsaPublicKey.ImportSubjectPublicKeyInfo(key.PublicKey.ExportSubjectPublicKeyInfo());
        using var bare = RsaPublicKey.ImportPkcs1(key.PublicKey.ExportPkcs1());
        Assert.Equal(key.PublicKey, spki);
        Assert.Equal(key.PublicKey, bare);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(2047)]
    [InlineData(2049)]
    [InlineData(8448)]
    public void Generate_SizeNotPermitted_IsRefused(int size) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RsaPrivateKey.Generate(size));

    // What KMIP clients give of a key, from everything to the two numbers that suffice.
    [Theory]
    [InlineData("n e d p q dp dq qi")]
    [InlineData("n e d p q")]
    [InlineData("n e p q")]
    [InlineData("n d p q")]
    [InlineData("n e d")]
    [InlineData("n d")]
    [InlineData("n e d dp qi")]
    [InlineData("n e d dq")]
    [InlineData("n e d qi")]
    [InlineData("n d p")]
    [InlineData("n e d q")]
    public void ImportComponents_PartOfThem_CompletesTheKey(string given)
    {
        using var components = Components(Numbers, given.Split(' '));
        using var key = RsaPrivateKey.ImportComponents(components);
        using var exported = key.ExportComponents();
        Assert.Equal(Numbers.Modulus, exported.Modulus);
        Assert.Equal(Numbers.Exponent, exported.PublicExponent);
        var signature = RsaPkcs1Signature.Sign(key, DigestAlgorithm.Sha256, "m"u8);
        using var reference = RSA.Create(Numbers);
        Assert.True(reference.VerifyData("m"u8, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [InlineData("n")]
    [InlineData("n e")]
    [InlineData("n e p")]
    [InlineData("n p q")]
    [InlineData("n e dp dq qi")]
    public void ImportComponents_TooFew_AreRefused(string given)
    {
        using var components = Components(Numbers, given.Split(' '));
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportComponents(components));
    }

    [Fact]
    [Trait("Attack", "42")]
    public void Import_ModulusBelow2048_IsRefusedUnlessExplicitlyAllowed()
    {
        var small = NewNumbers(1024);
        using var pkcs8 = Pkcs8(small);
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(pkcs8));
        Assert.Throws<InvalidKeyException>(() => RsaPublicKey.ImportComponents(small.Modulus, small.Exponent));
        RsaPrivateKey.ImportPkcs8(pkcs8, RsaKeyPolicy.InsecureAllowSmallRsa).Dispose();
        Assert.Throws<ArgumentOutOfRangeException>(() => RsaPrivateKey.ImportPkcs8(pkcs8, RsaKeyPolicy.Unspecified));
    }

    [Theory]
    [Trait("Attack", "42")]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("010000")]
    [InlineData("010000000000000001")]
    public void Import_PublicExponentEvenOrAbsurd_IsRefused(string exponent)
    {
        var bytes = Convert.FromHexString(exponent);
        Assert.Throws<InvalidKeyException>(() => RsaPublicKey.ImportComponents(Numbers.Modulus, bytes));
        using var pkcs8 = Pkcs8(Numbers with { Exponent = bytes });
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(pkcs8));
    }

    [Fact]
    [Trait("Attack", "42")]
    public void Import_EvenModulus_IsRefused()
    {
        var modulus = (byte[])Numbers.Modulus!.Clone();
        modulus[^1] ^= 1;
        Assert.Throws<InvalidKeyException>(() => RsaPublicKey.ImportComponents(modulus, Numbers.Exponent));
    }

    [Theory]
    [Trait("Attack", "42")]
    [InlineData("n")]
    [InlineData("e")]
    [InlineData("d")]
    [InlineData("p")]
    [InlineData("q")]
    [InlineData("dp")]
    [InlineData("dq")]
    [InlineData("qi")]
    public void Import_OneNumberOfAnotherKey_IsRefused(string name)
    {
        var other = NewNumbers(2048);
        var mixed = name switch
        {
            "n" => Numbers with { Modulus = other.Modulus },
            "e" => Numbers with { Exponent = [3] },
            "d" => Numbers with { D = other.D },
            "p" => Numbers with { P = other.P },
            "q" => Numbers with { Q = other.Q },
            "dp" => Numbers with { DP = other.DP },
            "dq" => Numbers with { DQ = other.DQ },
            _ => Numbers with { InverseQ = other.InverseQ },
        };
        using var pkcs8 = Pkcs8(mixed);
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(pkcs8));
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.DangerousImportPkcs8WithoutPrimalityTest(pkcs8));
        using var components = Components(mixed, "n e d p q dp dq qi".Split(' '));
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportComponents(components));
    }

    // All equations hold, but one factor is a product: whoever knows that can factor the modulus more easily.
    [Fact]
    [Trait("Attack", "42")]
    public void Import_FactorNotPrime_IsRefused()
    {
        var (numbers, found) = (default(RSAParameters), false);
        while (!found)
            found = TryMakeThreePrimeKey(out numbers);
        using var pkcs8 = Pkcs8(numbers);
        var error = Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(pkcs8));
        Assert.Contains("not prime", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "42")]
    public void Import_FactorsOneAndTheModulus_AreRefused()
    {
        using var pkcs8 = Pkcs8(Numbers with { P = [1], Q = Numbers.Modulus, DP = [0], InverseQ = [0] });
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(pkcs8));
        using var components = Components(Numbers with { P = [1], Q = Numbers.Modulus }, ["n", "e", "p", "q"]);
        Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportComponents(components));
    }

    // Whatever the numbers are, the answer is a key or the refusal of one.
    [Theory]
    [Trait("Attack", "42")]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("01")]
    [InlineData("02")]
    [InlineData("03")]
    [InlineData("ff")]
    [InlineData("modulus")]
    [InlineData("long")]
    public void ImportComponents_AbsurdNumbers_AreRefused(string value)
    {
        var number = value switch
        {
            "modulus" => Numbers.Modulus!,
            "long" => RandomNumberGenerator.GetBytes(100_000),
            _ => Convert.FromHexString(value),
        };
        foreach (var name in (string[])["d", "p", "q", "dp", "dq", "qi"])
        {
            var mixed = name switch
            {
                "d" => Numbers with { D = number },
                "p" => Numbers with { P = number },
                "q" => Numbers with { Q = number },
                "dp" => Numbers with { DP = number },
                "dq" => Numbers with { DQ = number },
                _ => Numbers with { InverseQ = number },
            };
            foreach (var given in (string[])["n e d p q dp dq qi", "n e d " + name, "n d " + name, "n e p q " + name])
            {
                using var components = Components(mixed, given.Split(' '));
                Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportComponents(components));
            }
        }
    }

    [Fact]
    public void Import_EveryTruncation_IsRefused()
    {
        using var whole = Pkcs8(Numbers);
        using var lease = whole.Reveal();
        for (var length = 0; length < lease.Span.Length; length += 7)
        {
            using var part = SecretBytes.CopyFrom(lease.Span[..length]);
            Assert.Throws<InvalidKeyException>(() => RsaPrivateKey.ImportPkcs8(part));
        }
    }

    // The second "prime" is the modulus of another key.
    private static bool TryMakeThreePrimeKey(out RSAParameters numbers)
    {
        var (p, q) = (Number(NewNumbers(2048).P), Number(NewNumbers(1024).Modulus));
        var order = (p - 1) * (q - 1) / BigInteger.GreatestCommonDivisor(p - 1, q - 1);
        numbers = default;
        if ((p * q).GetBitLength() != 2048 || !BigInteger.GreatestCommonDivisor(65537, order).IsOne)
            return false;
        var d = Inverse(65537, order);
        numbers = new RSAParameters
        {
            Modulus = Bytes(p * q),
            Exponent = [1, 0, 1],
            D = Bytes(d),
            P = Bytes(p),
            Q = Bytes(q),
            DP = Bytes(d % (p - 1)),
            DQ = Bytes(d % (q - 1)),
            InverseQ = Bytes(Inverse(q % p, p)),
        };
        return true;
    }

    private static BigInteger Inverse(BigInteger number, BigInteger modulus)
    {
        var (previous, current, a, b) = (BigInteger.Zero, BigInteger.One, modulus, number);
        while (!b.IsZero)
        {
            var quotient = a / b;
            (a, b) = (b, a - (quotient * b));
            (previous, current) = (current, previous - (quotient * current));
        }

        return ((previous % modulus) + modulus) % modulus;
    }

    private static RSAParameters NewNumbers(int size)
    {
        using var rsa = RSA.Create(size);
        return rsa.ExportParameters(includePrivateParameters: true);
    }

    private static BigInteger Number(byte[]? bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Bytes(BigInteger number) => number.ToByteArray(isUnsigned: true, isBigEndian: true);

    private static SecretBytes Pkcs8(RSAParameters n) =>
        TestKeys.RsaPkcs8(n.Modulus!, n.Exponent!, n.D!, n.P!, n.Q!, n.DP!, n.DQ!, n.InverseQ!);

    private static RsaPrivateComponents Components(RSAParameters numbers, string[] given)
    {
        SecretBytes? Secret(string name, byte[]? value) =>
            given.Contains(name, StringComparer.Ordinal) ? SecretBytes.CopyFrom(value) : null;

        return new RsaPrivateComponents
        {
            Modulus = numbers.Modulus!,
            PublicExponent = given.Contains("e", StringComparer.Ordinal) ? numbers.Exponent : null,
            PrivateExponent = Secret("d", numbers.D),
            Prime1 = Secret("p", numbers.P),
            Prime2 = Secret("q", numbers.Q),
            Exponent1 = Secret("dp", numbers.DP),
            Exponent2 = Secret("dq", numbers.DQ),
            Coefficient = Secret("qi", numbers.InverseQ),
        };
    }
}

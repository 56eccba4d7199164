using Keyreeve.Crypto;
using Keyreeve.Crypto.Interop;
using Xunit;

namespace Keyreeve.Tests.Crypto;

/// <summary>What a broken generator would hand over: halves of different pairs.</summary>
public sealed class GeneratedPairTests
{
    [Theory]
    [InlineData(EllipticCurve.P256)]
    [InlineData(EllipticCurve.P521)]
    public void FromGenerated_PointOfAnotherPair_IsAnInconsistentPair(EllipticCurve curve)
    {
        using var one = EcPrivateKey.Generate(curve);
        using var other = EcPrivateKey.Generate(curve);
        using var scalar = one.ExportScalar();

        using (var lease = scalar.Reveal())
        {
            using var fits = EcPrivateKey.FromGenerated(curve, lease.Span, one.PublicKey.ExportPoint());
            Assert.Equal(one.PublicKey, fits.PublicKey);
        }

        // spec: FIPS 140-3 IG 10.3.A: a pair-wise consistency test on each generated key pair.
        Assert.Throws<InconsistentKeyPairException>(() =>
        {
            using var lease = scalar.Reveal();
            EcPrivateKey.FromGenerated(curve, lease.Span, other.PublicKey.ExportPoint()).Dispose();
        });
    }

    [Fact]
    public void FromGenerated_RsaNumbersOfTwoPairs_AreAnInconsistentPair()
    {
        using var one = RsaPrivateKey.Generate(2048);
        using var other = RsaPrivateKey.Generate(2048);
        using var numbers = RsaNumbers.From(one.Handle);
        using var foreign = RsaNumbers.From(other.Handle);
        RsaPrivateKey.FromGenerated(numbers, 2048, RsaKeyPolicy.Strict).Dispose();

        RsaNumbers[] mixed =
        [
            Mixed(numbers, modulus: foreign.Modulus),
            Mixed(numbers, privateExponent: foreign.PrivateExponent),
            Mixed(numbers, coefficient: foreign.Coefficient),
        ];

        Assert.All(mixed, static misfit => Assert.Throws<InconsistentKeyPairException>(() => RsaPrivateKey.FromGenerated(misfit, 2048, RsaKeyPolicy.Strict)));
        Assert.Throws<InconsistentKeyPairException>(() => RsaPrivateKey.FromGenerated(numbers, 3072, RsaKeyPolicy.Strict));
    }

    // The numbers are the two keys', which dispose of them.
    private static RsaNumbers Mixed(RsaNumbers numbers, BigNumber? modulus = null, BigNumber? privateExponent = null, BigNumber? coefficient = null) => new()
    {
        Modulus = modulus ?? numbers.Modulus,
        PublicExponent = numbers.PublicExponent,
        PrivateExponent = privateExponent ?? numbers.PrivateExponent,
        Prime1 = numbers.Prime1,
        Prime2 = numbers.Prime2,
        Exponent1 = numbers.Exponent1,
        Exponent2 = numbers.Exponent2,
        Coefficient = coefficient ?? numbers.Coefficient,
    };
}

using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>What is to be stored of a new key: the key, or where it is in the token. Made where the request or the key group says.</summary>
/// <param name="Bytes">What is stored; of a pair, of the private half.</param>
/// <param name="StoredFormat">Its form.</param>
/// <param name="PublicKey">The public half, SubjectPublicKeyInfo; null if it is no pair.</param>
internal sealed record NewMaterial(SecretBytes Bytes, KeyFormatType StoredFormat, SecretBytes? PublicKey = null) : IDisposable
{
    /// <summary>What secp256k1 and the like are: no curve that tokens are asked for.</summary>
    private static readonly ImmutableArray<EllipticCurve> TokenCurves = [EllipticCurve.P256, EllipticCurve.P384, EllipticCurve.P521];

    /// <summary>Makes a symmetric key.</summary>
    public static async ValueTask<NewMaterial> SymmetricAsync(OperationScope scope, NewKeyPlace place, NewSymmetricKey wish, CancellationToken cancellationToken)
    {
        var mode = scope.Engine.Modes.Of(place.Group);
        if (place.ProtectionIn(scope) != KeyProtection.Hsm) return new(SymmetricMaterial.Generate(mode, wish.Algorithm, wish.LengthInBits), KeyFormatType.Raw);
        AlgorithmRules.CheckSymmetric(mode, wish.Algorithm, wish.LengthInBits);
        return await InTokenAsync(
            scope, new TokenKeyWish { Id = wish.Id, Algorithm = wish.Algorithm, LengthInBits = wish.LengthInBits, Usage = wish.Usage }, cancellationToken);
    }

    /// <summary>Makes a key pair.</summary>
    public static async ValueTask<NewMaterial> PairAsync(OperationScope scope, NewKeyPlace place, NewPair wish, CancellationToken cancellationToken)
    {
        var mode = scope.Engine.Modes.Of(place.Group);
        // First: of a length that there is not, the cost is no number.
        KeyPairMaterial.Check(mode, wish.Algorithm, wish.LengthInBits, wish.Domain);
        scope.Spend(KeyPairMaterial.Cost(wish.Algorithm, wish.LengthInBits));
        if (place.ProtectionIn(scope) != KeyProtection.Hsm)
        {
            var pair = scope.Engine.GeneratePair(mode, wish.Algorithm, wish.LengthInBits, wish.Domain);
            return new(pair.PrivateKey, KeyFormatType.PKCS8, pair.PublicKey);
        }

        var curve = wish.Algorithm == CryptographicAlgorithm.RSA ? EllipticCurve.None : KeyPairMaterial.CurveInToken(wish.Algorithm, wish.LengthInBits, wish.Domain.Curve);
        if (wish.Algorithm != CryptographicAlgorithm.RSA && !TokenCurves.Contains(curve))
            throw new KeyreeveException(KeyreeveError.CryptographicParametersNotSupported, "Pairs in the token are RSA, or on the curves P-256, P-384 and P-521.");
        return await InTokenAsync(
            scope,
            new TokenKeyWish
            {
                Id = wish.PrivateKeyId,
                Algorithm = wish.Algorithm,
                LengthInBits = KeyPairMaterial.LengthInBits(wish.Algorithm, wish.LengthInBits, wish.Domain.Curve),
                Curve = curve,
                Usage = wish.Usage,
                IsPair = true,
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Bytes.Dispose();
        PublicKey?.Dispose();
    }

    private static async ValueTask<NewMaterial> InTokenAsync(OperationScope scope, TokenKeyWish wish, CancellationToken cancellationToken)
    {
        var handle = await TokenKeys.Of(scope.Engine).MakeAsync(scope, wish, cancellationToken);
        return new(handle.Encode(), TokenHandle.Format, wish.IsPair ? SecretBytes.CopyFrom(handle.PublicKey.Span) : null);
    }
}

/// <summary>A symmetric key that is to be made.</summary>
internal sealed record NewSymmetricKey(UniqueIdentifier Id, CryptographicAlgorithm Algorithm, int LengthInBits, CryptographicUsageMask Usage);

/// <summary>A pair that is to be made.</summary>
internal sealed record NewPair(UniqueIdentifier PrivateKeyId, CryptographicAlgorithm Algorithm, int LengthInBits, PairDomain Domain, CryptographicUsageMask Usage);

/// <summary>Where a new key is to be.</summary>
/// <param name="Group">Its key group.</param>
/// <param name="Wanted">What the request accepts, the best first; none if it says nothing.</param>
internal readonly record struct NewKeyPlace(GroupName Group, ImmutableArray<KeyProtection> Wanted)
{
    /// <summary>Where it is going to be.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.ProtectionStorageUnavailable"/>: the group, or this server, has nothing of
    /// what is wanted.</exception>
    // spec: KMIP 2.1 §7.33 "the server SHALL … use the first [mask] that it is able to"
    public KeyProtection ProtectionIn(OperationScope scope)
    {
        var demanded = scope.Engine.Protections.Of(Group);
        if (Wanted.IsDefaultOrEmpty) return demanded == KeyProtection.Hsm ? KeyProtection.Hsm : KeyProtection.Software;
        foreach (var one in Wanted)
        {
            if (one == KeyProtection.Hsm && scope.Engine.TokenKeys is not null) return KeyProtection.Hsm;
            if (one == KeyProtection.Software && demanded != KeyProtection.Hsm) return KeyProtection.Software;
        }

        throw new KeyreeveException(
            KeyreeveError.ProtectionStorageUnavailable,
            demanded == KeyProtection.Hsm
                ? $"Keys of the group '{Group}' live in the token, and the request does not accept that."
                : "The request wants a key that lives in a token, and this server has none.");
    }
}

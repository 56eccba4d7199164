using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Core.Sealing;

public sealed class CachedKeyTests
{
    [Fact]
    public void Release_WhileInUse_WipesAfterwards()
    {
        var material = SecretBytes.Random(32);
        var cached = Make(material);
        Assert.True(cached.TryUse());
        var use = new UsableKey(cached);

        cached.Release();
        use.Committing.Seal([], "still works"u8, new byte[11 + CommittingAead.OverheadInBytes]);
        use.Dispose();

        Assert.Throws<ObjectDisposedException>(() => material.Reveal().Dispose());
        Assert.False(cached.TryUse());
    }

    [Fact]
    public void Ready_IsMadeOnceAndDisposedWithTheKey()
    {
        var cached = Make(SecretBytes.Random(32));
        var use = new UsableKey(cached);

        var first = use.Aead(AeadAlgorithm.Aes256Gcm);
        Assert.Same(first, use.Aead(AeadAlgorithm.Aes256Gcm));
        Assert.NotSame(first, use.Aead(AeadAlgorithm.XChaCha20Poly1305));
        use.Dispose();

        Assert.Throws<ObjectDisposedException>(() => first.Encrypt(new byte[12], [], [], [], new byte[16]));
    }

    private static CachedKey Make(SecretBytes material) => new(
        new ManagedObject
        {
            Tenant = TenantId.Default, Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch), ObjectType = ObjectType.SymmetricKey, RowVersion = 1, Attributes = AttributeSet.Empty,
        },
        material);
}

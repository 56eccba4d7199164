using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Storage;
using Keyreeve.Core.Tokens;
using Keyreeve.Integration.Operations;
using Xunit;
using Attributes = Keyreeve.Integration.Operations.Attributes;

namespace Keyreeve.Integration.Hsm;

/// <summary>Token and store cannot change in one transaction: what a crash between the two leaves behind is found and ended.</summary>
[Collection(SoftHsmTests.Name)]
public sealed class HsmKeyCrashTests(SoftHsm softHsm) : IAsyncLifetime
{
    private TokenEngine _token = null!;

    private EngineFixture Core => _token.Core;

    public async ValueTask InitializeAsync() => _token = await TokenEngine.OpenAsync(softHsm);

    public ValueTask DisposeAsync() => _token.DisposeAsync();

    [Fact]
    public async Task Create_CrashBeforeTheCommit_LeavesNoKeyInTheToken()
    {
        await _token.RestartAsync(sweeps: false);
        _token.Port.AfterMaking = static () => throw new IOException("the power is gone");
        await Assert.ThrowsAsync<IOException>(() => _token.CreateAsync(Attributes.Aes()));
        Assert.Equal(1, await _token.CountInTokenAsync());

        await _token.RestartAsync();

        await _token.WaitForCountAsync(0);
        Assert.Equal(0, await WaitForNoNotesAsync());
    }

    [Fact]
    public async Task Create_CrashAfterTheCommit_KeepsTheKey()
    {
        Core.Store.AfterCommit = () => Core.Store.AfterCommit = static () => throw new IOException("the power is gone");
        await Assert.ThrowsAsync<IOException>(() => _token.CreateAsync(Attributes.Aes()));

        await _token.RestartAsync();
        Assert.Equal(0, await WaitForNoNotesAsync());

        var id = Assert.Single(await _token.Token.ListAsync(default));
        await Core.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[16] });
    }

    [Fact]
    public async Task Create_RefusedAfterTheTokenMadeIt_IsTakenBack()
    {
        await _token.CreateAsync(Attributes.Aes().Merge(Attributes.Named("taken")));

        Assert.Equal(KeyreeveError.NonUniqueName, await Core.RefusedAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes().Merge(Attributes.Named("taken")), Protections = [KeyProtection.Hsm],
        }));

        await _token.WaitForCountAsync(1);
        Assert.Equal(0, await WaitForNoNotesAsync());
    }

    [Fact]
    public async Task Destroy_TokenGoneOrCrash_EndsTheKeyWhenTheTokenIsBack()
    {
        var id = await _token.CreateAsync(Attributes.Aes(), active: false);
        _token.Port.IsGone = true;
        await Core.RunAsync(new DestroyOperation(), new DestroyRequest(id));
        Assert.Equal(State.Destroyed, await Core.StateOfAsync(id));
        Assert.Equal(1, await _token.CountInTokenAsync());

        await _token.RestartAsync();
        _token.Port.IsGone = false;

        await _token.WaitForCountAsync(0);
        Assert.Equal(0, await WaitForNoNotesAsync());
    }

    [Fact]
    [Trait("Attack", "48")]
    public async Task Sweep_KeyThatNoRowNames_IsNotDestroyed()
    {
        // As after a restore of a store from before the key was made.
        var stray = UniqueIdentifier.New(DateTimeOffset.UtcNow);
        await _token.Token.MakeAsync(
            new TokenKeyWish { Id = stray, Algorithm = CryptographicAlgorithm.AES, LengthInBits = 256, Usage = CryptographicUsageMask.Encrypt }, default);
        await _token.CreateAsync(Attributes.Aes());

        Assert.Equal(0, await _token.Keys.SweepAsync(default));

        Assert.Equal(2, await _token.CountInTokenAsync());
        Assert.Contains(stray, await _token.Token.ListAsync(default));
    }

    [Fact]
    [Trait("Attack", "46")]
    public async Task Use_RowWithTheHandleOfAnotherKey_IsFoundOut()
    {
        var mine = await _token.CreateAsync(Attributes.Aes());
        var other = await _token.CreateAsync(Attributes.Aes());
        StoredObject? others = null;
        Core.Store.Alter = row =>
        {
            if (row.Id == other) others = row;
            return row;
        };
        await _token.RestartAsync();
        Core.Store.Alter = row => row.Id == mine && others is not null ? row with { Material = others.Material } : Remember(row);
        await Core.AttributesOfAsync(other);

        Assert.Equal(KeyreeveError.IntegrityFailure, await Core.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = mine, Data = new byte[16] }));

        StoredObject Remember(StoredObject row)
        {
            if (row.Id == other) others = row;
            return row;
        }
    }

    [Fact]
    [Trait("Attack", "57")]
    public async Task Use_TokenGone_FailsTheseKeysAloneAndRecovers()
    {
        var inToken = await _token.CreateAsync(Attributes.Aes());
        var inStore = await Core.CreateAesAsync();
        _token.Port.IsGone = true;

        Assert.Equal(KeyreeveError.TokenUnavailable, await Core.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = inToken, Data = new byte[16] }));
        Assert.Equal(KeyreeveError.TokenUnavailable, await Core.RefusedAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(), Protections = [KeyProtection.Hsm],
        }));
        await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = inStore, Data = new byte[16] });
        _token.Port.IsGone = false;

        await Core.RunAsync(new EncryptOperation(), new EncryptRequest { Id = inToken, Data = new byte[16] });
    }

    private async Task<int> WaitForNoNotesAsync()
    {
        var left = 1;
        for (var i = 0; i < 1200 && (left = await _token.Keys.SweepAsync(default)) > 0; i++) await Task.Delay(50);
        return left;
    }
}

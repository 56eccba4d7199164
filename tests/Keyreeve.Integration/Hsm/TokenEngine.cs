using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Core.Tokens;
using Keyreeve.Integration.Operations;
using Keyreeve.Pkcs11;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>Core with a token in which keys live: SoftHSM, or whatever else a test puts in its place.</summary>
internal sealed class TokenEngine : IAsyncDisposable
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromMilliseconds(50);

    private readonly HsmToken _hsm;

    private TokenEngine(HsmOptions options)
    {
        _hsm = new HsmToken(options, TimeProvider.System, static _ => { });
        Token = new HsmKeys(_hsm);
        Port = new BrokenToken(Token);
    }

    public EngineFixture Core { get; } = new();

    /// <summary>The token itself.</summary>
    public HsmKeys Token { get; }

    /// <summary>What stands between core and token, to do harm.</summary>
    public BrokenToken Port { get; }

    public TokenKeys Keys { get; private set; } = null!;

    public List<string> Log { get; } = [];

    public static async Task<TokenEngine> OpenAsync(SoftHsm softHsm)
    {
        var engine = new TokenEngine(softHsm.MakeToken());
        await engine.Core.InitializeAsync();
        engine.Attach();
        engine.Keys.Start();
        return engine;
    }

    /// <summary>As a crash and a restart: nothing in memory survives, and what was under way is not undone.</summary>
    /// <param name="sweeps">Whether what was left behind is looked for.</param>
    public async Task RestartAsync(bool sweeps = true)
    {
        await Keys.DisposeAsync();
        await Core.RestartAsync();
        Attach();
        if (sweeps) Keys.Start();
    }

    public async Task<UniqueIdentifier> CreateAsync(AttributeSet attributes, bool active = true)
    {
        var request = new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = attributes, Protections = [KeyProtection.Hsm] };
        var id = (await Core.RunAsync(new CreateOperation(), request)).Id;
        if (active) await Core.RunAsync(new ActivateOperation(), new ActivateRequest(id));
        return id;
    }

    public async Task<int> CountInTokenAsync() => (await Token.ListAsync(default)).Count;

    /// <summary>Waits until the token has so many keys.</summary>
    public async Task WaitForCountAsync(int count)
    {
        for (var i = 0; i < 1200 && await CountInTokenAsync() != count; i++) await Task.Delay(50);
        Assert.Equal(count, await CountInTokenAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await Keys.DisposeAsync();
        await Core.DisposeAsync();
        _hsm.Dispose();
    }

    private void Attach()
    {
        Keys = new TokenKeys(Core.Engine, Port, SweepInterval, Log.Add);
        Core.Engine.TokenKeys = Keys;
    }
}

/// <summary>A token that fails when a test wants it to.</summary>
internal sealed class BrokenToken(IKeyToken inner) : IKeyToken
{
    /// <summary>Whether it answers nothing.</summary>
    public bool IsGone { get; set; }

    /// <summary>Called once, after the next key was made: the crash before the commit.</summary>
    public Action? AfterMaking { get; set; }

    /// <summary>Whether the halves of new pairs do not fit.</summary>
    public bool MakesPairsThatDoNotFit { get; set; }

    public async ValueTask<TokenHandle> MakeAsync(TokenKeyWish wish, CancellationToken cancellationToken)
    {
        if (MakesPairsThatDoNotFit) throw new Crypto.InconsistentKeyPairException();
        var made = await Reach().MakeAsync(wish, cancellationToken);
        if (AfterMaking is not { } after) return made;
        AfterMaking = null;
        after();
        return made;
    }

    public ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Reach().EncryptAsync(key, cipher, data, cancellationToken);

    public ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, Crypto.SecretBytes data, CancellationToken cancellationToken) =>
        Reach().EncryptAsync(key, cipher, data, cancellationToken);

    public ValueTask<Crypto.SecretBytes?> TryDecryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        Reach().TryDecryptAsync(key, cipher, data, cancellationToken);

    public ValueTask<byte[]> SignAsync(TokenHandle key, TokenSignature how, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        Reach().SignAsync(key, how, content, cancellationToken);

    public ValueTask<byte[]> WrapAsync(TokenHandle key, bool withPadding, Crypto.SecretBytes clear, CancellationToken cancellationToken) =>
        Reach().WrapAsync(key, withPadding, clear, cancellationToken);

    public ValueTask<Crypto.SecretBytes?> TryUnwrapAsync(TokenHandle key, bool withPadding, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken) =>
        Reach().TryUnwrapAsync(key, withPadding, wrapped, cancellationToken);

    public ValueTask DestroyAsync(UniqueIdentifier id, string? serial, CancellationToken cancellationToken) => Reach().DestroyAsync(id, serial, cancellationToken);

    public ValueTask<IReadOnlyList<UniqueIdentifier>> ListAsync(CancellationToken cancellationToken) => Reach().ListAsync(cancellationToken);

    private IKeyToken Reach() => IsGone ? throw new KeyreeveException(KeyreeveError.TokenUnavailable, "The test has taken the token away.") : inner;
}

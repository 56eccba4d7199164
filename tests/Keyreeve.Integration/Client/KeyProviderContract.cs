using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>What every key provider has to do, so that switching is a line of configuration.</summary>
public abstract class KeyProviderContract : IAsyncLifetime
{
    private static readonly EncryptionContext Context = EncryptionContext.Of(("table", "people"), ("row", "1"));
    private static readonly EncryptionContext Other = EncryptionContext.Of(("table", "people"), ("row", "2"));

    private IKeyProvider _provider = null!;

    /// <summary>A provider that has the keys <c>orders</c> and <c>papers</c>.</summary>
    protected abstract Task<IKeyProvider> OpenAsync();

    public async ValueTask InitializeAsync() => _provider = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        if (_provider is not null)
            await _provider.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Generate_DataKey_UnwrapsToItself()
    {
        using var one = await _provider.GenerateDataKeyAsync("orders", Context);
        using var two = await _provider.GenerateDataKeyAsync("orders", Context);
        using var again = await _provider.UnwrapDataKeyAsync(one.WrappedKey, Context);

        Assert.Equal(32, one.Plaintext.LengthInBytes);
        Assert.Equal(one.Plaintext, again);
        Assert.NotEqual(one.Plaintext, two.Plaintext);
        Assert.Equal(one.WrappedKey.KeyId, two.WrappedKey.KeyId);
        Assert.Equal((await _provider.FindKeyAsync("orders")).Id, one.WrappedKey.KeyId);
        Assert.Equal((await _provider.FindKeyAsync("orders")).CurrentVersion, one.WrappedKey.KeyVersion);
    }

    [Fact]
    public async Task Wrap_DataKeyFromElsewhere_UnwrapsToIt()
    {
        using var dataKey = SecretBytes.Random(32);

        var wrapped = await _provider.WrapDataKeyAsync("papers", dataKey, EncryptionContext.Empty);

        using var again = await _provider.UnwrapDataKeyAsync(wrapped, EncryptionContext.Empty);
        Assert.Equal(dataKey, again);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Unwrap_OtherContext_Fails()
    {
        using var one = await _provider.GenerateDataKeyAsync("orders", Context);

        await AssertFailsAsync(one.WrappedKey, Other);
        await AssertFailsAsync(one.WrappedKey, EncryptionContext.Empty);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Unwrap_AnyByteFlippedOrCutShort_IsTheSameFailure()
    {
        using var one = await _provider.GenerateDataKeyAsync("orders", Context);
        var wrapped = one.WrappedKey.Wrapped.ToArray();
        var messages = new HashSet<string>(StringComparer.Ordinal);
        // Each costs a round trip: every byte of the head, then some of each part.
        foreach (var i in Enumerable.Range(0, 24).Concat([30, 40, 50, 60, wrapped.Length - 17, wrapped.Length - 1]).Where(i => i < wrapped.Length).Distinct())
        {
            var altered = (byte[])wrapped.Clone();
            altered[i] ^= 0x01;
            messages.Add((await AssertFailsAsync(new WrappedDataKey(one.WrappedKey.KeyId, one.WrappedKey.KeyVersion, altered), Context)).Message);
        }

        foreach (var length in (int[])[1, 2, 20, wrapped.Length - 1])
            messages.Add((await AssertFailsAsync(new WrappedDataKey(one.WrappedKey.KeyId, one.WrappedKey.KeyVersion, wrapped.AsSpan(0, length)), Context)).Message);
        messages.Add((await AssertFailsAsync(new WrappedDataKey(one.WrappedKey.KeyId, one.WrappedKey.KeyVersion, [.. wrapped, 0]), Context)).Message);
        Assert.Single(messages);
    }

    [Fact]
    [Trait("Attack", "37")]
    public async Task Unwrap_KeyIdOrVersionOfAnother_Fails()
    {
        using var one = await _provider.GenerateDataKeyAsync("orders", Context);
        var papers = await _provider.FindKeyAsync("papers");

        await AssertFailsAsync(new WrappedDataKey(papers.Id, one.WrappedKey.KeyVersion, one.WrappedKey.Wrapped), Context);
        await AssertFailsAsync(new WrappedDataKey(Guid.NewGuid(), one.WrappedKey.KeyVersion, one.WrappedKey.Wrapped), Context);
        await AssertFailsAsync(new WrappedDataKey(one.WrappedKey.KeyId, one.WrappedKey.KeyVersion + 1, one.WrappedKey.Wrapped), Context);
    }

    [Fact]
    public async Task UnwrapMany_OneOfThemAltered_GivesAllOthers()
    {
        var keys = new List<DataKey>();
        for (var i = 0; i < 5; i++)
            keys.Add(await _provider.GenerateDataKeyAsync("orders", Context));
        var wrapped = keys.Select(static key => key.WrappedKey).ToList();
        var altered = wrapped[3].Wrapped.ToArray();
        altered[^1] ^= 1;
        wrapped[3] = new WrappedDataKey(wrapped[3].KeyId, wrapped[3].KeyVersion, altered);

        var secrets = await _provider.UnwrapDataKeysAsync(wrapped, Context);

        Assert.Null(secrets[3]);
        foreach (var i in (int[])[0, 1, 2, 4])
            Assert.Equal(keys[i].Plaintext, secrets[i]);
        foreach (var secret in secrets)
            secret?.Dispose();
        keys.ForEach(static key => key.Dispose());
    }

    [Fact]
    public async Task Key_ThatIsNotThere_IsNotFound()
    {
        var name = $"absent-{Guid.NewGuid():n}";

        Assert.Equal(ClientError.ItemNotFound, (await Assert.ThrowsAsync<KeyreeveClientException>(() => _provider.GenerateDataKeyAsync(name, Context))).Error);
        Assert.Equal(ClientError.ItemNotFound, (await Assert.ThrowsAsync<KeyreeveClientException>(() => _provider.FindKeyAsync(name))).Error);
    }

    [Fact]
    public async Task Encryptor_ValuesAndStreams_ComeBackAndCanBeReWrapped()
    {
        using var encryptor = new EnvelopeEncryptor(_provider);
        var envelope = await encryptor.EncryptTextAsync("orders", "4111 1111 1111 1111", Context);
        Assert.Equal("4111 1111 1111 1111", await encryptor.DecryptTextAsync(envelope, Context));
        var file = new MemoryStream();
        var contents = RandomNumberGenerator.GetBytes(50_000);
        await encryptor.EncryptAsync("orders", new MemoryStream(contents), file, Context);
        var output = new MemoryStream();
        await encryptor.DecryptAsync(new MemoryStream(file.ToArray()), output, Context);
        Assert.Equal(contents, output.ToArray());

        var small = await encryptor.EncryptAsync("orders", "value"u8.ToArray(), Context);
        var moved = await new EnvelopeReWrapper(_provider, _provider, "papers").ReWrapAsync(small);
        Assert.Equal("value"u8.ToArray(), await encryptor.DecryptAsync(moved, Context));
        var papers = await _provider.FindKeyAsync("papers");
        Assert.True(EnvelopeReWrapper.IsUnder(moved, papers));
        Assert.False(EnvelopeReWrapper.IsUnder(small, papers));
    }

    private async Task<KeyreeveClientException> AssertFailsAsync(WrappedDataKey wrapped, EncryptionContext context)
    {
        var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => _provider.UnwrapDataKeyAsync(wrapped, context));
        Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        return failure;
    }
}

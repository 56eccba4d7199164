using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>What a blind index gives away, and what not.</summary>
public sealed class BlindIndexTests : IAsyncLifetime
{
    private static readonly EncryptionContext Emails = EncryptionContext.Of(("table", "customers"), ("column", "email"));

    private readonly LocalKeyProvider _provider = new();
    private BlindIndexKey _index = null!;

    public async ValueTask InitializeAsync() => _index = await BlindIndexKey.CreateAsync(_provider, "orders");

    public async ValueTask DisposeAsync()
    {
        _index.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Compute_EqualValues_AreEqualWithinAColumnAndAKeyAlone()
    {
        using var other = await BlindIndexKey.CreateAsync(_provider, "orders");
        using var again = await BlindIndexKey.UnlockAsync(_provider, _index.Wrapped);
        var token = _index.Compute("anna@example.org", BlindIndexForm.Exact, Emails);

        Assert.Equal(BlindIndexKey.TokenLength, token.Length);
        Assert.Equal(token, again.Compute("anna@example.org", BlindIndexForm.Exact, Emails));
        // Whoever has the database cannot see that a customer is a patient, or that two columns say the same.
        Assert.NotEqual(token, _index.Compute("anna@example.org", BlindIndexForm.Exact, EncryptionContext.Of(("table", "patients"), ("column", "email"))));
        Assert.NotEqual(token, _index.Compute("anna@example.org", BlindIndexForm.Exact, EncryptionContext.Of(("table", "customers"), ("column", "login"))));
        Assert.NotEqual(token, other.Compute("anna@example.org", BlindIndexForm.Exact, Emails));
        Assert.NotEqual(token, _index.Compute("anna@example.orh", BlindIndexForm.Exact, Emails));
    }

    [Theory]
    [InlineData("Anna@Example.org", " anna@example.ORG ", BlindIndexForm.IgnoreCase, true)]
    [InlineData("Anna@Example.org", "anna@example.org", BlindIndexForm.Exact, false)]
    [InlineData("", " ", BlindIndexForm.IgnoreCase, true)]
    [InlineData("", " ", BlindIndexForm.Exact, false)]
    public void Compute_Form_SaysWhatCountsAsEqual(string one, string other, BlindIndexForm form, bool isEqual) =>
        Assert.Equal(isEqual, string.Equals(_index.Compute(one, form, Emails), _index.Compute(other, form, Emails), StringComparison.Ordinal));

    [Fact]
    [Trait("Attack", "39")]
    public async Task Unlock_WhatWasWrappedForSomethingElse_IsRefused()
    {
        using var encryptor = new EnvelopeEncryptor(_provider);
        using var dataSet = await DataSetKey.CreateAsync(_provider, "orders", Emails);
        var value = await encryptor.EncryptAsync("orders", ReadOnlyMemory<byte>.Empty, EncryptionContext.Empty);
        var altered = _index.Wrapped.ToArray();
        altered[^1] ^= 1;

        foreach (var wrapped in (byte[][])[dataSet.Wrapped.ToArray(), value, altered, []])
        {
            var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => BlindIndexKey.UnlockAsync(_provider, wrapped));
            Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        }
    }
}

using System.Security.Cryptography;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Keyreeve.Integration.Hsm;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip.Client;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>A value and a file that move through every key provider there is, and back to the first.</summary>
[Collection(SoftHsmTests.Name)]
[Trait("Speed", "Slow")]
public sealed class ReWrapThroughProvidersTests(SoftHsm softHsm, ServerFixture server, PyKmipFixture pyKmip) : IClassFixture<ServerFixture>, IClassFixture<PyKmipFixture>, IDisposable
{
    private static readonly EncryptionContext Context = EncryptionContext.Of(("purpose", "archive"));

    private readonly Scratch _scratch = new();

    [Fact]
    public async Task ReWrap_FromEachProviderToTheNext_OpensThereAndNoLongerWhereItWas()
    {
        await ProviderConnections.EnsureKeyAsync(server, "orders");
        await using (var client = new KmipClient(pyKmip.Options))
            await ProviderConnections.CreateKeysAsync(client);
        await using IKeyProvider rest = new KeyreeveProvider(new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress)));
        await using IKeyProvider kmip = new KmipProvider(ProviderConnections.OptionsOf(server, server.App, new Uri($"kmip://localhost:{server.KmipEndPoint.Port}")));
        await using IKeyProvider vendor = new KmipProvider(new ClientOptions { Servers = [] }, [pyKmip.Options]);
        await using var token = await ProviderConnections.OpenTokenAsync(softHsm);
        var contents = RandomNumberGenerator.GetBytes(50_000);
        var plain = _scratch.Write("plain", contents);
        byte[] value;
        using (var encryptor = new EnvelopeEncryptor(rest))
        {
            value = await encryptor.EncryptAsync("orders", "value"u8.ToArray(), Context);
            await encryptor.EncryptFileAsync("orders", plain, _scratch["file.kre"], Context);
        }

        var body = (await File.ReadAllBytesAsync(_scratch["file.kre"]))[^50_000..];
        IKeyProvider[] way = [rest, kmip, vendor, token, rest];
        foreach (var (from, to) in way.Zip(way.Skip(1)))
        {
            var rewrapper = new EnvelopeReWrapper(from, to, "orders");
            value = await rewrapper.ReWrapAsync(value);
            await rewrapper.ReWrapFileAsync(_scratch["file.kre"], Context);

            using var before = new EnvelopeEncryptor(from);
            Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => before.DecryptAsync(value, Context).AsTask())).Error);
            using var now = new EnvelopeEncryptor(to);
            Assert.Equal("value"u8.ToArray(), await now.DecryptAsync(value, Context));
            await now.DecryptFileAsync(_scratch["file.kre"], _scratch["again"], Context, overwrite: true);
            Assert.Equal(contents, await File.ReadAllBytesAsync(_scratch["again"]));
            Assert.Equal(body, (await File.ReadAllBytesAsync(_scratch["file.kre"]))[^50_000..]);
        }
    }

    public void Dispose() => _scratch.Dispose();
}

using System.Text;
using Keyreeve.Client;
using Keyreeve.Client.Pkcs11;
using Keyreeve.Integration.Hsm;
using Keyreeve.Integration.Kmip;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Pkcs11;
using Keyreeve.Pkcs11.Interop;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>Connections with a server of these tests.</summary>
internal static class ProviderConnections
{
    public static readonly string[] Keys = ["orders", "papers"];

    // A machine that stands still for a while is no reason to fail.
    private const string Patient = "request-time-limit = 5m\nattempt-time-limit = 1m\nconnect-time-limit = 1m\n";

    /// <summary>As a configuration file would say it.</summary>
    public static ClientOptions OptionsOf(ServerFixture server, TestPrincipal principal, Uri address)
    {
        var (certificate, key) = principal.WriteFiles(server.Folder);
        var authority = Path.Combine(server.Folder, "authority.pem");
        File.WriteAllText(authority, server.Authority.ExportCertificatePem());
        return new ClientOptions { Servers = [address], CertificateAuthorityFile = authority, CertificateFile = certificate, PrivateKeyFile = key };
    }

    /// <summary>Makes a key unless another test of the class has.</summary>
    public static async Task EnsureKeyAsync(KeyreeveClient client, string name)
    {
        try
        {
            await client.Keys.CreateAsync(new NewKey { Name = name });
        }
        catch (KeyreeveClientException e) when (e.Is("NonUniqueName"))
        {
            Assert.Equal(name, (await client.Keys.GetAsync(name)).Name);
        }
    }

    /// <summary>Makes a key unless another test of the class has.</summary>
    public static async Task EnsureKeyAsync(ServerFixture server, string name)
    {
        using var client = new KeyreeveClient(OptionsOf(server, server.App, server.RestAddress));
        await EnsureKeyAsync(client, name);
    }

    /// <summary>Writes a configuration file of the application, or of somebody else, and the files that it names.</summary>
    public static string WriteConfiguration(ServerFixture server, Cli.Scratch scratch, string settings, string name = "client.conf", TestPrincipal? who = null)
    {
        who ??= server.App;
        scratch.Write("authority.pem", Encoding.ASCII.GetBytes(server.Authority.ExportCertificatePem()));
        scratch.Write("app.crt", Encoding.ASCII.GetBytes(who.CertificatePem));
        scratch.Write("app.key", Encoding.ASCII.GetBytes(who.KeyPem));
        return scratch.Write(name, Encoding.UTF8.GetBytes($"[client]\nauthority = authority.pem\ncertificate = app.crt\nprivate-key = app.key\n{Patient}{settings}\n"));
    }

    /// <summary>A key, and a configuration file of the application over REST that names it.</summary>
    public static async Task<string> PrepareAsync(ServerFixture server, Cli.Scratch scratch, string key)
    {
        await EnsureKeyAsync(server, key);
        return WriteConfiguration(server, scratch, $"servers = localhost:{server.RestPort}\nkey = {key}");
    }

    /// <summary>Makes the keys where they are not there yet, by KMIP.</summary>
    public static async Task CreateKeysAsync(KmipClient client)
    {
        foreach (var name in Keys)
        {
            if ((await client.LocateAsync(new AttributeList(KmipAttribute.Name(name)))).Length > 0)
                continue;
            var key = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
                KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256),
                KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt), KmipAttribute.Name(name)));
            await client.ActivateAsync(key);
        }
    }

    /// <summary>A new token that has the keys.</summary>
    public static async Task<IKeyProvider> OpenTokenAsync(SoftHsm softHsm)
    {
        var options = softHsm.MakeToken();
        var token = new HsmToken(options, TimeProvider.System, static _ => { });
        await token.RunAsync(
            static session =>
            {
                foreach (var name in Keys)
                {
                    using var template = new AttributeTemplate()
                        .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeAes).With(AttributeType.ValueLength, 32)
                        .With(AttributeType.Label, name).With(AttributeType.Id, System.Text.Encoding.UTF8.GetBytes("id-of-" + name)).With(AttributeType.Token, true)
                        .With(AttributeType.Encrypt, true).With(AttributeType.Decrypt, true).With(AttributeType.Sensitive, true).With(AttributeType.Extractable, false);
                    session.GenerateKey(MechanismType.AesKeyGen, template);
                }

                return true;
            },
            isRepeatable: false,
            default);
        return new TokenProvider(token);
    }
}

/// <summary>Keyreeve over REST.</summary>
public sealed class KeyreeveProviderTests(ServerFixture server) : KeyProviderContract, IClassFixture<ServerFixture>
{
    protected override async Task<IKeyProvider> OpenAsync()
    {
        var client = new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress));
        foreach (var name in ProviderConnections.Keys)
            await ProviderConnections.EnsureKeyAsync(client, name);
        return new KeyreeveProvider(client);
    }
}

/// <summary>Keyreeve over KMIP, with what a configuration file says.</summary>
public sealed class KmipProviderOnKeyreeveTests(ServerFixture server) : KeyProviderContract, IClassFixture<ServerFixture>
{
    protected override async Task<IKeyProvider> OpenAsync()
    {
        foreach (var name in ProviderConnections.Keys)
            await ProviderConnections.EnsureKeyAsync(server, name);
        return new KmipProvider(ProviderConnections.OptionsOf(server, server.App, new Uri($"kmip://localhost:{server.KmipEndPoint.Port}")));
    }
}

/// <summary>Another vendor's KMIP server.</summary>
[Trait("Speed", "Slow")]
public sealed class KmipProviderOnPyKmipTests(PyKmipFixture pyKmip) : KeyProviderContract, IClassFixture<PyKmipFixture>
{
    protected override async Task<IKeyProvider> OpenAsync()
    {
        await using (var client = new KmipClient(pyKmip.Options))
            await ProviderConnections.CreateKeysAsync(client);
        return new KmipProvider(new ClientOptions { Servers = [] }, [pyKmip.Options]);
    }
}

/// <summary>A token.</summary>
[Collection(SoftHsmTests.Name)]
public sealed class TokenProviderTests(SoftHsm softHsm) : KeyProviderContract
{
    protected override Task<IKeyProvider> OpenAsync() => ProviderConnections.OpenTokenAsync(softHsm);
}

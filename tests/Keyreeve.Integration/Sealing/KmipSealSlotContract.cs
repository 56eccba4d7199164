using System.Net;
using System.Net.Sockets;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Sealing.Remote;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>What holds for the seal slot of another key manager, whichever it is.</summary>
public abstract class KmipSealSlotContract : IDisposable
{
    private readonly SecretBytes _root = SecretBytes.Random(SealFile.RootKeySizeInBytes);
    private readonly List<string> _log = [];

    /// <summary>A folder for the certificates.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("keyreeve-kmip-slot-").FullName;

    /// <summary>How the slot reaches the other key manager.</summary>
    protected abstract KmipSlotOptions Options { get; }

    /// <summary>A client of its own, to look at what is there.</summary>
    protected abstract KmipClient Client { get; }

    /// <summary>How the other key manager enciphers, by the newest version.</summary>
    protected abstract string Mechanism { get; }

    public virtual void Dispose()
    {
        _root.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Open_WhatWasSealed_GivesTheRootKeyByAKeyThatLivesThere()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);

        using var opened = await Slot().OpenAsync(entry, default);

        Assert.Equal(_root, opened);
        Assert.Equal(Mechanism, entry.Parameters["mechanism"]!.GetValue<string>());
        await using var client = Client;
        var attributes = await client.GetAttributesAsync(KeyOf(entry));
        Assert.Contains(attributes.Attributes, static a => a.Reference.Tag == Tag.CryptographicLength && a.Value.AsInteger() == 256);
        Assert.Empty(_log);
    }

    [Fact]
    public async Task Open_VersionWithoutAuthenticatedEncryption_OpensByCbc()
    {
        var slot = Slot(Options with { Versions = [ProtocolVersion.Kmip12] });
        var entry = await slot.SealAsync(NewSlotId(), _root, default);

        using var opened = await Slot().OpenAsync(entry, default);

        Assert.Equal("aes-cbc", entry.Parameters["mechanism"]!.GetValue<string>());
        Assert.Equal(_root, opened);
    }

    [Fact]
    public async Task Seal_ServerThatDoesNotEncrypt_IsRefusedUnlessTheKeyMayBeFetched()
    {
        var old = Options with { Versions = [ProtocolVersion.Kmip11] };
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await Slot(old).SealAsync(NewSlotId(), _root, default));
        Assert.Contains("insecure-fetch-key", refusal.Message, StringComparison.Ordinal);

        var fetching = old with { InsecureFetchKey = true };
        var entry = await Slot(fetching).SealAsync(NewSlotId(), _root, default);
        using var opened = await Slot(fetching).OpenAsync(entry, default);

        Assert.Equal(_root, opened);
        Assert.Contains(_log, static line => line.Contains("INSECURE", StringComparison.Ordinal));
        await RefusedAsync(Slot(old), entry);
    }

    [Fact]
    public async Task Open_EntryThatWasAltered_IsRefused()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);
        var another = await Slot().SealAsync(NewSlotId(), _root, default);

        await RefusedAsync(Slot(), entry with { SlotId = "00000000" });
        await RefusedAsync(Slot(), entry with { Wrapped = another.Wrapped });
        await RefusedAsync(Slot(), entry with { Wrapped = new byte[3] });
        foreach (var name in (string[])["key", "secret", "nonce"]) await RefusedAsync(Slot(), With(entry, name, another.Parameters[name]!.GetValue<string>()));
        foreach (var (name, value) in ((string, string)[])[("mechanism", "none"), ("secret", "not base64"), ("secret", ""), ("key", "no such key")])
            await RefusedAsync(Slot(), With(entry, name, value));
    }

    [Fact]
    public async Task Discard_KeyThatWasMadeForTheSlot_IsDestroyedThere()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);

        await Slot().DiscardAsync(entry, default);

        await RefusedAsync(Slot(), entry);
        // Again, as after a crash.
        await Slot().DiscardAsync(entry, default);
    }

    [Fact]
    public async Task Discard_KeyThatWasThereBefore_Stays()
    {
        var first = await Slot().SealAsync(NewSlotId(), _root, default);
        var named = Options with { KeyIdentifier = first.Parameters["key"]!.GetValue<string>() };
        var entry = await Slot(named).SealAsync(NewSlotId(), _root, default);
        Assert.Equal(named.KeyIdentifier, entry.Parameters["key"]!.GetValue<string>());

        await Slot(named).DiscardAsync(entry, default);

        using var opened = await Slot().OpenAsync(entry, default);
        Assert.Equal(_root, opened);
    }

    [Fact]
    public async Task Seal_KeyThatIsNotThere_IsRefused()
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => await Slot(Options with { KeyIdentifier = "no such key" }).SealAsync(NewSlotId(), _root, default));

        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
    }

    [Fact]
    public async Task Open_ConnectionsThatAreLost_IsTriedAgain()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);
        var options = Options;
        await using var door = new FlawedDoor(options.Endpoint!, refusals: 2);

        using var opened = await Slot(options with { Endpoint = door.Endpoint, ServerName = "localhost", Attempts = 3 }).OpenAsync(entry, default);

        Assert.Equal((_root, 3), (opened, door.Connections));
    }

    [Fact]
    public async Task Open_ServerThatNeverAnswers_IsRefusedInTime()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = Options with { Endpoint = new DnsEndPoint("127.0.0.1", ((IPEndPoint)silent.LocalEndpoint).Port), TimeLimit = TimeSpan.FromMilliseconds(100), Attempts = 2 };

        Assert.Contains(options.Address, await RefusedAsync(Slot(options), entry), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "61")]
    public async Task Open_PrivateKeyThatOthersMayRead_IsRefusedWithTheCommand()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);
        var options = Options;
        File.SetUnixFileMode(options.KeyFile, PrivateFile.Mode | UnixFileMode.GroupRead);

        Assert.Contains("chmod 600", await RefusedAsync(Slot(options), entry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ServerOfAnotherAuthority_IsRefused()
    {
        var entry = await Slot().SealAsync(NewSlotId(), _root, default);
        using var other = new TestAuthority("CN=Another authority");
        var options = Options;
        await File.WriteAllTextAsync(options.AuthorityFile, other.Certificate.ExportCertificatePem());

        await RefusedAsync(Slot(options), entry);
    }

    /// <summary>Writes the three files as an operator has them.</summary>
    protected KmipSlotOptions WriteFiles(DnsEndPoint endpoint, string authority, string certificate, string privateKey)
    {
        var options = new KmipSlotOptions
        {
            Endpoint = endpoint, ServerName = "localhost", AuthorityFile = Path.Combine(Folder, "ca.pem"), CertificateFile = Path.Combine(Folder, "client.pem"),
            KeyFile = Path.Combine(Folder, "client-key.pem"), TimeLimit = TimeSpan.FromSeconds(60), Attempts = 1,
        };
        File.WriteAllText(options.AuthorityFile, authority);
        File.WriteAllText(options.CertificateFile, certificate);
        File.WriteAllText(options.KeyFile, privateKey);
        File.SetUnixFileMode(options.KeyFile, PrivateFile.Mode);
        return options;
    }

    // The tests of a class share the other key manager, where names are unique.
    private static string NewSlotId() => Guid.NewGuid().ToString("N")[..8];

    private KmipSealSlot Slot(KmipSlotOptions? options = null) => new(options ?? Options, _log.Add);

    private static UniqueIdentifier KeyOf(SealedRootKey entry) => UniqueIdentifier.From(entry.Parameters["key"]!.GetValue<string>());

    private static SealedRootKey With(SealedRootKey entry, string name, string value)
    {
        var parameters = entry.Parameters.DeepClone().AsObject();
        parameters[name] = value;
        return entry with { Parameters = parameters };
    }

    private static async Task<string> RefusedAsync(KmipSealSlot slot, SealedRootKey entry)
    {
        var refusal = await Assert.ThrowsAsync<KeyreeveException>(async () => (await slot.OpenAsync(entry, default)).Dispose());
        Assert.Equal(KeyreeveError.Sealed, refusal.Error);
        return refusal.Message;
    }

    /// <summary>Closes the first connections as they come, and relays those after.</summary>
    private sealed class FlawedDoor : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly DnsEndPoint _server;
        private readonly int _refusals;
        private readonly Task _accepting;

        public FlawedDoor(DnsEndPoint server, int refusals)
        {
            (_server, _refusals) = (server, refusals);
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public int Connections { get; private set; }

        public DnsEndPoint Endpoint => new("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _accepting;
            _listener.Dispose();
        }

        private async Task AcceptAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await _listener.AcceptTcpClientAsync();
                    if (++Connections <= _refusals) continue;
                    using var server = new TcpClient();
                    await server.ConnectAsync(_server.Host, _server.Port);
                    await Task.WhenAny(client.GetStream().CopyToAsync(server.GetStream()), server.GetStream().CopyToAsync(client.GetStream()));
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                // The test is over.
            }
        }
    }
}

using Keyreeve.Client;

namespace Keyreeve.Tests.Client;

/// <summary>An encryptor with a server in memory and a clock that stands.</summary>
internal class EncryptorRig : IDisposable
{
    private readonly KeyreeveClient _client;

    protected EncryptorRig(Func<EnvelopeEncryptorOptions, EnvelopeEncryptorOptions>? change)
    {
        _client = FakeServer.Connect(Server);
        var options = new EnvelopeEncryptorOptions { TimeProvider = Time };
        Encryptor = new EnvelopeEncryptor(_client, change?.Invoke(options) ?? options);
    }

    public FakeServer Server { get; } = new();

    public ManualTime Time { get; } = new();

    public EnvelopeEncryptor Encryptor { get; }

    public void Dispose()
    {
        Encryptor.Dispose();
        _client.Dispose();
        Server.Dispose();
        GC.SuppressFinalize(this);
    }
}

using System.Text;
using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Crypto;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary><c>keyreeve rewrap</c> from one key provider to another, killed in the midst of it and begun again.</summary>
[Trait("Speed", "Slow")]
public sealed class ReWrapBetweenProvidersTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private const int Files = 200;

    private static readonly EncryptionContext Context = EncryptionContext.Of(("purpose", "archive"));

    private readonly Scratch _scratch = new();

    [Fact]
    public async Task ReWrap_RestToKmipKilledAndBegunAgain_MovesAllWithoutTouchingWhatIsEncrypted()
    {
        var (rest, kmip) = (WriteConfiguration("rest", "keyreeve", server.RestPort), WriteConfiguration("kmip", "kmip", server.KmipEndPoint.Port));
        var archive = Directory.CreateDirectory(_scratch["archive"]).FullName;
        await EncryptFilesAsync(rest, archive);
        var bodies = Bodies(archive);
        var first = Path.Combine(archive, "000.kre");
        var before = Convert.ToBase64String(await File.ReadAllBytesAsync(first));
        string[] rewrap = ["rewrap", archive, "--from", rest, "--config", kmip, "--key", "moved-to", "--context", "purpose=archive", "--output", "json"];

        using (var killed = CliProcess.Start(_scratch.Folder, rewrap))
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            while (Convert.ToBase64String(await File.ReadAllBytesAsync(first, limit.Token)).Equals(before, StringComparison.Ordinal))
                await Task.Delay(5, limit.Token);
            killed.Kill();
            await killed.WaitForExitAsync(limit.Token);
        }

        // Begun again, on a terminal: it says how far it is, and at the end what it found done.
        var finished = await CliProcess.RunOnTerminalAsync(_scratch.Folder, rewrap);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        Assert.Contains($"re-wrapping  0 of {Files} files", finished.Text, StringComparison.Ordinal);
        var account = AccountOf(finished.Text[finished.Text.IndexOf('{', StringComparison.Ordinal)..]);
        Assert.InRange(account.AlreadyThere, 1, Files);
        Assert.Equal(Files, account.ReWrapped + account.AlreadyThere);
        Assert.Equal((0, Files), await AccountAsync(rewrap));
        Assert.Equal(bodies, Bodies(archive));

        await using var provider = ClientSettings.Load(kmip).OpenProvider();
        using var encryptor = new EnvelopeEncryptor(provider);
        for (var i = 0; i < Files; i++)
        {
            await using var file = File.OpenRead(Path.Combine(archive, $"{i:000}.kre"));
            await using var plain = await encryptor.OpenReadAsync(file, Context);
            using var reader = new StreamReader(plain);
            Assert.Equal($"contents {i}", await reader.ReadToEndAsync());
        }
    }

    public void Dispose() => _scratch.Dispose();

    private static async Task EncryptFilesAsync(string configuration, string folder)
    {
        await using var provider = ClientSettings.Load(configuration).OpenProvider();
        var client = ((KeyreeveProvider)provider).Client;
        foreach (var name in (string[])["moved-from", "moved-to"])
            await ProviderConnections.EnsureKeyAsync(client, name);
        using var encryptor = new EnvelopeEncryptor(provider);
        for (var i = 0; i < Files; i++)
        {
            await using var file = File.Create(Path.Combine(folder, $"{i:000}.kre"));
            using var plain = new MemoryStream(Encoding.UTF8.GetBytes($"contents {i}"));
            await encryptor.EncryptAsync("moved-from", plain, file, Context);
        }
    }

    private static List<string> Bodies(string folder) =>
        [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(static file => Convert.ToBase64String(File.ReadAllBytes(file).AsSpan()[^26..]))];

    private async Task<(int ReWrapped, int AlreadyThere)> AccountAsync(string[] rewrap)
    {
        var finished = await CliProcess.RunAsync(_scratch.Folder, rewrap);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return AccountOf(finished.Text);
    }

    private static (int ReWrapped, int AlreadyThere) AccountOf(string json)
    {
        var account = JsonDocument.Parse(json).RootElement;
        return (account.GetProperty("reWrapped").GetInt32(), account.GetProperty("alreadyThere").GetInt32());
    }

    private string WriteConfiguration(string name, string provider, int port) =>
        ProviderConnections.WriteConfiguration(server, _scratch, $"provider = {provider}\nservers = localhost:{port}", name + ".conf");
}

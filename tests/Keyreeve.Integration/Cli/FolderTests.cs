using System.Text.Json;
using Keyreeve.Integration.Client;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>Folders by <c>keyreeve encrypt</c>, <c>inspect</c> and <c>decrypt --extract</c>.</summary>
[Trait("Speed", "Slow")]
public sealed class FolderTests(ServerFixture server) : IClassFixture<ServerFixture>, IDisposable
{
    private readonly Scratch _scratch = new();

    [Fact]
    [Trait("Attack", "41")]
    public async Task Folder_EncryptedAndExtracted_IsTheSame_AndCutShortNothingIsWritten()
    {
        await ProviderConnections.EnsureKeyAsync(server, "folders");
        ProviderConnections.WriteConfiguration(server, _scratch, $"servers = localhost:{server.RestPort}\nkey = folders");
        Directory.CreateDirectory(_scratch["data/below/empty"]);
        await File.WriteAllTextAsync(_scratch["data/a.txt"], "contents of a");
        await File.WriteAllBytesAsync(_scratch["data/below/b.bin"], new byte[100_000]);
        File.SetUnixFileMode(_scratch["data/a.txt"], UnixFileMode.UserRead);

        await RunAsync("encrypt", "data", "--context", "of=folder");
        var shown = JsonDocument.Parse((await RunAsync("inspect", "data.tar.kre", "--output", "json")).Output).RootElement;
        Assert.Equal(("Chunked", 1), (shown.GetProperty("mode").GetString(), shown.GetProperty("keyVersion").GetInt32()));
        await RunAsync("decrypt", "data.tar.kre", "--extract", "again", "--context", "of=folder");

        Assert.Equal("contents of a", await File.ReadAllTextAsync(_scratch["again/a.txt"]));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(_scratch["again/a.txt"]));
        Assert.Equal(100_000, new FileInfo(_scratch["again/below/b.bin"]).Length);
        Assert.True(Directory.Exists(_scratch["again/below/empty"]));
        Assert.Equal(10, (await TryAsync("decrypt", "data.tar.kre", "--extract", "again", "--context", "of=folder")).ExitCode);
        Assert.Equal(8, (await TryAsync("decrypt", "data.tar.kre", "--extract", "other", "--context", "of=another")).ExitCode);

        var envelope = await File.ReadAllBytesAsync(_scratch["data.tar.kre"]);
        await File.WriteAllBytesAsync(_scratch["short.kre"], envelope[..^20_000]);
        Assert.Equal(8, (await TryAsync("decrypt", "short.kre", "--extract", "other", "--context", "of=folder")).ExitCode);
        Assert.False(Directory.Exists(_scratch["other"]));
        Assert.Equal(2, (await TryAsync("encrypt", "data", "--to", "data/inside.kre")).ExitCode);
    }

    public void Dispose() => _scratch.Dispose();

    private Task<Finished> TryAsync(params string[] arguments) => CliProcess.RunAsync(_scratch.Folder, [.. arguments, "--config", _scratch["client.conf"]]);

    private async Task<Finished> RunAsync(params string[] arguments)
    {
        var finished = await TryAsync(arguments);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return finished;
    }
}

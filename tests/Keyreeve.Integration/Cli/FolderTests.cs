using System.Formats.Tar;
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

    [Fact]
    public async Task Folder_WithLinksAndClosedFolders_IsTheSameAgain_WithProgress()
    {
        await PrepareAsync();
        Directory.CreateDirectory(_scratch["data/closed"]);
        await File.WriteAllTextAsync(_scratch["data/closed/c.txt"], "contents of c");
        File.CreateSymbolicLink(_scratch["data/away"], "/etc/hostname");
        File.CreateSymbolicLink(_scratch["data/beside"], "closed/c.txt");
        Directory.CreateSymbolicLink(_scratch["data/up"], "..");
        File.SetUnixFileMode(_scratch["data/closed"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            await RunAsync("encrypt", "data");
            var finished = await CliProcess.RunOnTerminalAsync(_scratch.Folder, "decrypt", "data.tar.kre", "--extract", "again", "--config", _scratch["client.conf"]);
            Assert.True(finished.ExitCode == 0, finished.ToString());
            Assert.Contains("decrypting data.tar.kre  [", finished.Text, StringComparison.Ordinal);

            Assert.Equal("/etc/hostname", new FileInfo(_scratch["again/away"]).LinkTarget);
            Assert.Equal("..", new FileInfo(_scratch["again/up"]).LinkTarget);
            Assert.Equal("contents of c", await File.ReadAllTextAsync(_scratch["again/beside"]));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(_scratch["again/closed"]));
        }
        finally
        {
            foreach (var closed in (string[])["data/closed", "again/closed"])
                if (Directory.Exists(_scratch[closed]))
                    File.SetUnixFileMode(_scratch[closed], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Theory]
    [InlineData("../outside/escaped.txt", null)]
    [InlineData("{outside}/escaped.txt", null)]
    [InlineData("link/escaped.txt", "link")]
    [Trait("Attack", "41")]
    public async Task Extract_WhatLeadsOutside_IsRefusedAndLeavesNothing(string name, string? link)
    {
        await PrepareAsync();
        Directory.CreateDirectory(_scratch["outside"]);
        name = name.Replace("{outside}", _scratch["outside"], StringComparison.Ordinal);
        await using (var archive = File.Create(_scratch["data.tar"]))
        await using (var writer = new TarWriter(archive))
        {
            if (link is not null)
                await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, link) { LinkName = _scratch["outside"] });
            await writer.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream("escaped"u8.ToArray()) });
        }

        await RunAsync("encrypt", "data.tar");
        var refused = await TryAsync("decrypt", "data.tar.kre", "--extract", "again");

        Assert.Equal(10, refused.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_scratch["outside"]));
        Assert.Equal(["app.crt", "app.key", "authority.pem", "client.conf", "data.tar", "data.tar.kre", "outside"], Left());
    }

    [Fact]
    public async Task Disk_ThatIsFull_IsSaidAndNothingIsLeft()
    {
        await PrepareAsync();
        var small = Directory.CreateDirectory(_scratch["small"]).FullName;
        Assert.SkipUnless(await MountAsync("mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", small), "Mounting a small disk needs root.");
        try
        {
            Directory.CreateDirectory(_scratch["data"]);
            await File.WriteAllBytesAsync(_scratch["data/large"], System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000));
            await RunAsync("encrypt", "data/large", "--to", "large.kre");
            await RunAsync("encrypt", "data");
            foreach (var command in (string[][])[
                ["encrypt", "data/large", "--to", "small/large.kre"], ["encrypt", "data", "--to", "small/data.tar.kre"],
                ["decrypt", "large.kre", "--to", "small/large"], ["decrypt", "data.tar.kre", "--extract", "small/data"]])
            {
                var refused = await TryAsync(command);
                Assert.True(refused.ExitCode == 10, refused.ToString());
                Assert.Contains("Next: Make room", refused.Errors, StringComparison.Ordinal);
                Assert.Empty(Directory.EnumerateFileSystemEntries(small));
            }
        }
        finally
        {
            await MountAsync("umount", small);
        }
    }

    public void Dispose() => _scratch.Dispose();

    private async Task PrepareAsync() => await ProviderConnections.PrepareAsync(server, _scratch, "folders");

    private IEnumerable<string?> Left() => Directory.EnumerateFileSystemEntries(_scratch.Folder).Select(Path.GetFileName).Where(static name => name is not ".dotnet").Order(StringComparer.Ordinal);

    private async Task<bool> MountAsync(string program, params string[] arguments)
    {
        var start = CliProcess.Command(_scratch.Folder, program);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = System.Diagnostics.Process.Start(start)!;
        return (await CliProcess.FinishAsync(process, [])).ExitCode == 0;
    }

    private Task<Finished> TryAsync(params string[] arguments) => CliProcess.RunAsync(_scratch.Folder, [.. arguments, "--config", _scratch["client.conf"]]);

    private async Task<Finished> RunAsync(params string[] arguments)
    {
        var finished = await TryAsync(arguments);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return finished;
    }
}

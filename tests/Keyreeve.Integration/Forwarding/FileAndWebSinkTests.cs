using System.Diagnostics;
using System.Text.Json;
using Keyreeve.Integration.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

[Trait("Speed", "Slow")]
public sealed class FileAndWebSinkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-sink-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("create 0640")]
    [InlineData("copytruncate")]
    public async Task File_RotatedByLogrotate_NoRecordIsMissing(string way)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/logrotate"), "logrotate is not installed.");
        var log = Path.Combine(_folder, "audit.log");
        await using var fixture = await SinkFixture.StartAsync($"file:{log}");
        await fixture.RecordAsync(100);
        await fixture.UntilCompleteAsync(() => Serials());

        for (var round = 0; round < 3; round++)
        {
            Rotate(log, way);
            await fixture.RecordAsync(100);
            await fixture.UntilCompleteAsync(() => Serials());
        }

        Assert.Equal(4, Directory.GetFiles(_folder, "audit.log*").Length);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(log));
    }

    [Fact]
    public async Task File_CsvWithADate_IsATableThatPythonReads()
    {
        await using var fixture = await SinkFixture.StartAsync($"file:{_folder}/audit-{{date}}.csv format=csv");
        await fixture.RecordAsync(50);
        await TrailFixture.UntilAsync(() => fixture.Sink.Status.Lag == 0, "every record");

        var file = Assert.Single(Directory.GetFiles(_folder, "audit-????-??-??.csv"));
        var script = $"import csv;rows=list(csv.DictReader(open('{file}',encoding='utf-8-sig',newline='')));print(len(rows),rows[-1]['User'],rows[-1]['Serial'])";
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", script]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var printed = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal($"{fixture.Trail.Chain.Size} app {fixture.Trail.Chain.Size}\n", printed);
    }

    [Fact]
    [Trait("Attack", "59")]
    public async Task File_SymbolicLink_IsNotWrittenThrough()
    {
        var target = Path.Combine(_folder, "elsewhere");
        var link = Path.Combine(_folder, "audit.log");
        await File.WriteAllTextAsync(target, "", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(link, target);
        await using var fixture = await SinkFixture.StartAsync($"file:{link}");

        await fixture.RecordAsync(5);

        await TrailFixture.UntilAsync(() => fixture.Sink.Status.Failure is not null, "the refusal");
        Assert.Contains("symbolic link", fixture.Sink.Status.Failure, StringComparison.Ordinal);
        Assert.Equal(0, new FileInfo(target).Length);
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task File_DirectoryMissing_IsToldAndCaughtUpLater()
    {
        var folder = Path.Combine(_folder, "missing");
        await using var fixture = await SinkFixture.StartAsync($"file:{folder}/audit.log");
        await fixture.RecordAsync(50);
        await TrailFixture.UntilAsync(() => fixture.Sink.Status.FailingSince is not null, "the failure");

        Directory.CreateDirectory(folder);

        await fixture.UntilCompleteAsync(() => Serials(folder));
        await TrailFixture.UntilAsync(() => fixture.Sink.Status.FailingSince is null, "that it is well again");
    }

    [Fact]
    [Trait("Attack", "50")]
    public async Task Web_RefusingThenWell_GetsEveryRecordOnceAndNoRedirectIsFollowed()
    {
        var received = new List<long>();
        var answers = new Queue<int>([500, 307, 503]);
        await using var web = await StartWebAsync(async context =>
        {
            if (answers.TryDequeue(out var refusal))
            {
                context.Response.StatusCode = refusal;
                context.Response.Headers.Location = "http://169.254.169.254/latest/meta-data";
                return;
            }

            using var reader = new StreamReader(context.Request.Body);
            while (await reader.ReadLineAsync(context.RequestAborted) is { } line)
                lock (received) received.Add(JsonDocument.Parse(line).RootElement.GetProperty("record").GetProperty("seq").GetInt64());
        });
        await using var fixture = await SinkFixture.StartAsync(web.Urls.First().Replace("http://", "insecure-http://", StringComparison.Ordinal) + "/hook");

        await fixture.RecordAsync(700);

        await fixture.UntilCompleteAsync(() => { lock (received) return [.. received]; });
        lock (received) Assert.Equal(received.Distinct().Count(), received.Count);
        Assert.Empty(answers);
    }

    private static async Task<WebApplication> StartWebAsync(RequestDelegate handler)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var web = builder.Build();
        web.Run(handler);
        await web.StartAsync();
        return web;
    }

    private IEnumerable<long> Serials(string? folder = null) =>
        Directory.GetFiles(folder ?? _folder, "audit.log*")
            .SelectMany(File.ReadAllLines)
            .Where(static line => line.Length > 0)
            .Select(static line => JsonDocument.Parse(line).RootElement.GetProperty("record").GetProperty("seq").GetInt64());

    private void Rotate(string log, string way)
    {
        var configuration = Path.Combine(_folder, "rotate.conf");
        File.WriteAllText(configuration, $$"""
            {{log}} {
                rotate 9
                {{way}}
                nocompress
            }

            """);
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using var rotation = Process.Start("/usr/sbin/logrotate", ["--force", "--state", Path.Combine(_folder, "state"), configuration])!;
        rotation.WaitForExit();
        Assert.Equal(0, rotation.ExitCode);
    }
}

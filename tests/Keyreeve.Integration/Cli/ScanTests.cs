using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Keyreeve.Core.Access;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary><c>keyreeve scan</c> over trees, diffs and real pushes of git.</summary>
[Trait("Speed", "Slow")]
public sealed class ScanTests : IDisposable
{
    private const int SecretsFound = 11;

    // Made anew each time, and in pieces, so that nothing here is found by what is tested here.
    private static readonly string Token = ApiToken.Generate(out _, out _);
    private static readonly string Pem = MakePem();

    private readonly Scratch _scratch = new();

    [Fact]
    [Trait("Attack", "52")]
    public async Task Tree_SecretsOfManyKinds_AreFoundAndNeverShown()
    {
        var secrets = Secrets();
        foreach (var (rule, line, _) in secrets)
            _scratch.Write($"{rule}.txt", Encoding.UTF8.GetBytes($"first line\n{line}\nlast line\n"));
        _scratch.Write("harmless.txt", [.. "password = \"\"\ntoken: see the vault\n-----BEGIN "u8 + "PRIVATE KEY----- is how it begins\n"u8]);

        var finished = await ScanAsync("--output", "json", ".");

        Assert.Equal(SecretsFound, finished.ExitCode);
        var found = JsonDocument.Parse(finished.Output).RootElement.EnumerateArray()
            .Select(static one => (Path: one.GetProperty("path").GetString()!, Rule: one.GetProperty("rule").GetString()!, Line: one.GetProperty("line").GetInt32())).ToHashSet();
        foreach (var (rule, _, secret) in secrets)
        {
            Assert.Contains(($"{rule}.txt", rule, 2), found);
            Assert.DoesNotContain(secret, finished.Text + finished.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(found, static one => one.Path is "harmless.txt");
        var table = await ScanAsync(".");
        Assert.All(secrets, one => Assert.DoesNotContain(one.Secret, table.Text + table.Errors, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Baseline_WhatIsKnown_IsPassedOverWhateverItsLine_AndANewOneIsNot()
    {
        _scratch.Write("config.txt", Encoding.UTF8.GetBytes($"a = {Token}\n"));
        Assert.Equal(0, (await ScanAsync("--write-baseline")).ExitCode);
        var baseline = await File.ReadAllTextAsync(_scratch[".keyreeve-scan-baseline"]);
        Assert.Contains("keyreeve-token config.txt", baseline, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, baseline, StringComparison.Ordinal);

        _scratch.Write("config.txt", Encoding.UTF8.GetBytes($"one more line\n\na = {Token}\n"));
        Assert.Equal(0, (await ScanAsync()).ExitCode);
        _scratch.Write("config.txt", Encoding.UTF8.GetBytes($"a = {ApiToken.Generate(out _, out _)}\n"));
        Assert.Equal(SecretsFound, (await ScanAsync()).ExitCode);
    }

    [Fact]
    public async Task Rules_OfAFile_StandAboveOurs_AndFaultsAreNamed()
    {
        _scratch.Write("code.txt", Encoding.UTF8.GetBytes($"badge 77-4412\n{Token}\n"));
        _scratch.Write("own.rules", "[rule badge]\nkeyword = badge\npattern = badge [0-9]{2}-[0-9]{4}\n[rule keyreeve-token]\nkeyword = kr_\npattern = kr_never\n"u8.ToArray());
        var finished = await ScanAsync("--rules", "own.rules", "--output", "json", "code.txt");
        Assert.Equal(["badge"], JsonDocument.Parse(finished.Output).RootElement.EnumerateArray().Select(static one => one.GetProperty("rule").GetString()));

        _scratch.Write("own.rules", "[rule x]\nkeyword = x\npattern = (?<=a)b\ncolour = red\n[rules]\na = b\n"u8.ToArray());
        var faulty = await ScanAsync("--rules", "own.rules", "code.txt");
        Assert.Equal(3, faulty.ExitCode);
        foreach (var place in (string[])["own.rules:3", "own.rules:4", "own.rules:6"])
            Assert.Contains(place, faulty.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diff_WhatItAdds_IsScannedAndContentCannotPassForAHeader()
    {
        var diff = $"""
            diff --git a/x.txt b/x.txt
            --- a/x.txt
            +++ b/x.txt
            @@ -1,2 +1,3 @@
            -old {Token}
             kept {Token}
            +++ b/other.txt
            +new {Token}

            """;
        using var process = CliProcess.Start(_scratch.Folder, "scan", "--diff", "-", "--output", "json");

        var finished = await CliProcess.FinishAsync(process, Encoding.UTF8.GetBytes(diff));

        var one = Assert.Single(JsonDocument.Parse(finished.Output).RootElement.EnumerateArray());
        Assert.Equal(("x.txt", 3), (one.GetProperty("path").GetString(), one.GetProperty("line").GetInt32()));
    }

    [Fact]
    public async Task Hooks_CommitPushAndReceive_RefuseWhatHoldsASecret()
    {
        await GitAsync(".", "init", "--bare", "-q", "-b", "main", "server.git");
        await GitAsync(".", "init", "-q", "-b", "main", "work");
        await GitAsync("work", "remote", "add", "origin", _scratch["server.git"]);
        await KeyreeveAsync("server.git", "scan", "--install-hook", "pre-receive");
        await CommitAsync("readme.txt", "harmless\n");
        await GitAsync("work", "push", "-q", "origin", "main");

        // On the server: in a commit that a later one takes back again, too.
        await CommitAsync("config.txt", $"token = {Token}\n");
        await CommitAsync("config.txt", "token = see the vault\n");
        var refused = await RunGitAsync("work", "push", "origin", "main");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("keyreeve-token", refused.Errors, StringComparison.Ordinal);
        Assert.Contains("config.txt:1", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, refused.Errors + refused.Text, StringComparison.Ordinal);
        await GitAsync("work", "reset", "-q", "--hard", "HEAD~2");

        // A mark that whoever pushes wrote himself does not count there; in a merge it is found as well.
        await GitAsync("work", "checkout", "-q", "-b", "topic");
        await CommitAsync("topic.txt", $"{Token} keyreeve:allow\n");
        await GitAsync("work", "checkout", "-q", "main");
        await CommitAsync("other.txt", "harmless\n");
        await GitAsync("work", "merge", "-q", "--no-ff", "-m", "merge", "topic");
        Assert.NotEqual(0, (await RunGitAsync("work", "push", "origin", "main")).ExitCode);
        await GitAsync("work", "reset", "-q", "--hard", "origin/main");

        // On the machine of whoever works: before the push, and before the commit.
        await File.WriteAllTextAsync(Path.Combine(_scratch.Folder, "server.git/hooks/pre-receive"), "#!/bin/sh\nexit 0\n");
        await KeyreeveAsync("work", "scan", "--install-hook", "pre-push");
        await CommitAsync("key.pem", Pem);
        refused = await RunGitAsync("work", "push", "origin", "main");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("private-key", refused.Errors + refused.Text, StringComparison.Ordinal);
        await GitAsync("work", "reset", "-q", "--hard", "HEAD~1");
        await GitAsync("work", "push", "-q", "origin", "main");

        await KeyreeveAsync("work", "scan", "--install-hook", "pre-commit");
        await File.WriteAllTextAsync(_scratch["work/key.pem"], Pem);
        await GitAsync("work", "add", "key.pem");
        refused = await RunGitAsync("work", "commit", "-q", "-m", "a key");
        Assert.NotEqual(0, refused.ExitCode);
        Assert.Contains("key.pem:1", refused.Errors + refused.Text, StringComparison.Ordinal);
        var again = await CliProcess.RunAsync(_scratch["work"], "scan", "--install-hook", "pre-commit");
        Assert.Equal(10, again.ExitCode);
    }

    [Fact]
    public async Task Standard_RulesAndThisRepository_HaveNoFindingsThatAreNotKnown()
    {
        // What ./test leaves beside the sources is none of them.
        var finished = await CliProcess.RunAsync(Repository.Root, "scan", "src", "docs", "tests/Keyreeve.Tests/Client", "samples", "deploy", "eng", "bench", "README.md", "CHANGELOG.md", "--output", "json");
        var found = JsonDocument.Parse(finished.Output).RootElement.EnumerateArray()
            .Where(static one => !one.GetProperty("path").GetString()!.Contains("/obj/", StringComparison.Ordinal) && !one.GetProperty("path").GetString()!.Contains("/bin/", StringComparison.Ordinal));

        Assert.Empty(found.Select(static one => one.GetRawText()));
    }

    public void Dispose() => _scratch.Dispose();

    private static List<(string Rule, string Line, string Secret)> Secrets()
    {
        var enrolment = EnrolmentCode.Generate(out _);
        var aws = "AKIA" + Random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
        var github = "ghp" + "_" + Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 36);
        var age = "AGE-SECRET-KEY-" + "1" + Random("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58);
        var awsSecret = Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/+", 40);
        var url = Random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 16);
        var assigned = Convert.ToBase64String(RandomNumberGenerator.GetBytes(48));
        return
        [
            ("keyreeve-token", $"export KEYREEVE_TOKEN={Token}", Token),
            ("keyreeve-enrolment-code", enrolment, enrolment),
            ("private-key", Pem.TrimEnd('\n'), Pem.Split('\n')[1]),
            ("aws-access-key-id", $"id: {aws}", aws),
            ("aws-secret-key", $"aws_secret_access_key = {awsSecret}", awsSecret),
            ("github-token", $"Authorization: token {github}", github),
            ("age-key", age, age),
            ("url-password", $"postgres://app:{url}@db.example/app", url),
            ("assigned-secret", $"  client_secret: \"{assigned}\",", assigned),
        ];
    }

    private static string Random(string alphabet, int length) => RandomNumberGenerator.GetString(alphabet, length);

    private static string MakePem()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private Task<Finished> ScanAsync(params string[] arguments) => CliProcess.RunAsync(_scratch.Folder, ["scan", .. arguments]);

    private async Task KeyreeveAsync(string folder, params string[] arguments)
    {
        var finished = await CliProcess.RunAsync(_scratch[folder], arguments);
        Assert.True(finished.ExitCode == 0, finished.ToString());
    }

    private async Task CommitAsync(string file, string content)
    {
        await File.WriteAllTextAsync(Path.Combine(_scratch["work"], file), content);
        await GitAsync("work", "add", file);
        await GitAsync("work", "commit", "-q", "-m", "change");
    }

    private async Task GitAsync(string folder, params string[] arguments)
    {
        var finished = await RunGitAsync(folder, arguments);
        Assert.True(finished.ExitCode == 0, $"git {string.Join(' ', arguments)}: {finished}");
    }

    private async Task<Finished> RunGitAsync(string folder, params string[] arguments)
    {
        var start = CliProcess.Command(Path.Combine(_scratch.Folder, folder), "git");
        foreach (var argument in (string[])["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false", .. arguments])
            start.ArgumentList.Add(argument);
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var process = Process.Start(start)!;
        return await CliProcess.FinishAsync(process, []);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Keyreeve.Client;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>
/// The server as a process of its own, as in production: initialised by <c>keyreeve init</c>, run by <c>keyreeve server</c>, killed
/// and started again at will. After the first start it keeps its ports.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeLimit = TimeSpan.FromSeconds(60);

    private readonly Scratch _scratch = new();
    private readonly List<string> _log = [];
    private Process? _process;
    private string _administratorCode = "";

    /// <summary>Everything of this server and its clients lies below this folder.</summary>
    public string Folder => _scratch.Folder;

    public string DataDirectory => _scratch["data"];

    /// <summary>The server's own temporary folder.</summary>
    public string TemporaryFolder => _scratch["tmp"];

    public string ConfigurationFile => _scratch["keyreeve.conf"];

    /// <summary>The content of the passphrase file.</summary>
    public string Passphrase { get; } = "passphrase-of-" + Guid.NewGuid().ToString("N");

    public int HttpsPort { get; private set; }

    public int KmipPort { get; private set; }

    public string Fingerprint { get; private set; } = "";

    public int ProcessId => _process!.Id;

    public bool IsRunning => _process is { HasExited: false };

    /// <summary>Settings above the configuration file's, as <c>section.key=value</c>, from the next start on.</summary>
    public List<string> Settings { get; } = [];

    /// <summary>What else stands in the server's environment, from the next start on.</summary>
    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>What the command that starts the server begins with, from the next start on; empty for nothing.</summary>
    public IReadOnlyList<string> Prefix { get; set; } = [];

    /// <summary>Code, unused, of the first administrator.</summary>
    public string AdministratorCode => _administratorCode;

    public string Address => $"https://localhost:{HttpsPort}";

    /// <summary>The fingerprint that the server tells when it is ready.</summary>
    public string Authority { get; private set; } = "";

    /// <summary>What the server wrote on its standard error.</summary>
    public string Log
    {
        get
        {
            lock (_log)
                return string.Join('\n', _log);
        }
    }

    /// <summary>A new installation, running.</summary>
    public static async Task<ServerProcess> StartNewAsync()
    {
        var server = new ServerProcess();
        try
        {
            await server.InitialiseAsync();
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another server with a copy of one's installation, which is stopped: the same keys, principals and certificates.</summary>
    public static async Task<ServerProcess> StartCopyAsync(ServerProcess original)
    {
        var copy = new ServerProcess { _administratorCode = original._administratorCode, Fingerprint = original.Fingerprint };
        try
        {
            Directory.CreateDirectory(copy.TemporaryFolder);
            using (var copying = Process.Start("cp", ["-a", original.DataDirectory, copy.DataDirectory]))
                await copying.WaitForExitAsync();
            copy._scratch.Write("passphrase", System.Text.Encoding.UTF8.GetBytes(original.Passphrase));
            var text = await File.ReadAllTextAsync(original.ConfigurationFile);
            copy._scratch.Write("keyreeve.conf", System.Text.Encoding.UTF8.GetBytes(text.Replace(original.Folder, copy.Folder, StringComparison.Ordinal)));
            await copy.StartAsync();
            return copy;
        }
        catch
        {
            await copy.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// For those who start it again and again: the root key is sealed anew by the same passphrase at a thousandth of the cost, which is meant
    /// to be most of what a start takes. The server, which is stopped, takes what the file says.
    /// </summary>
    public async Task MakeUnsealingCheapAsync()
    {
        var file = new SealFile(DataDirectory);
        var passphrase = _scratch["passphrase"];
        using (var root = await file.OpenAsync([new PassphraseFileSlot(passphrase, DataDirectory)], CancellationToken.None))
            await file.AddSlotAsync(new PassphraseFileSlot(passphrase, DataDirectory, new ScryptParameters(1 << 7, 8, 1)), root, CancellationToken.None);
        var path = Path.Combine(DataDirectory, SealFile.FileName);
        var written = JsonNode.Parse(await File.ReadAllBytesAsync(path))!;
        written["slots"]!.AsArray().RemoveAt(0);
        await File.WriteAllTextAsync(path, written.ToJsonString());
    }

    /// <summary>Sends a signal, such as <c>STOP</c> or <c>CONT</c>.</summary>
    public Task SignalAsync(string signal) => ProcessSignal.SendAsync(ProcessId, signal);

    /// <summary>Starts the server and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        Launch();
        await WaitUntilReadyAsync();
    }

    /// <summary>Starts the server and does not wait.</summary>
    public void Launch()
    {
        _process?.Dispose();
        string[] command = [.. Prefix, CliProcess.Executable];
        var start = CliProcess.Command(Folder, command[0]);
        foreach (var argument in command[1..])
            start.ArgumentList.Add(argument);
        start.Environment["TMPDIR"] = TemporaryFolder;
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        foreach (var argument in (string[])[
            "server", "--config", ConfigurationFile,
            "--set", $"kmip.port={KmipPort.ToString(CultureInfo.InvariantCulture)}", "--set", $"rest.port={HttpsPort.ToString(CultureInfo.InvariantCulture)}"])
            start.ArgumentList.Add(argument);
        foreach (var setting in Settings)
        {
            start.ArgumentList.Add("--set");
            start.ArgumentList.Add(setting);
        }

        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
                _log.Add(line.Data ?? "");
        };
        _process.BeginErrorReadLine();
    }

    private async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(ReadyTimeLimit);
        while (await _process!.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            if (KmipLine().Match(line) is { Success: true } kmip)
                KmipPort = int.Parse(kmip.Groups["port"].Value, CultureInfo.InvariantCulture);
            if (AuthorityLine().Match(line) is { Success: true } authority)
                Authority = authority.Groups["fingerprint"].Value;
            if (HttpsLine().Match(line) is not { Success: true } https)
                continue;
            HttpsPort = int.Parse(https.Groups["port"].Value, CultureInfo.InvariantCulture);
            return;
        }

        await _process.WaitForExitAsync(limit.Token);
        Assert.Fail($"The server ended with {_process.ExitCode} instead of becoming ready:\n{Log}");
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Asks the server to end, and says with what exit code it did and how long it took.</summary>
    public async Task<(int ExitCode, TimeSpan Time)> StopAsync()
    {
        var started = Stopwatch.GetTimestamp();
        using (var kill = Process.Start("kill", ["-TERM", ProcessId.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        using var limit = new CancellationTokenSource(ReadyTimeLimit);
        await _process!.WaitForExitAsync(limit.Token);
        return (_process.ExitCode, Stopwatch.GetElapsedTime(started));
    }

    /// <summary>Enrols by the command line; returns the client's configuration file.</summary>
    public async Task<string> EnrolAsync(string name, string code)
    {
        var configuration = Path.Combine(Folder, name, "client.conf");
        var finished = await CliProcess.RunAsync(
            Folder, System.Text.Encoding.UTF8.GetBytes(code + "\n"),
            ["enroll", "--server", Address, "--code", "-", "--ca-fingerprint", Fingerprint, "--config", configuration]);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return configuration;
    }

    /// <summary>Enrols somebody with rights that the administrator grants; returns the client's configuration file.</summary>
    public async Task<string> EnrolAsync(string administratorConfiguration, string name, string group, params string[] rights)
    {
        var finished = await CliProcess.RunAsync(
            Folder,
            ["enrolment-code", "create", name, "--group", group, .. rights.SelectMany(static right => (string[])["--allow", right]), "--config", administratorConfiguration, "--output", "json"]);
        Assert.True(finished.ExitCode == 0, finished.ToString());
        return await EnrolAsync(name, JsonDocument.Parse(finished.Output).RootElement.GetProperty("code").GetString()!);
    }

    /// <summary>A client of the SDK as somebody who enrolled.</summary>
    public static KeyreeveClient Connect(string configuration) => new(Keyreeve.Cli.ClientConfiguration.Load(configuration));

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        // What it left for its next start, of which there is none.
        if (Directory.Exists(Path.Combine(DataDirectory, AuditDirectory.Name)))
            File.Delete(AuditSpool.PathOf(AuditSpool.DefaultDirectory, Path.Combine(DataDirectory, AuditDirectory.Name)));
        _scratch.Dispose();
    }

    private async Task InitialiseAsync()
    {
        Directory.CreateDirectory(TemporaryFolder);
        _scratch.Write("passphrase", System.Text.Encoding.UTF8.GetBytes(Passphrase));
        _scratch.Write("keyreeve.conf", System.Text.Encoding.UTF8.GetBytes($"""
            [server]
            data-directory = {DataDirectory}
            [seal]
            passphrase-file = {_scratch["passphrase"]}
            [rest]
            enrolments-per-minute = 1000000
            """));
        var finished = await CliProcess.RunAsync(Folder, "init", "--config", ConfigurationFile, "--output", "json");
        Assert.True(finished.ExitCode == 0, finished.ToString());
        var answer = JsonDocument.Parse(finished.Output).RootElement;
        _administratorCode = answer.GetProperty("code").GetString()!;
        Fingerprint = answer.GetProperty("caFingerprint").GetString()!;
    }

    [GeneratedRegex(@"^\s*KMIP\s.*:(?<port>\d+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex KmipLine();

    [GeneratedRegex("^  authority  (?<fingerprint>[0-9a-f]{64})$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex AuthorityLine();

    [GeneratedRegex(@"https://[^ ]*:(?<port>\d+)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HttpsLine();
}

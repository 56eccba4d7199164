using System.Diagnostics;
using System.Net.Sockets;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>A TPM 2.0 in software (swtpm), a process of its own.</summary>
internal sealed class SoftTpm : IDisposable
{
    private const string Program = "/usr/bin/swtpm";

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-tpm-").FullName;
    private Process? _process;

    private string SocketPath => Path.Combine(_folder, "tpm.sock");

    /// <summary>How the TPM software stack reaches it.</summary>
    public string Device => "swtpm:path=" + SocketPath;

    public static bool IsInstalled => File.Exists(Program)
        && Directory.EnumerateFiles("/usr/lib", "libtss2-tcti-swtpm.so.0", SearchOption.AllDirectories).Any()
        && Directory.EnumerateFiles("/usr/lib", "libtss2-esys.so.0", SearchOption.AllDirectories).Any();

    /// <summary>A new TPM, running; skips the test where there is none.</summary>
    public static async Task<SoftTpm> StartAsync()
    {
        Assert.SkipUnless(IsInstalled, "swtpm and the TPM software stack are not installed");
        var tpm = new SoftTpm();
        await tpm.PowerOnAsync();
        return tpm;
    }

    /// <summary>Begins it with the state that it had.</summary>
    public async Task PowerOnAsync()
    {
        string[] arguments =
        [
            "socket", "--tpm2", "--tpmstate", "dir=" + _folder, "--server", "type=unixio,path=" + SocketPath,
            "--ctrl", "type=unixio,path=" + SocketPath + ".ctrl", "--flags", "not-need-init,startup-clear",
        ];
        _process = Process.Start(new ProcessStartInfo(Program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        var clock = Stopwatch.StartNew();
        while (!Listens(SocketPath) || !Listens(SocketPath + ".ctrl"))
        {
            Assert.False(_process.HasExited, "swtpm ended.");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(60), "swtpm does not listen.");
            await Task.Delay(20);
        }
    }

    /// <summary>Measures something into a register, as firmware does that is another.</summary>
    public Task ExtendAsync(int register) => RunToolAsync(_folder, "tpm2_pcrextend", $"{register}:sha256={new string('a', 64)}");

    /// <summary>Runs one of the tools of everybody (tpm2-tools) with it.</summary>
    public async Task RunToolAsync(string folder, string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/" + tool, arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["TPM2TOOLS_TCTI"] = Device;
        start.Environment["TCTI"] = Device;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{tool}: {error}");
    }

    // A file is there before anybody listens.
    private static bool Listens(string path)
    {
        try
        {
            using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Ends it; its state stays.</summary>
    public void PowerOff()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
        File.Delete(SocketPath);
        File.Delete(SocketPath + ".ctrl");
    }

    public void Dispose()
    {
        PowerOff();
        Directory.Delete(_folder, recursive: true);
    }
}

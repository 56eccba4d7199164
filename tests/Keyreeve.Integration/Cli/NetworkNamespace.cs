using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>A network of its own, joined to this machine's by one cable that can be pulled out. Needs root.</summary>
internal sealed class NetworkNamespace : IAsyncDisposable
{
    private readonly Process _holder;
    private readonly string _cable;

    private NetworkNamespace(Process holder, string cable, string near, string far)
    {
        _holder = holder;
        _cable = cable;
        Near = near;
        Address = far;
    }

    /// <summary>The address of this machine's end.</summary>
    public string Near { get; }

    /// <summary>The address at the far end.</summary>
    public string Address { get; }

    /// <summary>What a command that shall run in the namespace begins with.</summary>
    public IReadOnlyList<string> Enter => ["nsenter", "-t", _holder.Id.ToString(CultureInfo.InvariantCulture), "-n"];

    /// <summary>Makes one; skips the test where that is not allowed.</summary>
    public static async Task<NetworkNamespace> CreateAsync()
    {
        Assert.SkipUnless(System.Environment.IsPrivilegedProcess, "Network namespaces need root.");
        Assert.SkipUnless(File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip"), "iproute2 is not installed.");
        var holder = Process.Start(new ProcessStartInfo("unshare", ["-n", "sh", "-c", "echo ready; exec cat"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        var ready = await holder.StandardOutput.ReadLineAsync();
        if (ready is not "ready")
        {
            holder.Dispose();
            Assert.Skip("This machine allows no network namespaces.");
        }

        var number = Environment.ProcessId % 60_000;
        var (near, far) = ($"10.{200 + (number >> 14)}.{(number >> 6) & 0xFF}.{((number & 0x3F) << 2) + 1}", $"10.{200 + (number >> 14)}.{(number >> 6) & 0xFF}.{((number & 0x3F) << 2) + 2}");
        var made = new NetworkNamespace(holder, $"kr{number}", near, far);
        if (await RunAsync("ip", "link", "add", made._cable, "type", "veth", "peer", "name", "far0", "netns", holder.Id.ToString(CultureInfo.InvariantCulture)) != 0)
        {
            await made.DisposeAsync();
            Assert.Skip("This machine allows no virtual cables.");
        }

        await MustAsync("ip", "address", "add", near + "/30", "dev", made._cable);
        await MustAsync("ip", "link", "set", made._cable, "up");
        await made.InsideAsync("ip", "address", "add", far + "/30", "dev", "far0");
        await made.InsideAsync("ip", "link", "set", "lo", "up");
        await made.InsideAsync("ip", "link", "set", "far0", "up");
        return made;
    }

    /// <summary>Pulls the cable out at the far end: nothing is refused, nothing is answered.</summary>
    public Task PullAsync() => InsideAsync("ip", "link", "set", "far0", "down");

    /// <summary>Plugs it in again.</summary>
    public Task PlugAsync() => InsideAsync("ip", "link", "set", "far0", "up");

    public async ValueTask DisposeAsync()
    {
        await RunAsync("ip", "link", "delete", _cable);
        _holder.StandardInput.Close();
        await _holder.WaitForExitAsync();
        _holder.Dispose();
    }

    private Task InsideAsync(params string[] command) => MustAsync([.. Enter, .. command]);

    private static async Task MustAsync(params string[] command) => Assert.Equal(0, await RunAsync(command));

    private static async Task<int> RunAsync(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}

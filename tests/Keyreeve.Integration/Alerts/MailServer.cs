using System.Diagnostics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Keyreeve.Integration.Alerts;

/// <summary>A real mail server in a process of its own (aiosmtpd): STARTTLS or TLS from the first byte, a password, and every mail printed.</summary>
internal sealed class MailServer : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string Package = "/usr/lib/python3/dist-packages/aiosmtpd/__init__.py";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("keyreeve-mail-");
    private readonly TestAuthority _authority = new();
    private readonly Process _process;
    private readonly List<JsonNode> _mails = [];
    private readonly TaskCompletionSource<int> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MailServer(string mode)
    {
        using var certificate = _authority.IssueServer("localhost");
        File.WriteAllText(AuthorityFile, _authority.Certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder.FullName, "server.pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey();
        File.WriteAllText(Path.Combine(_folder.FullName, "server.key"), key?.ExportPkcs8PrivateKeyPem() ?? certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem());
        var script = Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Alerts", "mail_server.py");
        _process = Process.Start(new ProcessStartInfo(Python, ["-W", "ignore", script, mode, _folder.FullName]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true })!;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
    }

    public static string? Absence => File.Exists(Package) ? null : "python3-aiosmtpd is not installed.";

    public int Port { get; private set; }

    public string AuthorityFile => Path.Combine(_folder.FullName, "ca.pem");

    /// <summary>What has been taken: from, to, subject, text.</summary>
    public IReadOnlyList<JsonNode> Mails
    {
        get
        {
            lock (_mails) return [.. _mails];
        }
    }

    /// <param name="mode">starttls, tls, or plain for a server that offers no TLS.</param>
    public static async Task<MailServer> StartAsync(string mode)
    {
        var server = new MailServer(mode);
        server.Port = await server._listening.Task.WaitAsync(TimeSpan.FromSeconds(60));
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _authority.Dispose();
        _folder.Delete(recursive: true);
    }

    private void Take(string? line)
    {
        if (line is null) return;
        var node = JsonNode.Parse(line)!;
        if (node["port"] is { } port) _listening.TrySetResult(port.GetValue<int>());
        else lock (_mails) _mails.Add(node);
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Keyreeve.Integration.Forwarding;

/// <summary>A real rsyslogd in a folder of its own, which writes every message it gets to one file; ended by its process id.</summary>
internal sealed class Rsyslogd : IDisposable
{
    public const string Program = "/usr/sbin/rsyslogd";

    private readonly string _folder;
    private readonly string _configuration;
    private Process? _process;

    public Rsyslogd(X509Certificate2? certificate = null, X509Certificate2? authority = null)
    {
        _folder = Directory.CreateTempSubdirectory("keyreeve-rsyslog-").FullName;
        TcpPort = FreePort();
        TlsPort = FreePort();
        UdpPort = FreePort();
        _configuration = Path.Combine(_folder, "rsyslog.conf");
        var tls = "";
        if (certificate is not null)
        {
            File.WriteAllText(Path.Combine(_folder, "cert.pem"), certificate.ExportCertificatePem());
            using var key = certificate.GetECDsaPrivateKey()!;
            File.WriteAllText(Path.Combine(_folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Path.Combine(_folder, "ca.pem"), authority!.ExportCertificatePem());
            tls = $"""
                input(type="imtcp" port="{TlsPort}" address="127.0.0.1" ruleset="all" streamdriver.name="gtls" streamdriver.mode="1" streamdriver.authmode="anon")
                """;
        }

        File.WriteAllText(_configuration, $"""
            global(workDirectory="{_folder}" maxMessageSize="64k" defaultNetstreamDriverCAFile="{_folder}/ca.pem"
                   defaultNetstreamDriverCertFile="{_folder}/cert.pem" defaultNetstreamDriverKeyFile="{_folder}/key.pem")
            module(load="imudp")
            module(load="imtcp")
            module(load="imuxsock" SysSock.Use="off")
            template(name="raw" type="string" string="%rawmsg%\n")
            ruleset(name="all" queue.type="direct") {"{"} action(type="omfile" file="{Received}" template="raw" asyncWriting="off") {"}"}
            input(type="imtcp" port="{TcpPort}" address="127.0.0.1" ruleset="all")
            input(type="imudp" port="{UdpPort}" address="127.0.0.1" ruleset="all")
            input(type="imuxsock" Socket="{SocketPath}" ruleset="all")
            {tls}
            """);
        Start();
    }

    public static string? Absence => File.Exists(Program) ? null : "rsyslogd is not installed (Debian: rsyslog, rsyslog-gnutls).";

    public int TcpPort { get; }

    public int TlsPort { get; }

    public int UdpPort { get; }

    public string SocketPath => Path.Combine(_folder, "log.sock");

    public string AuthorityFile => Path.Combine(_folder, "ca.pem");

    private string Received => Path.Combine(_folder, "received.log");

    public string[] Lines() => File.Exists(Received) ? File.ReadAllLines(Received) : [];

    public void Start()
    {
        var start = new ProcessStartInfo(Program)
        {
            ArgumentList = { "-n", "-f", _configuration, "-i", Path.Combine(_folder, "pid") },
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        WaitUntilItListens();
    }

    public void Suspend() => Signal(19);

    public void Resume() => Signal(18);

    /// <summary>Ends it at once, with whatever lies unread in its sockets.</summary>
    public void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
    }

    public void Dispose()
    {
        Kill();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int process, int signal);

    private void Signal(int signal) => Assert.Equal(0, SendSignal(_process!.Id, signal));

    private void WaitUntilItListens()
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, TcpPort);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20) && !_process!.HasExited)
            {
                Thread.Sleep(20);
            }
        }
    }
}

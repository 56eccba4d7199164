using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Rest;

/// <summary>A server, with connections of its own; they are made anew when the files change that say who the client is. Thread safe.</summary>
internal sealed class RestServer : IDisposable
{
    private readonly ClientOptions _options;
    private readonly TimeProvider _time;
    private readonly bool _readsFiles;
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _reloading = new();
    private Connections _current;

    /// <summary>Reads the files that the options name.</summary>
    public RestServer(ClientOptions options, KeyServer server, TimeProvider time)
        : this(options, server, time, readsFiles: true)
    {
        Pinned = ClientTls.PinnedOf(Settings);
        _current = Open();
    }

    /// <summary>By the caller's TLS.</summary>
    public RestServer(ClientOptions options, KeyServer server, SslClientAuthenticationOptions tls)
        : this(options, server, TimeProvider.System, readsFiles: false) => _current = new Connections(ClientOf(HandlerOf(options, tls), ownsHandler: true), null, default);

    /// <summary>By the caller's handler, which stays his.</summary>
    public RestServer(ClientOptions options, KeyServer server, HttpMessageHandler handler)
        : this(options, server, TimeProvider.System, readsFiles: false) => _current = new Connections(ClientOf(handler, ownsHandler: false), null, default);

    private RestServer(ClientOptions options, KeyServer server, TimeProvider time, bool readsFiles)
    {
        _options = options;
        _time = time;
        _readsFiles = readsFiles;
        Settings = options.Complete(server);
        Name = server.ToString();
        _current = null!;
    }

    public string Name { get; }

    public Uri Address => Settings.Address;

    /// <summary>All that is configured of it.</summary>
    public KeyServer Settings { get; }

    /// <summary>Its authority, if that is known by its fingerprint alone.</summary>
    public PinnedAuthority? Pinned { get; }

    /// <summary>Its connections; those that are in use end by themselves when others take their place.</summary>
    public HttpClient Http => Volatile.Read(ref _current).Http;

    /// <summary>The certificate that it is shown; null if it is shown none.</summary>
    public X509Certificate2? Certificate => Volatile.Read(ref _current).Certificate;

    /// <summary>Takes over the files if they changed: new connections are made with them. Those that cannot be read leave all as it is.</summary>
    /// <returns>Whether there is something new.</returns>
    public bool ReloadIfChanged()
    {
        if (!_readsFiles || Settings.CertificateFile is null)
            return false;
        lock (_reloading)
        {
            var old = _current;
            if (_ended.IsCancellationRequested || FileStamps.Of(Settings) == old.Stamps)
                return false;
            try
            {
                Volatile.Write(ref _current, Open());
            }
            catch (Exception e) when (e is KeyreeveClientException or IOException or UnauthorizedAccessException or PrivateFileException or CryptographicException)
            {
                _options.Log?.Invoke(ClientLogLevel.Warning, $"The files by which {Name} knows this client changed, and cannot be used; the certificate that was read before is shown: {e.Message}");
                Volatile.Write(ref _current, old with { Stamps = FileStamps.Of(Settings) });
                return false;
            }

            _ = CloseUnusedAsync(old.Http);
            return true;
        }
    }

    public void Dispose()
    {
        lock (_reloading)
        {
            _ended.Cancel();
            Http.Dispose();
        }
    }

    private Connections Open()
    {
        // Before they are read: what changes meanwhile is seen the next time.
        var stamps = FileStamps.Of(Settings);
        var tls = ClientTls.Create(Settings, Pinned);
        return new Connections(ClientOf(HandlerOf(_options, tls), ownsHandler: true), tls.ClientCertificateContext?.TargetCertificate, stamps);
    }

    private async Task CloseUnusedAsync(HttpClient old)
    {
        // Whatever was sent over it is answered or given up by then.
        await Task.Delay(_options.RequestTimeLimit, _time, _ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        old.Dispose();
    }

    private static HttpClient ClientOf(HttpMessageHandler handler, bool ownsHandler) => new(handler, ownsHandler)
    {
        DefaultRequestVersion = HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private static SocketsHttpHandler HandlerOf(ClientOptions options, SslClientAuthenticationOptions tls) => new()
    {
        SslOptions = tls,
        ConnectTimeout = options.ConnectTimeLimit,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        // A proxy from the environment would end the TLS that both sides authenticate each other with.
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        // Connections are renewed now and then, so that a changed address of the server is seen.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        // A connection into nowhere is found out, idle or not: TCP would wait for minutes before it tries again.
        KeepAlivePingDelay = TimeSpan.FromSeconds(10),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
    };

    private sealed record Connections(HttpClient Http, X509Certificate2? Certificate, FileStamps Stamps);

    /// <summary>How the files looked that say who the client is, and whom it trusts.</summary>
    private readonly record struct FileStamps(DateTime Certificate, DateTime Key, DateTime Authority)
    {
        public static FileStamps Of(KeyServer server) => new(StampOf(server.CertificateFile), StampOf(server.PrivateKeyFile), StampOf(server.CertificateAuthorityFile));

        private static DateTime StampOf(string? path) => path is null || path.StartsWith(ClientIdentity.TokenScheme, StringComparison.Ordinal) ? default : File.GetLastWriteTimeUtc(path);
    }
}

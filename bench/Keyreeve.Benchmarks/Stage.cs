using Keyreeve.Core.Audit;

namespace Keyreeve.Benchmarks;

/// <summary>
/// What the rows stand on: a temporary folder, the server and the references, each started when a row first needs it and ended
/// with the run. One row at a time.
/// </summary>
internal sealed class Stage : IAsyncDisposable
{
    private const int FileSizeInMebibytes = 1024;
    private const int QuickFileSizeInMebibytes = 32;
    private static readonly TimeSpan FirstWarmUp = TimeSpan.FromSeconds(1);

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-bench-").FullName;
    private readonly HashSet<string> _doorsSeen = new(StringComparer.Ordinal);
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly Part<ServerUnderTest> _server;
    private readonly Part<ServerUnderTest> _pinnedServer;
    private readonly Part<AuditCostServers> _auditCost;
    private readonly Part<ChildServer> _echo;
    private readonly Part<ChildServer> _restEcho;
    private readonly Part<PyKmipServer> _pyKmip;
    private readonly Part<StoreComparisons> _store;
    private readonly Part<FileWork> _files;
    private readonly Part<FileWork> _diskFiles;
    private readonly Part<BenchToken> _token;

    public Stage(bool isQuick)
    {
        _server = new(_started, () => ServerUnderTest.StartAsync(Folder("server")));
        _pinnedServer = new(_started, () => ServerUnderTest.StartAsync(Folder("pinned"), Processors.Two().Server));
        _auditCost = new(_started, () => AuditCostServers.StartAsync(Folder("audit-cost")));
        _echo = new(_started, static () => ChildServer.StartAsync(EchoServer.Argument));
        _restEcho = new(_started, static () => ChildServer.StartAsync(RestEchoServer.Argument));
        _pyKmip = new(_started, () => PyKmipServer.StartAsync(Folder("pykmip")));
        _store = new(_started, () => StoreComparisons.StartAsync(Folder("store")));
        _token = new(_started, () => BenchToken.MakeAsync(Folder("token")));
        var fileSize = isQuick ? QuickFileSizeInMebibytes : FileSizeInMebibytes;
        _files = new(_started, () => FileWork.PrepareAsync(fileSize, onDisk: false));
        _diskFiles = new(_started, () => FileWork.PrepareAsync(fileSize, onDisk: true));
    }

    /// <summary>The server, as a process of its own.</summary>
    public Task<ServerUnderTest> ServerAsync() => _server.GetAsync();

    /// <summary>A server that has one processor of <see cref="Processors.Two"/> for itself, as a process of its own.</summary>
    /// <exception cref="NotInstalledException">There are not two.</exception>
    public Task<ServerUnderTest> PinnedServerAsync() => _pinnedServer.GetAsync();

    /// <summary>The server, and its parts without audit, each as a process of its own.</summary>
    public Task<AuditCostServers> AuditCostAsync() => _auditCost.GetAsync();

    /// <summary>TLS and one AES-GCM, as a process of its own.</summary>
    public Task<ChildServer> EchoAsync() => _echo.GetAsync();

    /// <summary>Kestrel that sends back what it gets, as a process of its own.</summary>
    public Task<ChildServer> RestEchoAsync() => _restEcho.GetAsync();

    /// <summary>PyKMIP's server.</summary>
    /// <exception cref="NotInstalledException">It is not there.</exception>
    public Task<PyKmipServer> PyKmipAsync() => _pyKmip.GetAsync();

    /// <summary>The store alone, and its ceiling.</summary>
    public Task<StoreComparisons> StoreAsync() => _store.GetAsync();

    /// <summary>A token.</summary>
    /// <exception cref="NotInstalledException">There is none.</exception>
    public Task<BenchToken> TokenAsync() => _token.GetAsync();

    /// <summary>A large file, and room for what becomes of it, in memory or on a disk.</summary>
    public Task<FileWork> FilesAsync(bool onDisk) => onDisk ? _diskFiles.GetAsync() : _files.GetAsync();

    /// <summary>How long the row that first comes through a door warms it up.</summary>
    public TimeSpan WarmUpOf(string door) => _doorsSeen.Add(door) ? FirstWarmUp : TimeSpan.Zero;

    /// <summary>A folder below the temporary one.</summary>
    public string Folder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var started)) await started.DisposeAsync();
        // What servers leave for their next start, of which there is none.
        foreach (var trail in Directory.EnumerateDirectories(_folder, AuditDirectory.Name, SearchOption.AllDirectories))
            File.Delete(AuditSpool.PathOf(AuditSpool.DefaultDirectory, trail));
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Started once; what failed to start is not tried again by the next row, which says the same.</summary>
    private sealed class Part<T>(Stack<IAsyncDisposable> started, Func<Task<T>> startAsync)
        where T : class, IAsyncDisposable
    {
        private T? _part;
        private Exception? _failure;

        public async Task<T> GetAsync()
        {
            if (_failure is NotInstalledException missing) throw new NotInstalledException(missing.Message);
            if (_failure is not null) throw new InvalidOperationException(_failure.Message, _failure);
            if (_part is not null) return _part;
            try
            {
                _part = await startAsync();
                started.Push(_part);
                return _part;
            }
            catch (Exception e)
            {
                _failure = e;
                throw;
            }
        }
    }
}

using System.Globalization;
using System.Net;

namespace Keyreeve.Benchmarks;

/// <summary>A reference that serves: this program again, in a process of its own, that writes its port when it is ready.</summary>
internal sealed class ChildServer : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private ChildServer(ChildProcess process, int port)
    {
        _process = process;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The processor time that the process has taken.</summary>
    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>Starts this program in the mode that the argument names.</summary>
    public static Task<ChildServer> StartAsync(string argument) => StartAsync(new Dictionary<string, string>(StringComparer.Ordinal), argument);

    /// <param name="environment">Added to its environment.</param>
    /// <param name="arguments">The mode and what it needs.</param>
    /// <inheritdoc cref="StartAsync(string)"/>
    public static async Task<ChildServer> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        var process = ChildProcess.Start(Environment.ProcessPath!, environment, arguments);
        try
        {
            var lines = await process.ReadLinesUntilAsync(static _ => true);
            return new ChildServer(process, int.Parse(lines[0], CultureInfo.InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>In the child: returns when the parent has gone, however it went.</summary>
    public static Task ParentGoneAsync() => Console.OpenStandardInput().CopyToAsync(Stream.Null);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}

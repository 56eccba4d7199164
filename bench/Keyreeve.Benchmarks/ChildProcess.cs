using System.Diagnostics;

namespace Keyreeve.Benchmarks;

/// <summary>A process that this one started, and that ends with it.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int MostLinesKept = 50;
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);
    private static readonly IReadOnlyDictionary<string, string> NoSettings = new Dictionary<string, string>(StringComparer.Ordinal);

    private readonly Process _process;
    private readonly Queue<string> _complaints = new();
    private Task _draining = Task.CompletedTask;

    private ChildProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginErrorReadLine();
    }

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _process.HasExited;

    /// <summary>The processor time that it has taken, its own and the kernel's for it.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a program with a standard input that stays open as long as this process lives.</summary>
    public static ChildProcess Start(string program, params IEnumerable<string> arguments) => Start(program, NoSettings, arguments);

    /// <param name="program">The program.</param>
    /// <param name="environment">Added to its environment.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <inheritdoc cref="Start(string, IEnumerable{string})"/>
    public static ChildProcess Start(string program, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Runs a program to its end, and returns what it wrote.</summary>
    /// <exception cref="InvalidOperationException">It failed, or did not end in time.</exception>
    public static async Task<string> RunAsync(string program, params IEnumerable<string> arguments)
    {
        await using var child = Start(program, arguments);
        child._process.StandardInput.Close();
        using var limit = new CancellationTokenSource(TimeLimit);
        var output = await child._process.StandardOutput.ReadToEndAsync(limit.Token);
        await child._process.WaitForExitAsync(limit.Token);
        return child._process.ExitCode == 0 ? output : throw child.Failed($"ended with {child._process.ExitCode}");
    }

    /// <summary>Tells it a line, and returns the line it answers with.</summary>
    /// <inheritdoc cref="ReadLineAsync"/>
    public async Task<string> AskAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
        return await ReadLineAsync();
    }

    /// <summary>The next line that it writes; not together with <see cref="ReadLinesUntilAsync"/>.</summary>
    /// <exception cref="InvalidOperationException">It ended, or wrote none in time.</exception>
    public async Task<string> ReadLineAsync()
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        return await _process.StandardOutput.ReadLineAsync(limit.Token) ?? throw Failed("ended");
    }

    /// <summary>What it writes up to the first line that fits; whatever comes later is read and dropped.</summary>
    /// <exception cref="InvalidOperationException">It ended, or wrote no such line in time.</exception>
    public async Task<IReadOnlyList<string>> ReadLinesUntilAsync(Func<string, bool> isLast)
    {
        using var limit = new CancellationTokenSource(TimeLimit);
        var lines = new List<string>();
        while (await _process.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            lines.Add(line);
            if (!isLast(line)) continue;
            _draining = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
            return lines;
        }

        throw Failed("ended before it was ready");
    }

    /// <summary>Says why the process is of no use, in its own words.</summary>
    public InvalidOperationException Failed(string what)
    {
        lock (_complaints)
            return new InvalidOperationException($"{Path.GetFileName(_process.StartInfo.FileName)} {what}. {string.Join('\n', _complaints)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _draining;
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is null) return;
        lock (_complaints)
        {
            _complaints.Enqueue(line);
            if (_complaints.Count > MostLinesKept) _complaints.Dequeue();
        }
    }
}

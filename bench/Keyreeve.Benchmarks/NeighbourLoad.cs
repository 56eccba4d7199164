using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Threading.Channels;
using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>How much is asked for at a time.</summary>
/// <param name="Connections">On so many connections.</param>
/// <param name="InFlight">So much on each.</param>
internal sealed record Asking(int Connections, int InFlight);

/// <summary>
/// One of the clients that stand beside each other: this program in a process of its own, so that neither waits for the other inside
/// its own process, all on the processor that the load has. It does as it is told on its standard input, a line an order:
/// <c>start</c>, <c>count</c>, <c>stop</c>; and answers with a line.
/// </summary>
internal sealed class NeighbourLoad : IAsyncDisposable
{
    /// <summary>The argument that makes this program such a client.</summary>
    public const string Argument = "--neighbour";

    private const string KmipDoor = "kmip";
    private const string RestDoor = "rest";

    private readonly ChildProcess _process;

    private NeighbourLoad(ChildProcess process) => _process = process;

    /// <summary>Starts such a program: a processor, the program, its arguments.</summary>
    public delegate ChildProcess Starter(int processor, string program, params IEnumerable<string> arguments);

    /// <summary>A client of the KMIP door, connected.</summary>
    public static Task<NeighbourLoad> KmipAsync(Starter start, int processor, IPEndPoint door, (string Certificate, string Key) files, Asking asking, byte[] request) =>
        StartAsync(start, processor, KmipDoor, Text(door.Port), files, asking, request);

    /// <summary>A client of the REST door.</summary>
    public static Task<NeighbourLoad> RestAsync(Starter start, int processor, Uri address, (string Certificate, string Key) files, Asking asking, byte[] body) =>
        StartAsync(start, processor, RestDoor, address.AbsoluteUri, files, asking, body);

    /// <summary>It asks from now on.</summary>
    public Task BeginAsync() => _process.AskAsync("start");

    /// <summary>It asks no more.</summary>
    public Task EndAsync() => _process.AskAsync("stop");

    /// <summary>How many answers it has, and at what second of the machine's clock.</summary>
    public async Task<(long Answers, double Seconds)> CountAsync()
    {
        var words = (await _process.AskAsync("count")).Split(' ');
        return (long.Parse(words[0], CultureInfo.InvariantCulture), double.Parse(words[1], CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    /// <summary>The child.</summary>
    public static async Task RunAsync(IReadOnlyList<string> arguments)
    {
        using var certificate = ServerUnderTest.CertificateOf(arguments[2], arguments[3]);
        await using ILoad load = arguments[0] is KmipDoor
            ? await RequestLoad.OpenAsync(
                () => TlsPeer.ConnectAsync(new IPEndPoint(IPAddress.Loopback, Number(arguments[1])), certificate), Number(arguments[4]),
                Convert.FromHexString(arguments[6]), Number(arguments[5]), static answer => KmipRows.Check(answer, Operation.Encrypt))
            : new HttpLoad(new Uri(arguments[1]), certificate, Convert.FromHexString(arguments[6]), Number(arguments[4]), Number(arguments[5]));
        await Console.Out.WriteLineAsync("ready");
        await ObeyAsync(load);
    }

    // Until the parent has gone, however it went.
    private static async Task ObeyAsync(ILoad load)
    {
        var stop = new CancellationTokenSource();
        var running = Task.CompletedTask;
        await foreach (var order in Orders().ReadAllAsync())
        {
            if (running.IsFaulted) await running;
            switch (order)
            {
                case "start":
                    stop.Dispose();
                    stop = new CancellationTokenSource();
                    running = load.RunAsync(stop.Token);
                    break;
                case "stop":
                    await stop.CancelAsync();
                    await running;
                    break;
                default:
                    break;
            }

            var seconds = (double)Stopwatch.GetTimestamp() / Stopwatch.Frequency;
            await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{load.Answered} {seconds:F6}"));
        }

        stop.Dispose();
    }

    // Read by a thread of its own: the runtime's one for one processor would wait here, and not ask.
    private static ChannelReader<string> Orders()
    {
        var orders = Channel.CreateUnbounded<string>();
        new Thread(() =>
        {
            while (Console.In.ReadLine() is { } order) orders.Writer.TryWrite(order);
            orders.Writer.Complete();
        })
        { IsBackground = true }.Start();
        return orders.Reader;
    }

    private static async Task<NeighbourLoad> StartAsync(
        Starter start, int processor, string door, string address, (string Certificate, string Key) files, Asking asking, byte[] request)
    {
        var process = start(
            processor, Environment.ProcessPath!, Argument, door, address, files.Certificate, files.Key,
            Text(asking.Connections), Text(asking.InFlight), Convert.ToHexString(request));
        try
        {
            await process.ReadLineAsync();
            return new NeighbourLoad(process);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

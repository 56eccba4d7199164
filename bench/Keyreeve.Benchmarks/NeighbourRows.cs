using System.Diagnostics;
using System.Globalization;
using System.Net;
using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>
/// What a client that asks for one thing after another is left by one that asks for as much as it can. The noise is made by a process of
/// its own: in this one, the quiet client's answers would wait behind the noisy one's before anybody counts them.
/// </summary>
internal static class NeighbourRows
{
    /// <summary>The argument that makes this program the noise.</summary>
    public const string Argument = "--noise";

    /// <summary>How much noise: on so many connections, so many in flight on each.</summary>
    public static IReadOnlyList<(string Name, int Connections, int InFlight)> Noises { get; } =
        [("noisy-neighbour-64", 64, 1), ("noisy-neighbour-32x8", 32, 8)];

    public static async Task<Comparison> QuietAsync(Stage stage, string name, int connections, int inFlight)
    {
        var server = await stage.ServerAsync();
        var request = KmipRows.EncryptRequest(await KmipRows.NewKeyAsync(server, ProtocolVersion.Kmip21), ProtocolVersion.Kmip21);
        var quiet = await KmipRows.LoadAsync(server, connections: 1, request, inFlight: 1, Operation.Encrypt);
        return new Comparison
        {
            Name = name,
            Unit = "requests/s",
            Ours = async length =>
            {
                await using var noise = await StartAsync(server, request, connections, inFlight);
                return await quiet.RunAsync(length);
            },
            Reference = async length => await quiet.RunAsync(length) / 2,
            ReferenceName = "its share, one of two: half of what it has alone",
            WarmUp = stage.WarmUpOf("kmip"),
            Owned = [quiet],
        };
    }

    /// <summary>The child: as the neighbour whose files these are, asks until its parent ends it.</summary>
    public static async Task RunAsync(string port, string certificateFile, string keyFile, string connections, string inFlight, string request)
    {
        // It would be on another machine. Here it may have what processor time the server and the quiet client leave, which is all that the
        // answers to so many requests in flight have need of.
        using (var self = Process.GetCurrentProcess()) self.PriorityClass = ProcessPriorityClass.Idle;
        using var certificate = ServerUnderTest.CertificateOf(certificateFile, keyFile);
        var kmip = new IPEndPoint(IPAddress.Loopback, Number(port));
        await using var load = await RequestLoad.OpenAsync(
            () => TlsPeer.ConnectAsync(kmip, certificate), Number(connections), Convert.FromHexString(request), Number(inFlight),
            static answer => KmipRows.Check(answer, Operation.Encrypt));
        // Compiled, and at its full loudness, before it says that it is there.
        await load.RunAsync(TimeSpan.FromSeconds(1));
        await Console.Out.WriteLineAsync("loud");
        var gone = ChildServer.ParentGoneAsync();
        while (!gone.IsCompleted) await load.RunAsync(TimeSpan.FromSeconds(10));
    }

    private static async Task<ChildProcess> StartAsync(ServerUnderTest server, byte[] request, int connections, int inFlight)
    {
        var noise = ChildProcess.Start(
            Environment.ProcessPath!, Argument, Text(server.Kmip.Port), server.NeighbourFile(".pem"), server.NeighbourFile("-key.pem"),
            Text(connections), Text(inFlight), Convert.ToHexString(request));
        try
        {
            await noise.ReadLinesUntilAsync(static _ => true);
            return noise;
        }
        catch
        {
            await noise.DisposeAsync();
            throw;
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Text;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>A door whose limits are short, so that its patience ends within a test.</summary>
public sealed class ImpatientDoor : RestDoor
{
    protected override IReadOnlyList<string> Settings =>
    [
        "rest.max-connections=400", "rest.max-connections-per-identity=100", "rest.handshake-time-limit=2s", "rest.header-time-limit=2s",
        "rest.idle-time-limit=3s",
    ];
}

[Trait("Speed", "Slow")]
public sealed class SlowClientTests(ImpatientDoor door) : IClassFixture<ImpatientDoor>
{
    [Fact]
    [Trait("Attack", "8")]
    public async Task Headers_OneByteASecond_AreCutOff()
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort);
        var started = Stopwatch.StartNew();
        var answer = connection.ReadToEndAsync(TimeSpan.FromSeconds(30));
        await DripAsync(connection, "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + new string('x', 60), answer);

        Assert.DoesNotContain("(still open)", await answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", await answer, StringComparison.Ordinal);
        Assert.True(started.Elapsed < TimeSpan.FromSeconds(20), $"It took {started.Elapsed}.");
    }

    [Theory]
    [InlineData("/v1/decrypt", "application/json")]
    [InlineData("/kmip", "text/xml")]
    [Trait("Attack", "8")]
    public async Task Body_OneByteASecond_IsCutOff(string path, string type)
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort, await door.EnrolAsync("dripper" + path.Replace('/', '-'), "*", "use"));
        await connection.SendAsync($"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {type}\r\nContent-Length: 1000\r\n\r\n");
        var answer = connection.ReadToEndAsync(TimeSpan.FromSeconds(40));
        await DripAsync(connection, new string(' ', 60), answer);

        Assert.DoesNotContain("(still open)", await answer, StringComparison.Ordinal);
        Assert.DoesNotContain("HTTP/1.1 200", await answer, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task Connections_HoardedByOneCaller_LeaveRoomForOthers()
    {
        var hoarder = await door.EnrolAsync("hoarder", "*", "use");
        var held = new List<RawHttp>();
        try
        {
            // Far more than one may hold; those above it are closed at once.
            for (var i = 0; i < 150; i++) held.Add(await RawHttp.ConnectAsync(door.RestPort, hoarder));
            var open = 0;
            foreach (var connection in held) open += await IsServedAsync(connection) ? 1 : 0;
            Assert.InRange(open, 1, 100);

            using var other = await door.EverythingClientAsync("patient");
            (await other.GetAsync("/v1/keys")).Expect(200);
        }
        finally
        {
            held.ForEach(connection => connection.Dispose());
        }
    }

    [Fact]
    [Trait("Attack", "9")]
    public async Task Connection_Idle_IsClosed()
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort);
        await connection.SendAsync("GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await connection.ReadAnswerAsync(), StringComparison.Ordinal);

        Assert.DoesNotContain("(still open)", await connection.ReadToEndAsync(TimeSpan.FromSeconds(20)), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Attack", "10")]
    public async Task Answers_NeverRead_AreGivenUp()
    {
        using var connection = await RawHttp.ConnectAsync(door.RestPort);
        var sending = Task.Run(async () =>
        {
            try
            {
                // The description is the largest answer there is; none of them is read.
                for (var i = 0; ; i++)
                {
                    await connection.SendAsync("GET /openapi/v1.json HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    if (i > 5000) await Task.Delay(TimeSpan.FromMilliseconds(100));
                }
            }
            catch (IOException)
            {
                // The server closed the connection.
            }
        });

        // It is either the server that gives up, or this test.
        Assert.Same(sending, await Task.WhenAny(sending, Task.Delay(TimeSpan.FromSeconds(60))));
        await sending;
        using var other = await door.EverythingClientAsync("reader");
        (await other.GetAsync("/v1/keys")).Expect(200);
    }

    private static async Task<bool> IsServedAsync(RawHttp connection)
    {
        try
        {
            await connection.SendAsync("GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            return (await connection.ReadAnswerAsync()).StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        }
        catch (Exception closed) when (closed is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private static async Task DripAsync(RawHttp connection, string text, Task until)
    {
        foreach (var b in Encoding.ASCII.GetBytes(text))
        {
            if (await Task.WhenAny(until, Task.Delay(TimeSpan.FromSeconds(1))) == until) return;
            try
            {
                await connection.SendAsync([b]);
            }
            catch (IOException)
            {
                return;
            }
        }
    }
}

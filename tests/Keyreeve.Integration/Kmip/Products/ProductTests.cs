using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Kmip.Https;
using Xunit;

namespace Keyreeve.Integration.Kmip.Products;

/// <summary>
/// What products say to their key manager, played against a whole server over real TLS; the transcripts stand in
/// <c>Transcripts</c>. The product's principal has its own key group and there the rights that its documentation page names.
/// </summary>
public sealed class ProductTests(ProductTests.Door door) : IClassFixture<ProductTests.Door>
{
    private static string Folder => Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Kmip", "Products", "Transcripts");

    public static TheoryData<string> Products => [.. Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Fact]
    public void Products_EveryTranscript_HasAPageAndTheOtherWayRound() =>
        Assert.Equal(
            Products.Select(row => row.Data),
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "products"), "*.md").Select(file => Path.GetFileNameWithoutExtension(file))
                .Where(name => name is not "README").Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Products))]
    public async Task Transcript_Played_IsAnsweredAsTheProductExpects(string product)
    {
        var transcript = Transcript.Parse(await File.ReadAllTextAsync(Path.Combine(Folder, product + ".txt")));
        var principal = await door.EnrolAsync(product, $"{transcript.Mode}/{product}", [.. transcript.Rights]);
        var officer = await door.EnrolAsync(product + "-officer", $"{transcript.Mode}/{product}", "officer");
        var player = new TranscriptPlayer();
        if (transcript.IsOverHttps)
        {
            using var https = new KmipHttpsClient(door, principal.Certificate);
            await player.PlayAsync(transcript, async (_, request) => (await https.SendBodyAsync("application/octet-stream", request)).Body);
            return;
        }

        SslStream? connection = null;
        try
        {
            await player.PlayAsync(transcript, async (turn, request) =>
            {
                if (turn.OnNewConnection && connection is not null) await connection.DisposeAsync();
                if (turn.OnNewConnection) connection = await ConnectAsync((turn.IsOfficers ? officer : principal).Certificate);
                await connection!.WriteAsync(request);
                return await ReadAsync(connection);
            });
        }
        finally
        {
            if (connection is not null) await connection.DisposeAsync();
        }
    }

    private static async Task<byte[]> ReadAsync(SslStream connection)
    {
        var header = new byte[8];
        await connection.ReadExactlyAsync(header);
        var message = new byte[8 + BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4))];
        header.CopyTo(message, 0);
        await connection.ReadExactlyAsync(message.AsMemory(8));
        return message;
    }

    private async Task<SslStream> ConnectAsync(X509Certificate2 certificate)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(door.KmipEndPoint);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [certificate],
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { door.Authority },
            },
        });
        return stream;
    }

    /// <summary>A server with a group for products that need weak algorithms.</summary>
    public sealed class Door : ServerFixture
    {
        protected override IReadOnlyList<string> Settings => ["groups.interop=insecure-interop"];

        // As the products' pages have it: each has an officer of its own besides the administrator, and destroys what it made.
        protected override Task PrepareAsync() => ChangePolicyAsync(static policy =>
            policy["destruction"] = new JsonArray(new JsonObject { ["tenant"] = true, ["wait"] = "none" }));
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Keyreeve.Integration.Client;

/// <summary>The recipes of docs/cookbook.md, run against a server; the page's code is compared with what stands here.</summary>
public sealed class CookbookRecipesTests(ServerFixture server) : IClassFixture<ServerFixture>, IAsyncLifetime
{
    private readonly Cli.Scratch _scratch = new();
    private KeyreeveProvider _provider = null!;
    private EnvelopeEncryptor _encryptor = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = new KeyreeveProvider(new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress)));
        foreach (var name in (string[])["customers", "papers", "backups", "queue"])
            await ProviderConnections.EnsureKeyAsync(_provider.Client, name);

        _encryptor = new EnvelopeEncryptor(_provider);
    }

    public async ValueTask DisposeAsync()
    {
        _encryptor.Dispose();
        await _provider.DisposeAsync();
        _scratch.Dispose();
    }

    [Fact]
    public async Task Field()
    {
        var (encryptor, customer) = (_encryptor, new { Id = 4711 });

        var ofCard = EncryptionContext.Of(("table", "customers"), ("column", "card"), ("row", $"{customer.Id}"));
        string stored = await encryptor.EncryptTextAsync("customers", "4111 1111 1111 1111", ofCard);
        string card = await encryptor.DecryptTextAsync(stored, ofCard);

        Assert.Equal("4111 1111 1111 1111", card);
    }

    [Fact]
    public async Task Record()
    {
        var encryptor = _encryptor;
        var orders = Enumerable.Range(0, 100).Select(static id => new Order(id, $"product {id}")).ToArray();

        var values = orders.Select(order => new BoundValue(JsonSerializer.SerializeToUtf8Bytes(order), EncryptionContext.Of(("table", "orders"), ("row", $"{order.Id}")))).ToList();
        IReadOnlyList<byte[]> rows = await encryptor.EncryptManyAsync("customers", values);
        IReadOnlyList<byte[]> again = await encryptor.DecryptManyAsync([.. rows.Select((row, i) => new BoundValue(row, values[i].Context))]);

        Assert.Equal(orders, again.Select(static row => JsonSerializer.Deserialize<Order>(row)));
    }

    [Fact]
    public async Task Document()
    {
        var (encryptor, provider, document) = (_encryptor, _provider, new { Id = "contract-7" });
        var text = "The parties agree."u8.ToArray();

        var ofDocument = EncryptionContext.Of(("collection", "contracts"), ("document", document.Id));
        using var key = await DataSetKey.CreateAsync(provider, "papers", ofDocument);
        byte[] keyBeside = key.Wrapped.ToArray();
        byte[] body = key.Encrypt(text, EncryptionContext.Of(("part", "body")));
        byte[] summary = key.Encrypt("agreement"u8, EncryptionContext.Of(("part", "summary")));

        using var unlocked = await DataSetKey.UnlockAsync(provider, keyBeside, ofDocument);
        byte[] read = unlocked.Decrypt(body, EncryptionContext.Of(("part", "body")));

        Assert.Equal(text, read);
        Assert.Throws<KeyreeveClientException>(() => unlocked.Decrypt(summary, EncryptionContext.Of(("part", "body"))));
        Assert.NotNull(encryptor);
    }

    [Fact]
    public async Task FileOnDisk()
    {
        var encryptor = _encryptor;
        var path = _scratch.Write("report.pdf", RandomNumberGenerator.GetBytes(70_000));

        var ofFile = EncryptionContext.Of(("purpose", "archive"));
        await encryptor.EncryptFileAsync("papers", path, path + ".kre", ofFile);
        await encryptor.DecryptFileAsync(path + ".kre", path + ".again", ofFile);

        Assert.Equal(await File.ReadAllBytesAsync(path), await File.ReadAllBytesAsync(path + ".again"));
    }

    [Fact]
    public async Task BackupStream()
    {
        var encryptor = _encryptor;
        var target = _scratch["backup.kre"];
        var dump = new ProcessStartInfo("seq", ["100000"]) { RedirectStandardOutput = true, UseShellExecute = false };

        var ofBackup = EncryptionContext.Of(("backup", "orders"), ("day", "2027-03-01"));
        using (var dumping = Process.Start(dump)!)
        await using (var file = File.Create(target))
        await using (var writing = await encryptor.OpenWriteAsync("backups", file, ofBackup))
        {
            await dumping.StandardOutput.BaseStream.CopyToAsync(writing);
            await dumping.WaitForExitAsync();
            if (dumping.ExitCode == 0)
                await writing.CompleteAsync();
        }

        await using var backup = File.OpenRead(target);
        await using var restoring = await encryptor.OpenReadAsync(backup, ofBackup);
        using var lines = new StreamReader(restoring);
        Assert.Equal("1", await lines.ReadLineAsync());
        var count = 1;
        while (await lines.ReadLineAsync() is not null)
            count++;
        Assert.Equal(100_000, count);
    }

    [Fact]
    public async Task QueueMessage()
    {
        var encryptor = _encryptor;
        var queue = new Queue<(Dictionary<string, string> Headers, byte[] Body)>();

        var headers = new Dictionary<string, string> { ["queue"] = "payments", ["id"] = Guid.CreateVersion7().ToString(), ["type"] = "refund" };
        queue.Enqueue((headers, await encryptor.EncryptAsync("queue", "{\"amount\":12}"u8.ToArray(), EncryptionContext.Create(headers))));

        var received = queue.Dequeue();
        byte[] message = await encryptor.DecryptAsync(received.Body, EncryptionContext.Create(received.Headers));

        Assert.Equal("{\"amount\":12}"u8.ToArray(), message);
        received.Headers["type"] = "charge";
        await Assert.ThrowsAsync<KeyreeveClientException>(() => encryptor.DecryptAsync(received.Body, EncryptionContext.Create(received.Headers)).AsTask());
    }

    [Fact]
    public async Task ObjectInS3()
    {
        var encryptor = _encryptor;
        await using var bucket = new Bucket();
        using var http = new HttpClient();
        var url = new Uri(bucket.Address, "videos/7.mp4");
        var video = _scratch.Write("7.mp4", RandomNumberGenerator.GetBytes(300_000));

        var ofObject = EncryptionContext.Of(("bucket", "videos"), ("key", "7.mp4"));
        await encryptor.EncryptFileAsync("papers", video, video + ".kre", ofObject);
        await using (var upload = File.OpenRead(video + ".kre"))
            (await http.PutAsync(url, new StreamContent(upload))).EnsureSuccessStatusCode();

        await using var stored = await RangedStream.OpenAsync(http, url);
        await using var playing = await encryptor.OpenReadAsync(stored, ofObject);
        playing.Position = 200_000;
        var piece = new byte[1000];
        await playing.ReadExactlyAsync(piece);

        Assert.Equal((await File.ReadAllBytesAsync(video))[200_000..201_000], piece);
        Assert.InRange(bucket.BytesSent, 1, 200_000);
    }

    [Fact]
    public async Task Jwt()
    {
        await using var kmip = new KmipClient(KmipOptions());
        var (privateKey, publicKey) = await kmip.CreateKeyPairAsync(
            new AttributeList(KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.RSA), KmipAttribute.CryptographicLength(2048)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Sign)),
            new AttributeList(KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Verify)));
        await kmip.ActivateAsync(privateKey);

        using var signing = await KmipSigningKey.OpenAsync(kmip, privateKey, publicKey);
        string token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = "https://shop.example",
            Audience = "orders",
            SigningCredentials = signing.CredentialsFor(SecurityAlgorithms.RsaSsaPssSha256),
        });
        var verificationKey = signing.VerificationKey;

        var valid = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = "https://shop.example",
            ValidAudience = "orders",
            IssuerSigningKey = verificationKey,
        });

        Assert.True(valid.IsValid, valid.Exception?.ToString());
    }

    private KmipClientOptions KmipOptions()
    {
        var options = ProviderConnections.OptionsOf(server, server.App, server.RestAddress);
        var whole = options.Complete(new KeyServer { Address = server.RestAddress });
        return new KmipClientOptions { Host = "localhost", Port = server.KmipEndPoint.Port, Tls = Keyreeve.Client.Rest.ClientTls.Create(whole), Versions = [ProtocolVersion.Kmip21] };
    }

    private sealed record Order(int Id, string Product);

    /// <summary>Objects over HTTP with ranges, as S3 serves them.</summary>
    private sealed class Bucket : IAsyncDisposable
    {
        private readonly HttpListener _listener = new();
        private readonly Task _serving;
        private byte[] _stored = [];
        private long _sent;

        public Bucket()
        {
            // HttpListener takes no port 0: one that was free a moment ago.
            for (var attempt = 0; ; attempt++)
            {
                using (var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
                {
                    probe.Start();
                    Address = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/");
                }

                _listener.Prefixes.Clear();
                _listener.Prefixes.Add(Address.AbsoluteUri);
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException) when (attempt < 10)
                {
                    continue;
                }
            }

            _serving = Task.Run(ServeAsync);
        }

        public Uri Address { get; }

        public long BytesSent => Volatile.Read(ref _sent);

        public async ValueTask DisposeAsync()
        {
            _listener.Close();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                await AnswerAsync(context.Request, context.Response);
                context.Response.Close();
            }
        }

        private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
        {
            if (request.HttpMethod is "PUT")
            {
                using var body = new MemoryStream();
                await request.InputStream.CopyToAsync(body);
                _stored = body.ToArray();
                return;
            }

            response.ContentLength64 = _stored.Length;
            if (request.HttpMethod is "HEAD")
                return;
            var range = RangeHeaderValue.Parse(request.Headers["Range"]!).Ranges.Single();
            var piece = _stored[(int)range.From!..(int)Math.Min(_stored.Length, range.To!.Value + 1)];
            response.StatusCode = 206;
            response.ContentLength64 = piece.Length;
            Interlocked.Add(ref _sent, piece.Length);
            await response.OutputStream.WriteAsync(piece);
        }
    }

    /// <summary>An object that is read by ranges.</summary>
    private sealed class RangedStream(HttpClient http, Uri url, long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public static async Task<RangedStream> OpenAsync(HttpClient http, Uri url)
        {
            using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));
            return new RangedStream(http, url, head.Content.Headers.ContentLength!.Value);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty || Position >= length)
                return 0;
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            request.Headers.Range = new RangeHeaderValue(Position, Math.Min(length, Position + buffer.Length) - 1);
            using var answer = await http.SendAsync(request, cancellationToken);
            var piece = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            piece.CopyTo(buffer);
            Position += piece.Length;
            return piece.Length;
        }

        public override long Seek(long offset, SeekOrigin origin) =>
            Position = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => Position + offset, _ => length + offset };

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Integration.Cli;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Xunit;

namespace Keyreeve.Integration.Durability;

/// <summary>kill -9 in the middle of batches that are undone as a whole: each is there whole, or nothing of it is.</summary>
public sealed class UndoKillTests(ITestOutputHelper output)
{
    private const int Cycles = 2;
    private const int ItemsInABatch = 8;
    private static readonly TimeSpan LongestLoad = TimeSpan.FromMilliseconds(250);

    [Fact]
    [Trait("Speed", "Slow")]
    [Trait("Attack", "53")]
    public async Task Server_KilledInTheMiddleOfUndoBatches_HasEachWholeOrNothingOfIt()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var server = await ServerProcess.StartNewAsync();
        var administrator = await server.EnrolAsync("admin", server.AdministratorCode);
        var user = await server.EnrolAsync(administrator, "user", "g", "use", "manage");
        var work = new Work(Path.GetDirectoryName(user)!);
        for (var cycle = 0; cycle < Cycles; cycle++)
        {
            var firstAnswer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var working = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => work.SendUntilKilledAsync(server.KmipPort, firstAnswer))));
            await Task.WhenAny(working, firstAnswer.Task);
            await Task.WhenAny(working, Task.Delay(LongestLoad * random.NextDouble()));
            await server.KillAsync();
            await working;
            await server.StartAsync();
            await work.VerifyAsync(server.KmipPort);
        }

        Assert.True(work.Acknowledged >= Cycles, $"only {work.Acknowledged} batches were acknowledged");
        Assert.Equal(0, (await server.StopAsync()).ExitCode);
        output.WriteLine($"{work.Acknowledged} batches acknowledged, {work.Undone} undone, {work.Unanswered} unanswered");
    }

    private sealed class Work(string folder)
    {
        private readonly ConcurrentDictionary<string, string> _fates = new(StringComparer.Ordinal);
        private int _next;

        public int Acknowledged => _fates.Values.Count(static fate => fate is "acknowledged");

        public int Undone => _fates.Values.Count(static fate => fate is "undone");

        public int Unanswered => _fates.Values.Count(static fate => fate is "unanswered");

        public async Task SendUntilKilledAsync(int port, TaskCompletionSource firstAnswer)
        {
            await using var client = Connect(port);
            while (true)
            {
                var number = Interlocked.Increment(ref _next);
                var name = $"batch-{number}";
                _fates[name] = "unanswered";
                try
                {
                    // Every third fails in its last item, and is undone.
                    var isToFail = number % 3 == 0;
                    using var answer = await client.SendAsync(BatchOf(name, isToFail, out var first));
                    var isDone = Record.Exception(() => answer.Get(first)) is null;
                    Assert.False(isToFail && isDone, $"{name} has an item that fails");
                    _fates[name] = isDone ? "acknowledged" : "undone";
                    if (isDone) firstAnswer.TrySetResult();
                }
                catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException or TimeoutException)
                {
                    return;
                }
            }
        }

        public async Task VerifyAsync(int port)
        {
            await using var client = Connect(port);
            foreach (var (name, fate) in _fates)
            {
                var found = await client.LocateAsync(new AttributeList(KmipAttribute.ContactInformation(name)));
                Assert.True(
                    fate switch { "acknowledged" => found.Length == ItemsInABatch, "undone" => found.IsEmpty, _ => found.Length is 0 or ItemsInABatch },
                    $"{name}, {fate}, has {found.Length} of {ItemsInABatch} keys");
                // Whole now; what becomes of it later is no matter of this test.
                if (fate is "unanswered") _fates[name] = found.IsEmpty ? "undone" : "acknowledged";
            }
        }

        private static KmipBatch BatchOf(string name, bool isToFail, out KmipBatchItem<CreateResponse> first)
        {
            var batch = new KmipBatch { BatchErrorContinuationOption = BatchErrorContinuationOption.Undo };
            first = batch.Add(Creation(name, 0));
            for (var i = 1; i < ItemsInABatch; i++) batch.Add(Creation(name, i));
            if (isToFail) batch.Add(new ActivateRequest { UniqueIdentifier = UniqueIdentifier.From(Guid.CreateVersion7().ToString()) });
            return batch;
        }

        private static CreateRequest Creation(string batch, int number) => new()
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = new AttributeList(
                KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256),
                KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt), KmipAttribute.ContactInformation(batch), KmipAttribute.Name($"{batch}-{number}")),
        };

        private KmipClient Connect(int port)
        {
            using var loaded = X509Certificate2.CreateFromPemFile(Path.Combine(folder, "client-certificate.pem"), Path.Combine(folder, "client-key.pem"));
            var certificate = X509CertificateLoader.LoadPkcs12(loaded.Export(X509ContentType.Pkcs12), null);
            return new KmipClient(new KmipClientOptions
            {
                Host = "127.0.0.1",
                Port = port,
                Versions = [ProtocolVersion.Kmip21],
                ConnectTimeout = TimeSpan.FromSeconds(60),
                RequestTimeout = TimeSpan.FromSeconds(60),
                Tls = new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    ClientCertificates = [certificate],
                    CertificateChainPolicy = TestAuthority.TrustOnly(X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder, "client-authority.pem"))),
                },
            });
        }
    }
}

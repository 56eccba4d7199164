using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keyreeve.Client;

namespace Keyreeve.Benchmarks;

/// <summary>
/// The server as people run it: initialised by <c>keyreeve init</c> in a folder of its own, run by <c>keyreeve server</c> with
/// every setting at its default, durable audit included. A principal of a key group has enrolled, and a key is there.
/// </summary>
internal sealed class ServerUnderTest : IAsyncDisposable
{
    /// <summary>Name of the key, for REST and the SDK.</summary>
    public const string KeyName = "bench";

    private const string Group = "bench";
    private const string Neighbour = "neighbour";

    private readonly ChildProcess _process;

    private ServerUnderTest(ChildProcess process, ClientOptions clientOptions, IPEndPoint kmip)
    {
        _process = process;
        ClientOptions = clientOptions;
        Kmip = kmip;
        Certificate = CertificateOf(clientOptions.CertificateFile!, clientOptions.PrivateKeyFile!);
        Client = new KeyreeveClient(clientOptions);
    }

    /// <summary>The principal's way in: address, certificate, key.</summary>
    public ClientOptions ClientOptions { get; }

    /// <summary>Where KMIP listens.</summary>
    public IPEndPoint Kmip { get; }

    /// <summary>The principal's certificate with its key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>The files of the principal.</summary>
    public (string Certificate, string Key) Files => (ClientOptions.CertificateFile!, ClientOptions.PrivateKeyFile!);

    /// <summary>The files of another principal of the same group, who may use keys.</summary>
    public (string Certificate, string Key) NeighbourFiles => (NeighbourFile(".pem"), NeighbourFile("-key.pem"));

    /// <summary>The principal's client.</summary>
    public KeyreeveClient Client { get; }

    /// <summary>The processor time that the process has taken.</summary>
    public TimeSpan ProcessorTime => _process.ProcessorTime;

    /// <summary>Makes an installation in an empty folder and starts it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="processor">The one processor that it may have; null for all there are.</param>
    public static async Task<ServerUnderTest> StartAsync(string folder, int? processor = null)
    {
        var configuration = await ConfigureAsync(folder);
        var made = JsonDocument.Parse(await ChildProcess.RunAsync(Executable(), "init", "--config", configuration, "--output", "json")).RootElement;
        var fingerprint = CaFingerprint.Parse(made.GetProperty("caFingerprint").GetString()!);
        return await RunAsync(folder, processor, rest => EnrolAsync(folder, rest, fingerprint, made.GetProperty("code").GetString()!));
    }

    /// <summary>Starts what <see cref="StartAsync"/> made and was stopped since.</summary>
    public static Task<ServerUnderTest> StartAgainAsync(string folder, ClientOptions principal) => RunAsync(folder, processor: null, _ => Task.FromResult(principal));

    /// <summary>The configuration in that folder.</summary>
    public static string ConfigurationIn(string folder) => Path.Combine(folder, "keyreeve.conf");

    /// <summary>The data directory in that folder.</summary>
    public static string DataIn(string folder) => Path.Combine(folder, "data");

    private static async Task<ServerUnderTest> RunAsync(string folder, int? processor, Func<Uri, Task<ClientOptions>> principalAsync)
    {
        string[] arguments = ["server", "--config", ConfigurationIn(folder), "--set", "kmip.port=0", "--set", "rest.port=0"];
        var process = processor is { } one ? Processors.Start(one, Executable(), arguments) : ChildProcess.Start(Executable(), arguments);
        try
        {
            var ready = await process.ReadLinesUntilAsync(static line => line.Contains("https://", StringComparison.Ordinal));
            var rest = new Uri(ready[^1][ready[^1].IndexOf("https://", StringComparison.Ordinal)..].Trim());
            var kmip = ready.Single(static line => line.TrimStart().StartsWith("KMIP ", StringComparison.Ordinal));
            var port = int.Parse(kmip[(kmip.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
            return new ServerUnderTest(process, await principalAsync(rest), new IPEndPoint(IPAddress.Loopback, port));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Certificate.Dispose();
        await _process.DisposeAsync();
    }

    private string NeighbourFile(string ending) => Path.Combine(Path.GetDirectoryName(ClientOptions.CertificateFile!)!, Neighbour + ending);

    /// <summary>The administrator, who may use no keys, lets a principal in who may; both make their keys here.</summary>
    private static async Task<ClientOptions> EnrolAsync(string folder, Uri rest, CaFingerprint fingerprint, string code)
    {
        using var administrator = new KeyreeveClient(await EnrolAsync(folder, "administrator", rest, fingerprint, code));
        await administrator.Keys.CreateAsync(new NewKey { Name = KeyName, Group = Group });
        var second = await administrator.Administration.CreateEnrolmentCodeAsync(
            new NewEnrolmentCode { Name = "bench", Group = Group, Allow = ["use", "manage", "export"] });
        var third = await administrator.Administration.CreateEnrolmentCodeAsync(new NewEnrolmentCode { Name = Neighbour, Group = Group, Allow = ["use"] });
        await EnrolAsync(folder, Neighbour, rest, fingerprint, third.Code);
        return await EnrolAsync(folder, "principal", rest, fingerprint, second.Code);
    }

    private static Task<ClientOptions> EnrolAsync(string folder, string name, Uri rest, CaFingerprint fingerprint, string code) =>
        Enrolment.RunAsync(new EnrolmentRequest
        {
            Server = rest,
            Code = code,
            CaFingerprint = fingerprint,
            PrivateKeyFile = Path.Combine(folder, $"{name}-key.pem"),
            CertificateFile = Path.Combine(folder, $"{name}.pem"),
            CertificateAuthorityFile = Path.Combine(folder, $"{name}-authority.pem"),
        });

    private static async Task<string> ConfigureAsync(string folder)
    {
        var passphrase = Path.Combine(folder, "passphrase");
        var configuration = ConfigurationIn(folder);
        await WritePrivateAsync(passphrase, RandomNumberGenerator.GetHexString(64));
        await WritePrivateAsync(configuration, $"""
            [server]
            data-directory = {DataIn(folder)}
            [seal]
            passphrase-file = {passphrase}

            """);
        return configuration;
    }

    private static async Task WritePrivateAsync(string path, string text)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text);
    }

    /// <summary>A certificate with its key, from files as enrolment writes them.</summary>
    public static X509Certificate2 CertificateOf(string certificateFile, string keyFile)
    {
        using var read = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
        return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), password: null);
    }

    // Beside the benchmarks, built as they are: bench/Keyreeve.Benchmarks/bin/Release/net10.0.
    private static string Executable()
    {
        var build = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        for (var folder = build; folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx"))) continue;
            var executable = Path.Combine(folder.FullName, "src", "Keyreeve.Cli", "bin", build.Parent!.Name, build.Name, "keyreeve");
            return File.Exists(executable)
                ? executable
                : throw new InvalidOperationException($"There is no server built at {executable}; bench/run builds it.");
        }

        throw new InvalidOperationException("The benchmarks run from inside the repository.");
    }
}

using System.Diagnostics;
using System.Text;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>
/// Runs the tests of what OpenSSL 3.5 brings in a process with that OpenSSL, which <c>./test</c> fetches from a newer Debian with the C
/// library that it needs, and which nothing else on the machine uses.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class NewerOpenSslTests : IDisposable
{
    private const string SystemLoader = "/lib64/ld-linux-x86-64.so.2";

    private static readonly string Libraries = Path.Combine(Repository.Root, "artifacts", "openssl-3.5", "usr", "lib", "x86_64-linux-gnu");

    // Short, since it takes the place of the system's in the executable.
    private readonly string _folder = Directory.CreateTempSubdirectory("k").FullName;

    [Theory]
    [InlineData("Keyreeve.Integration", "*.PostQuantumTests")]
    [InlineData("Keyreeve.Conformance", "*.Wycheproof.Ml*")]
    public async Task NewerOpenSsl_TestsOfPostQuantumAlgorithms_Pass(string suite, string classes)
    {
        Assert.SkipUnless(File.Exists(Path.Combine(Libraries, "libcrypto.so.3")), "OpenSSL 3.5 is not in artifacts/openssl-3.5; ./test fetches it");
        var executable = await WithLoaderAsync(AppContext.BaseDirectory.Replace("Keyreeve.Integration", suite, StringComparison.Ordinal), suite);
        try
        {
            var start = new ProcessStartInfo(executable, ["-class", classes, "-noColor", "-noAutoReporters"])
            {
                UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
            };
            start.Environment["LD_LIBRARY_PATH"] = Libraries;
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);

            Assert.True(process.ExitCode == 0, said);
            Assert.Matches(@"Total: \d{2,}, Errors: 0, Failed: 0", said);
        }
        finally
        {
            File.Delete(executable);
        }
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The newer C library needs its own loader, whose name stands in the executable.
    private async Task<string> WithLoaderAsync(string directory, string suite)
    {
        var loader = Path.Combine(_folder, "ld");
        File.CreateSymbolicLink(loader, Path.Combine(Libraries, "ld-linux-x86-64.so.2"));
        var content = await File.ReadAllBytesAsync(Path.Combine(directory, suite));
        var place = content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(SystemLoader + "\0"));
        Assert.True(place > 0 && loader.Length <= SystemLoader.Length, loader);
        var room = content.AsSpan(place, SystemLoader.Length);
        room.Clear();
        Encoding.ASCII.GetBytes(loader, room);
        var executable = Path.Combine(directory, suite + "." + Path.GetFileName(_folder));
        await File.WriteAllBytesAsync(executable, content);
        File.SetUnixFileMode(executable, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return executable;
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Keyreeve.Pkcs11;
using Xunit;

namespace Keyreeve.Integration.Hsm;

/// <summary>Tests with a token: one module serves the whole process, so they run one after another.</summary>
[CollectionDefinition(Name, DisableParallelization = false)]
public sealed class SoftHsmTests : ICollectionFixture<SoftHsm>
{
    public const string Name = "SoftHSM";
}

/// <summary>SoftHSM with its tokens in a temporary folder.</summary>
public sealed partial class SoftHsm : IDisposable
{
    public const string ModulePath = "/usr/lib/softhsm/libsofthsm2.so";
    public const string Pin = "a user's pin 7391";

    private const string Tool = "/usr/bin/softhsm2-util";

    private int _made;

    public SoftHsm()
    {
        if (!IsInstalled) return;
        Directory.CreateDirectory(TokenDirectory);
        File.WriteAllText(ConfigurationFile, $"directories.tokendir = {TokenDirectory}\nobjectstore.backend = file\nlog.level = ERROR\n");
        // Not Environment.SetEnvironmentVariable, of which native code learns nothing.
        Assert.Equal(0, SetEnvironment("SOFTHSM2_CONF", ConfigurationFile, 1));
    }

    public static bool IsInstalled => File.Exists(ModulePath) && File.Exists(Tool);

    public string Folder { get; } = Directory.CreateTempSubdirectory("keyreeve-hsm-").FullName;

    public string TokenDirectory => Path.Combine(Folder, "tokens");

    public string ConfigurationFile => Path.Combine(Folder, "softhsm2.conf");

    public static void Require() => Assert.SkipUnless(IsInstalled, "softhsm2 is not installed");

    /// <summary>Makes a token and a file with its PIN.</summary>
    public HsmOptions MakeToken(string? pin = null)
    {
        Require();
        var label = $"token-{Interlocked.Increment(ref _made)}";
        Run("--init-token", "--free", "--label", label, "--pin", Pin, "--so-pin", "the officer's pin 4402");
        var pinFile = Path.Combine(Folder, label + ".pin");
        WritePin(pinFile, pin ?? Pin);
        return new HsmOptions
        {
            ModulePath = ModulePath, TokenLabel = label, PinFile = pinFile, RefusedPinFile = Path.Combine(Folder, label + ".refused"),
            RetryInterval = TimeSpan.FromMilliseconds(50), CallTimeLimit = TimeSpan.FromMinutes(2),
        };
    }

    public static void WritePin(string path, string pin)
    {
        File.WriteAllText(path, pin + "\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private void Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment["SOFTHSM2_CONF"] = ConfigurationFile;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;
using Keyreeve.Pkcs11;
using Keyreeve.Storage.Sqlite;

namespace Keyreeve.Benchmarks;

/// <summary>The root of trust: how often a second it opens, and what a token does of the work.</summary>
internal static class RootRows
{
    private const int Callers = 8;

    /// <summary>Openings of the root key and of the tenant's keys by the token.</summary>
    public static async Task<Comparison> UnsealByTokenAsync(Stage stage) => await UnsealAsync(stage, "unseal-hsm", new Pkcs11SealSlot((await stage.TokenAsync()).Hsm));

    /// <summary>The same by a passphrase, whose derivation is meant to take its time.</summary>
    public static async Task<Comparison> UnsealByPassphraseAsync(Stage stage)
    {
        var file = Path.Combine(stage.Folder("unseal-secret"), "passphrase");
        PrivateFile.Write(file, RandomNumberGenerator.GetHexString(40).Select(static c => (byte)c).ToArray());
        return await UnsealAsync(stage, "unseal-passphrase", new PassphraseFileSlot(file, stage.Folder("unseal-passphrase")));
    }

    /// <summary>Wrapping a key of 32 bytes in the token, by several callers, against the same in software on one thread.</summary>
    public static async Task<Comparison> WrapAsync(Stage stage, bool unwraps)
    {
        var token = await stage.TokenAsync();
        var id = UniqueIdentifier.New(DateTimeOffset.UtcNow);
        var key = await token.Keys.MakeAsync(
            new TokenKeyWish { Id = id, Algorithm = CryptographicAlgorithm.AES, LengthInBits = 256, Usage = CryptographicUsageMask.WrapKey | CryptographicUsageMask.UnwrapKey },
            CancellationToken.None);
        var clear = SecretBytes.Random(32);
        var kek = SecretBytes.Random(32);
        var wrapped = await token.Keys.WrapAsync(key, withPadding: true, clear, CancellationToken.None);
        var software = AesKeyWrapWithPadding.Wrap(kek, clear);
        return new Comparison
        {
            Name = unwraps ? "hsm-unwrap" : "hsm-wrap",
            Unit = "keys/s",
            Ours = duration => RateAsync(duration, Callers, async () =>
            {
                if (!unwraps) await token.Keys.WrapAsync(key, withPadding: true, clear, CancellationToken.None);
                else (await token.Keys.TryUnwrapAsync(key, withPadding: true, wrapped, CancellationToken.None))!.Dispose();
            }),
            Reference = duration => RateAsync(duration, 1, () =>
            {
                if (!unwraps) AesKeyWrapWithPadding.Wrap(kek, clear);
                else if (AesKeyWrapWithPadding.TryUnwrap(kek, software, out var opened)) opened.Dispose();
                return ValueTask.CompletedTask;
            }),
            ReferenceName = "AES key wrap by libcrypto, one thread",
        };
    }

    private static async Task<Comparison> UnsealAsync(Stage stage, string name, ISealSlot slot)
    {
        var folder = stage.Folder(name);
        var file = new SealFile(folder);
        var store = await SqliteObjectStore.OpenAsync(new SqliteStoreOptions { DataDirectory = Path.Combine(folder, "store") });
        using (var root = await file.CreateAsync(slot, CancellationToken.None))
        {
            using var hierarchy = await KeyHierarchy.OpenAsync(store, root, CancellationToken.None);
            await hierarchy.EnsureTenantAsync(TenantId.Default, CancellationToken.None);
        }

        return new Comparison
        {
            Name = name,
            Unit = "openings/s",
            Ours = duration => RateAsync(duration, 1, async () =>
            {
                using var root = await file.OpenAsync([slot], CancellationToken.None);
                using var hierarchy = await KeyHierarchy.OpenAsync(store, root, CancellationToken.None);
            }),
            Owned = [store],
        };
    }

    private static async Task<double> RateAsync(TimeSpan duration, int callers, Func<ValueTask> work)
    {
        var clock = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            var done = 0;
            for (; done == 0 || clock.Elapsed < duration; done++) await work();
            return done;
        })));
        return counts.Sum() / clock.Elapsed.TotalSeconds;
    }
}

/// <summary>A token of SoftHSM's, for the run.</summary>
internal sealed partial class BenchToken : IAsyncDisposable
{
    private const string ModulePath = "/usr/lib/softhsm/libsofthsm2.so";
    private const string Tool = "/usr/bin/softhsm2-util";
    private const string Label = "bench";

    private BenchToken(HsmToken hsm)
    {
        Hsm = hsm;
        Keys = new HsmKeys(hsm);
    }

    public HsmToken Hsm { get; }

    public HsmKeys Keys { get; }

    /// <exception cref="NotInstalledException">SoftHSM is not there.</exception>
    public static async Task<BenchToken> MakeAsync(string folder)
    {
        if (!File.Exists(ModulePath) || !File.Exists(Tool)) throw new NotInstalledException("softhsm2 is not installed");
        var configuration = Path.Combine(folder, "softhsm2.conf");
        Directory.CreateDirectory(Path.Combine(folder, "tokens"));
        await File.WriteAllTextAsync(configuration, $"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n");
        // Not Environment.SetEnvironmentVariable, of which native code learns nothing.
        if (SetEnvironment("SOFTHSM2_CONF", configuration, 1) != 0) throw new InvalidOperationException("SOFTHSM2_CONF cannot be set.");
        var pin = RandomNumberGenerator.GetHexString(16);
        var pinFile = Path.Combine(folder, "pin");
        PrivateFile.Write(pinFile, [.. pin.Select(static c => (byte)c)]);
        var start = new ProcessStartInfo(Tool, ["--init-token", "--free", "--label", Label, "--pin", pin, "--so-pin", pin]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["SOFTHSM2_CONF"] = configuration;
        using var process = Process.Start(start)!;
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException("softhsm2-util made no token.");
        return new BenchToken(new HsmToken(
            new HsmOptions { ModulePath = ModulePath, TokenLabel = Label, PinFile = pinFile, CallTimeLimit = TimeSpan.FromMinutes(1) }, TimeProvider.System, static text => Console.Error.WriteLine(text)));
    }

    public ValueTask DisposeAsync()
    {
        Hsm.Dispose();
        return ValueTask.CompletedTask;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}

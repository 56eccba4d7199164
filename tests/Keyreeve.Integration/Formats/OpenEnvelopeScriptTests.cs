using System.Diagnostics;
using System.Security.Cryptography;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Formats;

/// <summary>docs/formats/open_envelope.py, which shares no code with the product, opens what the product writes.</summary>
[Trait("Speed", "Slow")]
public sealed class OpenEnvelopeScriptTests : IDisposable
{
    private static readonly Guid Id = Guid.Parse("0197c1f0-5c2e-7a00-8000-0123456789ab");
    private static readonly EncryptionContext Context = EncryptionContext.Of(("tenant", "acme"), ("Straße", "Müller 7"), ("a", ""));
    private static readonly string[] ContextArguments = ["--context", "a=", "--context", "tenant=acme", "--context", "Straße=Müller 7"];

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"keyreeve-envelope-{Guid.NewGuid():N}");
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly SecretBytes _kek = SecretBytes.Random(32);

    public void Dispose()
    {
        File.Delete(_path);
        _key.Dispose();
        _kek.Dispose();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Script_DirectEnvelope_GivesThePlaintext(int length)
    {
        var plaintext = RandomNumberGenerator.GetBytes(length);
        using var key = new CommittingAead(_key);
        await File.WriteAllBytesAsync(_path, EnvelopeWriter.WriteDirect(key, Id, Context, plaintext));

        Assert.Equal(plaintext, (await RunAsync(["--dek", Hex(_key), .. ContextArguments])).Output);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    public async Task Script_WrappedEnvelope_GivesThePlaintextByEitherKey(int length)
    {
        var plaintext = RandomNumberGenerator.GetBytes(length);
        using var key = new CommittingAead(_key);
        await File.WriteAllBytesAsync(_path, EnvelopeWriter.WriteWrapped(key, Wrap(EncryptionContext.Empty), Context, plaintext));
        Assert.Equal(plaintext, (await RunAsync(["--dek", Hex(_key), .. ContextArguments])).Output);
        Assert.Equal(plaintext, (await RunAsync(["--kek", Hex(_kek), .. ContextArguments])).Output);

        await File.WriteAllBytesAsync(_path, EnvelopeWriter.WriteWrapped(
            key, Wrap(EncryptionContext.Of(("purpose", "backup"))), EncryptionContext.Empty, plaintext));
        Assert.Equal(plaintext, (await RunAsync(["--kek", Hex(_kek), "--key-context", "purpose=backup"])).Output);
        AssertRefused(await RunAsync(["--kek", Hex(_kek)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16384)]
    [InlineData(1_000_000)]
    public async Task Script_ChunkedEnvelope_GivesThePlaintextByEitherKey(int length)
    {
        var plaintext = RandomNumberGenerator.GetBytes(length);
        await using (var file = File.Create(_path))
        await using (var encrypting = new ChunkedEncryptingStream(file, _key, Wrap(EncryptionContext.Empty), Context))
        {
            await encrypting.WriteAsync(plaintext);
            await encrypting.CompleteAsync();
        }

        Assert.Equal(plaintext, (await RunAsync(["--dek", Hex(_key), .. ContextArguments])).Output);
        Assert.Equal(plaintext, (await RunAsync(["--kek", Hex(_kek), .. ContextArguments])).Output);
    }

    [Fact]
    [Trait("Attack", "37")]
    [Trait("Attack", "39")]
    public async Task Script_AlteredEnvelopeOrOtherContextOrKey_Refuses()
    {
        using var key = new CommittingAead(_key);
        var envelope = EnvelopeWriter.WriteDirect(key, Id, Context, "text"u8);
        await File.WriteAllBytesAsync(_path, envelope);
        AssertRefused(await RunAsync(["--dek", Hex(_key)]));
        AssertRefused(await RunAsync(["--dek", Hex(_kek), .. ContextArguments]));

        envelope[^1] ^= 1;
        await File.WriteAllBytesAsync(_path, envelope);
        AssertRefused(await RunAsync(["--dek", Hex(_key), .. ContextArguments]));
    }

    [Fact]
    [Trait("Attack", "41")]
    public async Task Script_ChunkedEnvelopeCutAtAChunk_EndsWithFailure()
    {
        var envelope = new MemoryStream();
        await using (var encrypting = new ChunkedEncryptingStream(envelope, _key, Wrap(EncryptionContext.Empty), Context))
        {
            await encrypting.WriteAsync(new byte[20_000]);
            await encrypting.CompleteAsync();
        }

        await File.WriteAllBytesAsync(_path, envelope.ToArray()[..(26 + 112 + 56 + 16400)]);
        var (status, output, error) = await RunAsync(["--dek", Hex(_key), .. ContextArguments]);
        Assert.Equal(1, status);
        Assert.Equal(new byte[16384], output);
        Assert.Contains("cut short", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_XChaCha_SaysThatItCannot()
    {
        Assert.SkipUnless(AeadAlgorithm.XChaCha20Poly1305.IsAvailable, "libsodium is not installed");
        using var key = new CommittingAead(_key, EnvelopeSuite.XChaCha20Poly1305);
        await File.WriteAllBytesAsync(_path, EnvelopeWriter.WriteDirect(key, Id, Context, "text"u8));

        var (status, output, error) = await RunAsync(["--dek", Hex(_key), .. ContextArguments]);
        Assert.Equal(1, status);
        Assert.Empty(output);
        Assert.Contains("XChaCha20-Poly1305", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Script_ArgumentsInAFile_KeepsTheKeyOffTheCommandLine()
    {
        using var key = new CommittingAead(_key);
        await File.WriteAllBytesAsync(_path, EnvelopeWriter.WriteDirect(key, Id, EncryptionContext.Empty, "text"u8));
        var arguments = _path + ".arguments";
        try
        {
            await File.WriteAllTextAsync(arguments, $"--dek\n{Hex(_key)}\n");
            Assert.Equal("text"u8.ToArray(), (await RunAsync([$"@{arguments}"])).Output);
        }
        finally
        {
            File.Delete(arguments);
        }
    }

    [Fact]
    public void Script_Always_HasEightyLinesAtMost() =>
        Assert.InRange(File.ReadAllLines(ScriptPath).Length, 30, 80);

    private static string ScriptPath => Path.Combine(Repository.Root, "docs", "formats", "open_envelope.py");

    private static void AssertRefused((int Status, byte[] Output, string Error) run)
    {
        Assert.Equal(1, run.Status);
        Assert.Empty(run.Output);
        Assert.Contains("cannot be opened", run.Error, StringComparison.Ordinal);
    }

    private static string Hex(SecretBytes secret)
    {
        using var lease = secret.Reveal();
        return Convert.ToHexString(lease.Span);
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["PYTHONUTF8"] = "1";
        return Process.Start(start)!;
    }

    private WrappedDataKey Wrap(EncryptionContext context)
    {
        using var kek = new CommittingAead(_kek);
        using var lease = _key.Reveal();
        return new WrappedDataKey(Id, 4, EnvelopeWriter.WriteDirect(kek, Id, context, lease.Span));
    }

    private async Task<(int Status, byte[] Output, string Error)> RunAsync(string[] arguments)
    {
        await RequirePythonAsync();
        using var process = Start([ScriptPath, .. arguments, _path]);
        var output = new MemoryStream();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        return (process.ExitCode, output.ToArray(), await error);
    }

    private static async Task RequirePythonAsync()
    {
        var isThere = File.Exists("/usr/bin/python3");
        if (isThere)
        {
            using var probe = Start("-c", "import cryptography");
            await probe.WaitForExitAsync();
            isThere = probe.ExitCode == 0;
        }

        if (isThere)
            return;
        const string Reason = "needs /usr/bin/python3 with the package cryptography (Debian: python3-cryptography)";
        if (string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.Ordinal))
            Assert.Fail(Reason);
        Assert.Skip(Reason);
    }
}

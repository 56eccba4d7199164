using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary>What a share is encrypted to opens with tools that are not ours.</summary>
public sealed class EncryptedShareTests : IDisposable
{
    private const string Text = "kr-share-0123-4567-89AB-CDEF";

    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-shares-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Encrypt_AgeRecipient_IsOpenedByAge()
    {
        var recipient = await MakeAgeKeyAsync();

        Assert.Equal(Text, await RunAsync("age", Encrypt(recipient), "-d", "-i", Path.Combine(_folder, "age.txt")));
    }

    [Theory]
    [InlineData("rsa:2048")]
    [InlineData("rsa:3072")]
    public async Task Encrypt_RsaKeyOrCertificate_IsOpenedByOpenSsl(string kind)
    {
        var key = Path.Combine(_folder, "key.pem");
        await RunAsync("openssl", [], "req", "-x509", "-newkey", kind, "-nodes", "-keyout", key, "-out", Path.Combine(_folder, "certificate.pem"), "-subj", "/CN=alice");
        await RunAsync("openssl", [], "pkey", "-in", key, "-pubout", "-out", Path.Combine(_folder, "public.pem"));

        foreach (var name in (string[])["certificate.pem", "public.pem"])
        {
            var encrypted = Encrypt(await File.ReadAllTextAsync(Path.Combine(_folder, name)));
            Assert.Equal(
                Text, await RunAsync("openssl", encrypted, "pkeyutl", "-decrypt", "-inkey", key, "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256"));
        }
    }

    [Fact]
    public async Task Parse_KeyThatIsNone_IsRefused()
    {
        var recipient = await MakeAgeKeyAsync();
        using var weak = RSA.Create(1024);
        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        // A digit changed, capitals, one cut off; a key too weak, one of another kind, a private one, and nothing at all.
        foreach (var text in (string[])[
            recipient[..20] + (recipient[20] == 'q' ? 'p' : 'q') + recipient[21..], recipient.ToUpperInvariant(), recipient[..^1], "age1", weak.ExportSubjectPublicKeyInfoPem(),
            curve.ExportSubjectPublicKeyInfoPem(), weak.ExportPkcs8PrivateKeyPem(), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "alice", ""])
            Assert.Equal(KeyreeveError.InvalidField, Assert.Throws<KeyreeveException>(() => ShareRecipient.Parse(text)).Error);
    }

    private static byte[] Encrypt(string publicKey)
    {
        using var recipient = ShareRecipient.Parse(publicKey);
        using var share = SecretBytes.CopyFrom(Encoding.ASCII.GetBytes(Text));
        return recipient.Encrypt(share);
    }

    private async Task<string> MakeAgeKeyAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/age"), "age is not installed");
        await RunAsync("age-keygen", [], "-o", Path.Combine(_folder, "age.txt"));
        return (await RunAsync("age-keygen", [], "-y", Path.Combine(_folder, "age.txt"))).Trim();
    }

    private static async Task<string> RunAsync(string program, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await errors);
        return await output;
    }
}

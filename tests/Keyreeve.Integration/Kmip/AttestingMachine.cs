using System.Buffers.Binary;
using Keyreeve.Integration.Sealing;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>A machine with a TPM in software and an attestation key in it, quoted by the tools of everybody (tpm2-tools).</summary>
internal sealed class AttestingMachine : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("keyreeve-attest-").FullName;
    private readonly SoftTpm _tpm;

    private AttestingMachine(SoftTpm tpm) => _tpm = tpm;

    public string KeyFile => Path.Combine(_folder, "ak.pem");

    /// <param name="key">The attestation key, as the tools call it.</param>
    public static async Task<AttestingMachine> StartAsync(string key)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tpm2_quote"), "tpm2-tools are not installed");
        var machine = new AttestingMachine(await SoftTpm.StartAsync());
        await machine.RunAsync("tpm2_createprimary", "-Q", "-C", "e", "-G", key, "-c", "ak.ctx", "-a", "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|sign");
        await machine.RunAsync("tpm2_readpublic", "-Q", "-c", "ak.ctx", "-f", "pem", "-o", "ak.pem");
        await machine.RunAsync("tpm2_flushcontext", "-t");
        return machine;
    }

    /// <summary>As the configuration names it, with the registers as they are now.</summary>
    public async Task<AttesterOptions> AttesterAsync(string principal)
    {
        await RunAsync("tpm2_pcrread", "-Q", "sha256:0,7", "-o", "pcrs.bin");
        var values = Convert.ToHexStringLower(await File.ReadAllBytesAsync(Path.Combine(_folder, "pcrs.bin")));
        return AttesterOptions.Parse($"principal={principal} key={KeyFile} pcrs=sha256:0:{values[..64]},7:{values[64..]}");
    }

    /// <summary>Another state of the machine, as after other firmware has started.</summary>
    public Task ChangeStateAsync() => _tpm.ExtendAsync(7);

    /// <summary>Attests to a nonce.</summary>
    public async ValueTask<AttestationCredential> AttestAsync(Nonce nonce, string registers = "sha256:0,7")
    {
        await RunAsync("tpm2_quote", "-Q", "-c", "ak.ctx", "-l", registers, "-q", Convert.ToHexStringLower(nonce.NonceValue.Span), "-m", "quote.msg", "-s", "quote.sig", "-g", "sha256");
        await RunAsync("tpm2_flushcontext", "-t");
        var message = await File.ReadAllBytesAsync(Path.Combine(_folder, "quote.msg"));
        var size = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(size, (ushort)message.Length);
        return new AttestationCredential
        {
            Nonce = nonce,
            AttestationType = AttestationType.TPMQuote,
            AttestationMeasurement = (byte[])[.. size, .. message, .. await File.ReadAllBytesAsync(Path.Combine(_folder, "quote.sig"))],
        };
    }

    public void Dispose()
    {
        _tpm.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task RunAsync(string tool, params string[] arguments) => _tpm.RunToolAsync(_folder, tool, arguments);
}

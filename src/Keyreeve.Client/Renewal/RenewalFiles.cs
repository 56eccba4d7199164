using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client.Renewal;

/// <summary>
/// The files of a certificate that is renewed. What is new lies in one file beside the certificate, key and all, until the server is known
/// to take it; only then does it replace the two files of the old pair. Whenever a process dies on the way, one whole pair is there that the
/// server takes: the old one, or the one in that file.
/// </summary>
/// <param name="certificateFile">The certificate's file, PEM.</param>
/// <param name="privateKeyFile">The private key's file, PEM; may be the same.</param>
internal sealed partial class RenewalFiles(string certificateFile, string privateKeyFile)
{
    // What another process has locked; Linux and BSD.
    private static readonly int[] WouldBlock = [11, 35];

    // A file may be a link to where it really is, which stays.
    private readonly string _certificateFile = Real(certificateFile);
    private readonly string _privateKeyFile = Real(privateKeyFile);

    /// <summary>Where a new pair lies until it has replaced the old one.</summary>
    public static string NextOf(string certificateFile) => Real(certificateFile) + ".next";

    /// <summary>Where a new pair lies until it has replaced the old one.</summary>
    public string NextFile { get; } = NextOf(certificateFile);

    /// <summary>Keeps other processes from renewing the same certificate, until it is disposed of or this process ends.</summary>
    /// <returns>null: another process is at it.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public FileStream? TryLock()
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = PrivateFile.Mode;
        try
        {
            return new FileStream(_certificateFile + ".lock", options);
        }
        catch (IOException e) when (WouldBlock.Contains(e.HResult))
        {
            return null;
        }
    }

    /// <summary>Removes what processes that died while they wrote have left: a key may be in it.</summary>
    public void RemoveRemains()
    {
        foreach (var path in (IEnumerable<string>)new HashSet<string>(StringComparer.Ordinal) { _certificateFile, _privateKeyFile, NextFile })
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.*"))
            {
                if (TemporaryEnding().IsMatch(Path.GetExtension(file)))
                    File.Delete(file);
            }
        }
    }

    /// <summary>Keeps a new pair.</summary>
    public void WriteNext(ECDsa key, string certificatePem)
    {
        using var pem = PrivateKeyPem.Of(key);
        using var both = SecretBytes.Create(pem.LengthInBytes + Encoding.ASCII.GetByteCount(certificatePem), (pem, certificatePem), static (bytes, from) =>
        {
            using var lease = from.pem.Reveal();
            lease.Span.CopyTo(bytes);
            Encoding.ASCII.GetBytes(from.certificatePem, bytes[lease.Span.Length..]);
        });
        using var content = both.Reveal();
        PrivateFile.Write(NextFile, content.Span);
    }

    /// <summary>Puts the new pair in the old one's place, and the key first: who reads in between finds that they do not belong together, and
    /// takes the new pair from its file.</summary>
    public void Install()
    {
        using (var both = PrivateFile.ReadSecret(NextFile))
        using (var content = both.Reveal())
        {
            var certificate = content.Span.IndexOf("-----BEGIN CERTIFICATE-----"u8);
            if (certificate <= 0)
                throw new InvalidDataException($"'{NextFile}' holds no key with its certificate.");
            if (string.Equals(_certificateFile, _privateKeyFile, StringComparison.Ordinal))
            {
                PrivateFile.Write(_certificateFile, content.Span);
            }
            else
            {
                PrivateFile.Write(_privateKeyFile, content.Span[..certificate]);
                PrivateFile.Write(_certificateFile, content.Span[certificate..]);
            }
        }

        Discard();
    }

    /// <summary>Forgets the new pair.</summary>
    public void Discard() => File.Delete(NextFile);

    private static string Real(string path) =>
        Path.GetFullPath(File.Exists(path) ? File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path : path);

    [GeneratedRegex("^\\.[0-9a-f]{12}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TemporaryEnding();
}

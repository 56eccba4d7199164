using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Identity;

/// <summary>Your own certificate of the server's in configured files, read again when one changes. What is not sound does not replace what was. Thread safe.</summary>
internal sealed class ServerCertificateFiles
{
    private readonly ServerCertificateOptions _files;
    private readonly IdentityParts _parts;
    private readonly Lock _reading = new();
    private (DateTime Written, long Length)[] _seen = [];
    private PresentedCertificate? _current;
    private string? _fault;

    /// <summary>Reads them for the first time.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: they cannot be used; the message says why, and what to do.</exception>
    public ServerCertificateFiles(ServerCertificateOptions files, IdentityParts parts)
    {
        _files = files;
        _parts = parts;
        var seen = Look();
        _current = ReadFirst(files, parts.ServerNames, parts.Time.GetUtcNow());
        _seen = seen;
        Tell(_current);
    }

    /// <summary>Reads them when there is nothing else to show yet.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: they cannot be used; the message says why, and what to do.</exception>
    public static PresentedCertificate ReadFirst(ServerCertificateOptions files, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        try
        {
            return PresentedCertificate.Read(files, names, now);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"The server's certificate cannot be used: {failure.Message}.", failure);
        }
    }

    /// <summary>What holds for handshakes that begin now.</summary>
    public PresentedCertificate Current => Volatile.Read(ref _current)!;

    /// <summary>Why the files as they are now are not in force; null if they are.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Reads them again if one has changed; called about twice a second.</summary>
    /// <param name="isForced">Whether they are read in any case.</param>
    public void Refresh(bool isForced)
    {
        lock (_reading)
        {
            var seen = Look();
            if (!isForced && _fault is null && seen.AsSpan().SequenceEqual(_seen)) return;
            try
            {
                var read = Read();
                _seen = seen;
                Volatile.Write(ref _fault, null);
                if (read.IsSameAs(_current)) return;
                Volatile.Write(ref _current, read);
                var told = Tell(read);
                _parts.Record($"the server's certificate was replaced: {told}", KeyreeveError.None);
            }
            catch (Exception failure) when (IsRefusal(failure))
            {
                var fault = $"The server's new certificate cannot be used, and the one that was read before stays: {failure.Message}.";
                if (string.Equals(_fault, fault, StringComparison.Ordinal)) return;
                Volatile.Write(ref _fault, fault);
                _parts.Alarm(fault);
                _parts.Record("refused: a new certificate of the server's that cannot be used; the one before stays. See the server's log", KeyreeveError.InvalidField);
            }
        }
    }

    private PresentedCertificate Read() => PresentedCertificate.Read(_files, _parts.ServerNames, _parts.Time.GetUtcNow());

    private string Tell(PresentedCertificate read)
    {
        var roots = string.Join("; ", read.Roots.Select(static root => root.Subject));
        if (read.Context?.TargetCertificate is not { } certificate)
        {
            _parts.Log($"Clients are told to trust {roots} too, before the server has a certificate of it.");
            return $"none yet; clients are told to trust {roots}";
        }

        var about = $"'{certificate.Subject}', serial {certificate.SerialNumber}, under {roots}, until {read.ExpiresAt:u}";
        _parts.Log($"The server's certificate is that of {_files.CertificateFile}: {about}.");
        if (!read.MissingNames.IsEmpty)
            _parts.Log($"The server's certificate in {_files.CertificateFile} is not for {string.Join(", ", read.MissingNames)}, of [server] names: who reaches the server by these does not trust it.");
        return about;
    }

    private (DateTime Written, long Length)[] Look() =>
    [
        .. new[] { _files.CertificateFile, _files.KeyFile, _files.AuthorityFile }.OfType<string>()
            .Select(static path => new FileInfo(path)).Select(static file => file.Exists ? (file.LastWriteTimeUtc, file.Length) : default),
    ];

    private static bool IsRefusal(Exception failure) =>
        failure is IOException or UnauthorizedAccessException or PrivateFileException or CryptographicException;
}

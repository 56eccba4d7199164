using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core;

namespace Keyreeve.Server.Identity;

/// <summary>
/// The certificates of your own authorities in a configured file, read again when it changes. One that is not sound does not replace one that
/// was. Thread safe.
/// </summary>
internal sealed class AuthorityFile
{
    private const int MaxFileSizeInBytes = 1 << 20;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly Action<string> _alarm;
    private readonly Lock _reading = new();
    private (DateTime Written, long Length) _seen;
    private ImmutableArray<X509Certificate2> _current = [];
    private string? _fault;

    /// <summary>Reads it for the first time.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it cannot be used, and there is no earlier one.</exception>
    public AuthorityFile(string path, IdentityParts parts)
    {
        _path = path;
        _time = parts.Time;
        _log = parts.Log;
        _alarm = parts.Alarm;
        Refresh();
        if (Fault is { } fault) throw new KeyreeveException(KeyreeveError.InvalidField, fault);
    }

    /// <summary>Who is trusted; another array after each change.</summary>
    public ImmutableArray<X509Certificate2> Current
    {
        get
        {
            lock (_reading) return _current;
        }
    }

    /// <summary>Why the file as it is now is not in force; null if it is.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Reads it again if it has changed; called about twice a second.</summary>
    /// <param name="isForced">Whether it is read in any case.</param>
    public void Refresh(bool isForced = false)
    {
        lock (_reading)
        {
            try
            {
                var file = new FileInfo(_path);
                var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                if (!isForced && seen == _seen && _fault is null && !_current.IsEmpty) return;
                var read = Read(file);
                var isNew = !read.Select(static c => c.Thumbprint).SequenceEqual(_current.Select(static c => c.Thumbprint), StringComparer.Ordinal);
                _seen = seen;
                Volatile.Write(ref _fault, null);
                if (!isNew) return;
                _current = read;
                _log($"The clients' authorities are those of {_path}: {string.Join("; ", read.Select(static c => c.Subject))}.");
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or KeyreeveException)
            {
                var fault = $"The file of the clients' authorities, {_path}, cannot be used, and those that were read before stay: {failure.Message}";
                if (string.Equals(_fault, fault, StringComparison.Ordinal)) return;
                Volatile.Write(ref _fault, fault);
                _alarm(fault);
            }
        }
    }

    /// <summary>Reads certificates of authorities.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: they cannot be used; the message says why.</exception>
    public static ImmutableArray<X509Certificate2> Parse(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException malformed)
        {
            throw Refused("they are not certificates in PEM", malformed);
        }

        if (certificates.Count == 0) throw Refused("there is none");
        if (certificates.Any(c => !c.Extensions.OfType<X509BasicConstraintsExtension>().Any(b => b.CertificateAuthority))) throw Refused("one is not an authority's");
        if (!certificates.Any(c => c.SubjectName.RawData.AsSpan().SequenceEqual(c.IssuerName.RawData))) throw Refused("the root is missing");
        return [.. certificates];
    }

    private ImmutableArray<X509Certificate2> Read(FileInfo file)
    {
        if (!file.Exists) throw new IOException("there is no such file");
        if (file.Length > MaxFileSizeInBytes) throw new IOException("it is too large");
        var read = Parse(File.ReadAllText(file.FullName));
        var now = _time.GetUtcNow();
        return read.All(c => new DateTimeOffset(c.NotAfter) <= now) ? throw Refused("all of them have expired") : read;
    }

    private static KeyreeveException Refused(string reason, Exception? inner = null) =>
        new(KeyreeveError.InvalidField, $"The authorities' certificates cannot be used: {reason}.", inner);
}

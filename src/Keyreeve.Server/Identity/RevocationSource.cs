using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Keyreeve.Server.Identity;

/// <summary>
/// The revocation lists of a configured file, read again when the file changes. With a file configured nobody is let in
/// whose issuer has no list that is sound and holds now. Thread safe.
/// </summary>
internal sealed class RevocationSource
{
    private const int MaxFileSizeInBytes = 64 << 20;

    private readonly string? _path;
    private readonly Func<ImmutableArray<X509Certificate2>> _issuers;
    private readonly TimeProvider _time;
    private readonly Action<string> _log;
    private readonly Action<string> _alarm;
    private readonly Lock _reading = new();
    private (DateTime Written, long Length) _seen;
    private ImmutableArray<X509Certificate2> _seenIssuers;
    private string? _lastFault;
    private ImmutableArray<CertificateRevocationList>? _lists;

    /// <param name="path">The file, PEM (several lists are possible) or DER; null: nothing is revoked by list.</param>
    /// <param name="issuers">Those whose lists are accepted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when a file is taken over.</param>
    /// <param name="alarm">Told when one is refused.</param>
    public RevocationSource(string? path, Func<ImmutableArray<X509Certificate2>> issuers, TimeProvider time, Action<string> log, Action<string> alarm)
    {
        _path = path;
        _issuers = issuers;
        _time = time;
        _log = log;
        _alarm = alarm;
        if (path is null) return;
        Current = new Revocations([]);
        Refresh();
    }

    /// <summary>What is revoked; another object after each change. Null if no file is configured.</summary>
    public Revocations? Current { get => Volatile.Read(ref field); private set => Volatile.Write(ref field, value); }

    /// <summary>Why the file as it is now is not in force; null if it is.</summary>
    public string? Fault => Volatile.Read(ref _lastFault) is { } fault ? $"The revocation list {_path} is not accepted: {fault}." : null;

    /// <summary>Looks whether the file has changed; called about once a second.</summary>
    // A file that is not sound does not replace one that was: that one goes on holding until it says it ends.
    public void Refresh()
    {
        if (_path is null) return;
        lock (_reading)
        {
            try
            {
                var file = new FileInfo(_path);
                var seen = file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
                var issuers = _issuers();
                if (_lists is not null && seen == _seen && issuers == _seenIssuers) return;
                var lists = Read(file, issuers);
                (_seen, _seenIssuers) = (seen, issuers);
                _lists = lists;
                _lastFault = null;
                Current = new Revocations(lists);
                _log($"The revocation list {_path} is in force, until {lists.Min(l => l.NextUpdate):u}.");
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
            {
                if (string.Equals(_lastFault, fault.Message, StringComparison.Ordinal)) return;
                _lastFault = fault.Message;
                _alarm($"The revocation list {_path} is not accepted: {fault.Message}.");
            }
        }
    }

    private ImmutableArray<CertificateRevocationList> Read(FileInfo file, ImmutableArray<X509Certificate2> issuers)
    {
        if (file.Length > MaxFileSizeInBytes) throw new InvalidDataException("the file is too large");
        var content = File.ReadAllBytes(file.FullName);
        var now = _time.GetUtcNow();
        var lists = Split(content).Select(der => CertificateRevocationList.Read(der, issuers, now)).ToImmutableArray();
        if (lists.IsEmpty) throw new InvalidDataException("there is no list in the file");
        foreach (var list in lists)
        {
            if (_lists?.Any(known => known.Issuer.AsSpan().SequenceEqual(list.Issuer) && known.ThisUpdate > list.ThisUpdate) == true)
                throw new InvalidDataException("the list is older than the one in force");
        }

        return lists;
    }

    private static List<ReadOnlyMemory<byte>> Split(byte[] content)
    {
        if (content.Length > 0 && content[0] == 0x30) return [content];
        var lists = new List<ReadOnlyMemory<byte>>();
        ReadOnlySpan<char> text = System.Text.Encoding.ASCII.GetString(content);
        while (PemEncoding.TryFind(text, out var found))
        {
            if (text[found.Label] is not "X509 CRL") throw new InvalidDataException("the file holds something else than lists");
            lists.Add(Convert.FromBase64String(text[found.Base64Data].ToString()));
            text = text[found.Location.End..];
        }

        return lists;
    }
}

/// <summary>What is revoked, at one moment. Immutable.</summary>
internal sealed class Revocations(ImmutableArray<CertificateRevocationList> lists)
{
    /// <summary>Why a certificate is not to be trusted; null if nothing speaks against it.</summary>
    public string? FaultOf(in IssuedSerial certificate, DateTimeOffset now)
    {
        foreach (var list in lists)
        {
            if (!list.Issuer.AsSpan().SequenceEqual(certificate.Issuer)) continue;
            if (list.NextUpdate <= now) return "the revocation list of its issuer has expired";
            return list.IsRevoked(certificate.Serial) ? "it was revoked" : null;
        }

        return "there is no revocation list of its issuer";
    }
}

/// <summary>What a revocation list knows a certificate by.</summary>
/// <param name="Issuer">The issuer's name, DER.</param>
/// <param name="Serial">The serial number, hexadecimal without leading zeros.</param>
internal readonly record struct IssuedSerial(byte[] Issuer, string Serial)
{
    public static IssuedSerial Of(X509Certificate2 certificate) =>
        new(certificate.IssuerName.RawData, CertificateRevocationList.SerialOf(certificate.SerialNumberBytes.Span));
}

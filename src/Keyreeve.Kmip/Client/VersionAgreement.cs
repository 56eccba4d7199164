using System.Collections.Immutable;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Client;

/// <summary>The version that client and server agree upon; found once, when first needed.</summary>
internal sealed class VersionAgreement : IDisposable
{
    private readonly ImmutableArray<ProtocolVersion> _versions;
    private readonly SemaphoreSlim _asking = new(1, 1);
    private volatile Agreed? _agreed;

    /// <param name="versions">The client's versions, preferred first; a single one needs no agreement.</param>
    public VersionAgreement(ImmutableArray<ProtocolVersion> versions)
    {
        _versions = versions;
        if (versions.Length == 1) _agreed = new Agreed(versions[0]);
    }

    /// <summary>The version agreed upon.</summary>
    /// <param name="discover">Asks with Discover Versions, in the version given.</param>
    /// <param name="cancellationToken">Ends the waiting; the next caller asks again.</param>
    public async ValueTask<ProtocolVersion> GetAsync(
        Func<ProtocolVersion, CancellationToken, Task<ImmutableArray<ProtocolVersion>>> discover, CancellationToken cancellationToken)
    {
        if (_agreed is { } known) return known.Version;
        await _asking.WaitAsync(cancellationToken);
        try
        {
            if (_agreed is null)
            {
                var version = await NegotiateAsync(discover, cancellationToken);
                _agreed = new Agreed(version);
            }

            return _agreed.Version;
        }
        finally
        {
            _asking.Release();
        }
    }

    public void Dispose() => _asking.Dispose();

    /// <summary>
    /// Asks first in the version preferred, then in KMIP 1.1, which first has the operation, for servers that cannot read newer
    /// headers. A server that knows neither speaks KMIP 1.0.
    /// </summary>
    private async Task<ProtocolVersion> NegotiateAsync(
        Func<ProtocolVersion, CancellationToken, Task<ImmutableArray<ProtocolVersion>>> discover, CancellationToken cancellationToken)
    {
        EndOfStreamException? closed = null;
        foreach (var version in new[] { _versions[0], ProtocolVersion.Kmip11 }.Distinct())
        {
            if (version < ProtocolVersion.Kmip11) continue;
            try
            {
                return Preferred(await discover(version, cancellationToken));
            }
            catch (Exception e) when (IsOfAnOlderServer(e) && !cancellationToken.IsCancellationRequested)
            {
                // The next version is tried.
                closed = e as EndOfStreamException;
            }
        }

        if (_versions.Contains(ProtocolVersion.Kmip10)) return ProtocolVersion.Kmip10;
        // One that closes and says nothing may be about to stop, or not accept the certificate: of versions it has said nothing.
        throw closed is null ? NoCommonVersion() : closed;
    }

    /// <summary>Servers answer a version or operation that they do not know with all sorts of errors, or by closing.</summary>
    private static bool IsOfAnOlderServer(Exception exception) =>
        exception is TtlvException or EndOfStreamException or KmipException { IsOfThisClient: false };

    private ProtocolVersion Preferred(ImmutableArray<ProtocolVersion> servers)
    {
        foreach (var version in _versions)
            if (servers.Contains(version)) return version;
        throw NoCommonVersion();
    }

    private static KmipException NoCommonVersion() => KmipException.OfThisClient(
        ResultReason.UnsupportedProtocolVersion, "The server speaks none of the versions of this client.");

    private sealed record Agreed(ProtocolVersion Version);
}

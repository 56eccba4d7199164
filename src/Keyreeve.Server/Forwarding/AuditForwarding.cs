using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Forwarding;

/// <summary>Every sink that is configured, each on its own way.</summary>
internal sealed class AuditForwarding : IAsyncDisposable
{
    /// <summary>The folder of the cursors, in the data directory.</summary>
    public const string DirectoryName = "sinks";

    private readonly List<SinkForwarder> _sinks = [];

    private AuditForwarding()
    {
    }

    /// <summary>How they stand.</summary>
    public IReadOnlyList<SinkStatus> Statuses => [.. _sinks.Select(static s => s.Status)];

    /// <exception cref="IOException">A cursor cannot be read.</exception>
    public static async ValueTask<AuditForwarding> StartAsync(IEnumerable<KeyValuePair<string, SinkOptions>> sinks, SinkParts parts)
    {
        var forwarding = new AuditForwarding();
        try
        {
            foreach (var (name, options) in sinks) forwarding._sinks.Add(new SinkForwarder(name, options, parts));
            return forwarding;
        }
        catch
        {
            await forwarding.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(_sinks.Select(static s => s.DisposeAsync().AsTask()));
}

using System.Net;
using Keyreeve.Kmip;

namespace Keyreeve.Benchmarks;

/// <summary>One of the servers that are compared: where it listens, and the processor time that it has taken.</summary>
internal sealed record CostSide(string Name, IPEndPoint EndPoint, Func<TimeSpan> ProcessorTime);

/// <summary>The same installation three times: the server as people run it, its parts with the chain alone, and its parts without audit.</summary>
internal sealed class AuditCostServers : IAsyncDisposable
{
    private readonly ServerUnderTest _full;
    private readonly ChildServer _chain;
    private readonly ChildServer _none;

    private AuditCostServers(ServerUnderTest full, ChildServer chain, ChildServer none, UniqueIdentifier key, string folder)
    {
        (_full, _chain, _none, Key, Folder) = (full, chain, none, key, folder);
        Sides =
        [
            new("chain, index, alerts", full.Kmip, () => full.ProcessorTime),
            new("chain alone", chain.EndPoint, () => chain.ProcessorTime),
            new("no audit", none.EndPoint, () => none.ProcessorTime),
        ];
    }

    /// <summary>What is compared: everything, the chain alone, nothing.</summary>
    public IReadOnlyList<CostSide> Sides { get; }

    /// <summary>Where they keep everything.</summary>
    public string Folder { get; }

    /// <summary>A key that all of them have.</summary>
    public UniqueIdentifier Key { get; }

    /// <summary>A principal that all of them know, by its certificate.</summary>
    public ServerUnderTest Principal => _full;

    public static async Task<AuditCostServers> StartAsync(string folder)
    {
        // Everything is made before the copies are.
        var made = await ServerUnderTest.StartAsync(folder);
        var key = await KmipRows.NewKeyAsync(made, ProtocolVersion.Kmip21);
        await made.DisposeAsync();
        var full = await ServerUnderTest.StartAgainAsync(CopyFirst(folder, out var chainData, out var noneData), made.ClientOptions);
        var configuration = ServerUnderTest.ConfigurationIn(folder);
        var chain = await ChildServer.StartAsync(KmipParts.Environment, KmipParts.WithChainAlone, configuration, chainData);
        var none = await ChildServer.StartAsync(KmipParts.Environment, KmipParts.WithoutAudit, configuration, noneData);
        return new AuditCostServers(full, chain, none, key, folder);
    }

    public async ValueTask DisposeAsync()
    {
        await _none.DisposeAsync();
        await _chain.DisposeAsync();
        await _full.DisposeAsync();
    }

    private static string CopyFirst(string folder, out string chainData, out string noneData)
    {
        chainData = Copy(ServerUnderTest.DataIn(folder), Path.Combine(folder, "chain-alone"));
        noneData = Copy(ServerUnderTest.DataIn(folder), Path.Combine(folder, "no-audit"));
        return folder;
    }

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to, File.GetUnixFileMode(from));
        foreach (var file in Directory.EnumerateFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var child in Directory.EnumerateDirectories(from)) Copy(child, Path.Combine(to, Path.GetFileName(child)));
        return to;
    }
}

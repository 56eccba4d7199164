using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;

namespace Keyreeve.Benchmarks;

/// <summary>KMIP 1.4 at 16 connections, against PyKMIP's server: both get the same requests, encoded once.</summary>
internal static class PyKmipRows
{
    private const int Connections = 16;

    private static readonly ProtocolVersion Version = ProtocolVersion.Kmip14;

    public static Task<Comparison> EncryptAsync(Stage stage) =>
        OpenAsync(stage, "pykmip-encrypt", Operation.Encrypt, static key => KmipRows.EncryptRequest(key, Version));

    public static Task<Comparison> GetAsync(Stage stage) =>
        OpenAsync(stage, "pykmip-get", Operation.Get, static key => KmipRows.GetRequest(key, Version));

    private static async Task<Comparison> OpenAsync(Stage stage, string name, Operation operation, Func<UniqueIdentifier, byte[]> request)
    {
        // First what may be missing.
        var pyKmip = await stage.PyKmipAsync();
        var server = await stage.ServerAsync();
        var ours = await KmipRows.LoadAsync(server, Connections, request(await KmipRows.NewKeyAsync(server, Version)), inFlight: 1, operation);
        await using var client = new KmipClient(pyKmip.Options with { Versions = [Version] });
        var theirs = await RequestLoad.OpenAsync(
            pyKmip.ConnectAsync, Connections, request(await KmipRows.NewKeyAsync(client)), check: answer => KmipRows.Check(answer, operation));
        return new Comparison
        {
            Name = name,
            Unit = "requests/s",
            Ours = ours.RunAsync,
            Reference = theirs.RunAsync,
            ReferenceName = "PyKMIP's server",
            Owned = [ours, theirs],
        };
    }
}

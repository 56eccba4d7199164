using Keyreeve.Benchmarks;

// Hidden: the references that are processes of their own are this program too.
switch (args)
{
    case [EchoServer.Argument]:
        await EchoServer.RunAsync();
        return 0;
    case [RestEchoServer.Argument]:
        await RestEchoServer.RunAsync();
        return 0;
    case [KmipParts.WithoutAudit or KmipParts.WithChainAlone, var configuration, var data]:
        await KmipParts.RunAsync(withChain: args[0] is KmipParts.WithChainAlone, configuration, data);
        return 0;
    case [NeighbourLoad.Argument, .. var neighbour]:
        await NeighbourLoad.RunAsync(neighbour);
        return 0;
    default:
        break;
}

try
{
    var arguments = BenchArguments.Parse(args);
    if (!arguments.IsHelp) return await BenchRun.RunAsync(arguments);
    Console.WriteLine(BenchArguments.Usage);
    Console.WriteLine("\nrows:");
    foreach (var entry in Catalog.Entries) Console.WriteLine(entry.OnlyByName is { } why ? $"  {entry.Name}  (only when named: {why})" : $"  {entry.Name}");
    return 0;
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

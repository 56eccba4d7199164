using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>Encrypting or decrypting from here to there, with progress on the terminal and an account at the end.</summary>
internal sealed record FileWork(string Doing, string Done, string Source, string Destination, bool Overwrite)
{
    public bool WritesToTerminal => Destination is "-" && !Console.IsOutputRedirected;

    /// <summary>Runs as work on files when both ends are files, else on streams.</summary>
    public async Task RunAsync(
        OutputWriter output,
        Func<IProgress<FileProgress>, Task<EnvelopeOutcome>> onFiles,
        Func<Stream, Stream, IProgress<FileProgress>, Task<EnvelopeOutcome>> onStreams)
    {
        using var bar = ProgressBar.Start($"{Doing} {(Source is "-" ? "standard input" : Path.GetFileName(Source))}");
        var outcome = Destination is not "-" && Source is not "-"
            ? await onFiles(bar)
            : await RunOnStreamsAsync(onStreams, bar);
        var elapsed = bar.Elapsed;
        bar.Dispose();
        // What goes to standard output is the contents, so nothing else may.
        if (Destination is not "-")
            Report(output, outcome, elapsed);
    }

    private async Task<EnvelopeOutcome> RunOnStreamsAsync(Func<Stream, Stream, IProgress<FileProgress>, Task<EnvelopeOutcome>> onStreams, ProgressBar bar)
    {
        await using var source = Source is "-" ? Console.OpenStandardInput() : File.OpenRead(Source);
        if (Destination is "-")
        {
            await using var standardOutput = Console.OpenStandardOutput();
            return await onStreams(source, standardOutput, bar);
        }

        using var destination = Crypto.Files.PendingFile.Create(Destination);
        if (!Overwrite && Path.Exists(Destination))
            throw new IOException($"'{Destination}' exists already.");
        var outcome = await onStreams(source, destination.Stream, bar);
        destination.Commit(Overwrite);
        return outcome;
    }

    private void Report(OutputWriter output, EnvelopeOutcome outcome, TimeSpan elapsed)
    {
        var account = new Account(Destination, outcome.PlaintextLengthInBytes, outcome.KeyId, outcome.KeyVersion, elapsed.TotalSeconds);
        if (output.IsJson)
            output.WriteJson(account);
        else
            output.WriteRemark($"{Done} {Size.Of(outcome.PlaintextLengthInBytes)} to {Destination} ({Size.Speed(outcome.PlaintextLengthInBytes, elapsed)})");
    }

    private sealed record Account(string File, long PlaintextLengthInBytes, Guid KeyId, long KeyVersion, double Seconds);
}

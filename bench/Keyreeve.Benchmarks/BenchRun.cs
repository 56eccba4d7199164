using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Keyreeve.Benchmarks;

/// <summary>One run: the rows in turn, the table, the file.</summary>
internal static class BenchRun
{
    private const int Rounds = 7;
    private const int QuickRounds = 3;
    private static readonly TimeSpan RoundLength = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuickRoundLength = TimeSpan.FromMilliseconds(200);

    /// <summary>Measures and reports; returns the exit code: 0, or 1 when a row failed or the run was broken off.</summary>
    public static async Task<int> RunAsync(BenchArguments arguments)
    {
        var entries = Catalog.Select(arguments);
        using var stop = new CancellationTokenSource();
        // Broken off between two rounds, so that the processes and folders of this run go with it.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var measurement = arguments.IsQuick
            ? new Measurement(QuickRounds, QuickRoundLength, stop.Token)
            : new Measurement(Rounds, RoundLength, stop.Token);

        var started = Stopwatch.GetTimestamp();
        var report = new Report();
        await using (var stage = new Stage(arguments.IsQuick))
        {
            Report.PrintHeader();
            foreach (var entry in entries)
            {
                if (stop.IsCancellationRequested) break;
                await MeasureAsync(entry, stage, measurement, report);
            }
        }

        if (arguments.JsonFile is { } file) report.Write(file);
        report.PrintFooter(Stopwatch.GetElapsedTime(started));
        return report.HasFailed || stop.IsCancellationRequested ? 1 : 0;
    }

    private static async Task MeasureAsync(CatalogEntry entry, Stage stage, Measurement measurement, Report report)
    {
        try
        {
            foreach (var row in await entry.RunAsync(stage, measurement)) report.Add(row);
        }
        catch (NotInstalledException e)
        {
            report.AddSkipped(entry.Name, e.Message);
        }
        catch (OperationCanceledException) when (measurement.CancellationToken.IsCancellationRequested)
        {
            report.AddFailed(entry.Name, "broken off");
        }
        catch (Exception e)
        {
            // One row's fault does not lose the others.
            report.AddFailed(entry.Name, $"{e.GetType().Name}: {e.Message}");
        }
    }
}

namespace Keyreeve.Benchmarks;

/// <summary>One line of the table: something of ours against something that does the least that could be done.</summary>
internal sealed record Comparison
{
    /// <summary>Its name, such as <c>kmip-encrypt-16</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What is counted, per second unless it says otherwise.</summary>
    public required string Unit { get; init; }

    /// <summary>Measures ours once.</summary>
    public required Func<TimeSpan, Task<double>> Ours { get; init; }

    /// <summary>Measures the reference once; null if there is none and the figure stands alone.</summary>
    public Func<TimeSpan, Task<double>>? Reference { get; init; }

    /// <summary>What the reference is.</summary>
    public string? ReferenceName { get; init; }

    /// <summary>How long each side runs, at least, before it counts: for servers that have just started and are not compiled yet.</summary>
    public TimeSpan WarmUp { get; init; }

    /// <summary>What was opened for this line alone, such as connections; closed after it.</summary>
    public IReadOnlyList<IAsyncDisposable> Owned { get; init; } = [];
}

/// <summary>What was measured: medians, and how far the rounds lay apart.</summary>
internal sealed record Row(string Name, string Unit, double Ours, double? Reference, string? ReferenceName, double? Ratio, double Spread);

/// <summary>
/// Measures in rounds, ours and the reference in turn, so that a machine that slows down slows both. The ratio is the median
/// of the rounds' ratios, not the ratio of medians.
/// </summary>
internal sealed class Measurement(int rounds, TimeSpan roundLength, CancellationToken cancellationToken)
{
    /// <summary>When to stop between two rounds.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>How many rounds.</summary>
    public int Rounds => rounds;

    /// <summary>How long each.</summary>
    public TimeSpan RoundLength => roundLength;

    public async Task<Row> RunAsync(Comparison comparison)
    {
        var ours = new List<double>();
        var references = new List<double>();
        var warmUp = comparison.WarmUp > roundLength ? comparison.WarmUp : roundLength;
        await comparison.Ours(warmUp);
        if (comparison.Reference is { } cold) await cold(warmUp);
        for (var i = 0; i < rounds; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Each goes first in every other round, so that neither always finds the machine as the other left it.
            if (i % 2 == 0) ours.Add(await comparison.Ours(roundLength));
            if (comparison.Reference is { } reference) references.Add(await reference(roundLength));
            if (i % 2 == 1) ours.Add(await comparison.Ours(roundLength));
        }

        var ratios = ours.Zip(references, (a, b) => a / b).ToList();
        return new Row(
            comparison.Name, comparison.Unit, Median(ours), references.Count > 0 ? Median(references) : null, comparison.ReferenceName,
            ratios.Count > 0 ? Median(ratios) : null, Spread(ratios.Count > 0 ? ratios : ours));
    }

    /// <summary>The middle one.</summary>
    public static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Half the distance between the best and the worst round, as a part of the median.</summary>
    public static double Spread(List<double> values) => (values.Max() - values.Min()) / 2 / Median(values);
}

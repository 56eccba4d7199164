using System.Globalization;

namespace Keyreeve.Server.Telemetry;

/// <summary>
/// The labels of a measurement, comparable without allocating: up to four, which is as many as any instrument that is shown has;
/// those beyond are left out.
/// </summary>
internal readonly record struct MetricLabels(
    string? Name1, object? Value1, string? Name2, object? Value2, string? Name3, object? Value3, string? Name4, object? Value4)
{
    public static MetricLabels Of(ReadOnlySpan<KeyValuePair<string, object?>> labels) => new(
        At(labels, 0).Key, At(labels, 0).Value, At(labels, 1).Key, At(labels, 1).Value,
        At(labels, 2).Key, At(labels, 2).Value, At(labels, 3).Key, At(labels, 3).Value);

    /// <summary>The labels as pairs of texts.</summary>
    public IEnumerable<(string Name, string Value)> Pairs()
    {
        foreach (var (name, value) in new[] { (Name1, Value1), (Name2, Value2), (Name3, Value3), (Name4, Value4) })
            if (name is not null) yield return (name, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
    }

    private static KeyValuePair<string, object?> At(ReadOnlySpan<KeyValuePair<string, object?>> labels, int index) =>
        index < labels.Length ? labels[index] : default;
}

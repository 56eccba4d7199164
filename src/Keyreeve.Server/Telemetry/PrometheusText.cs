using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Keyreeve.Server.Telemetry;

/// <summary>Prometheus' text exposition format, version 0.0.4.</summary>
internal static class PrometheusText
{
    /// <summary>The page's media type.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<KeyValuePair<(Instrument Instrument, MetricLabels Labels), MetricSeries>> series)
    {
        var text = new StringBuilder(16 * 1024);
        foreach (var family in series.Where(static s => s.Value.Count > 0).GroupBy(static s => NameOf(s.Key.Instrument), StringComparer.Ordinal).OrderBy(static f => f.Key, StringComparer.Ordinal))
        {
            var instrument = family.First().Key.Instrument;
            text.Append("# HELP ").Append(family.Key).Append(' ').Append((instrument.Description ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings(" ")).Append('\n');
            text.Append("# TYPE ").Append(family.Key).Append(' ').Append(TypeOf(instrument)).Append('\n');
            foreach (var (key, value) in family) Append(text, family.Key, key.Labels, value);
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, string name, MetricLabels labels, MetricSeries series)
    {
        if (series.Buckets is not { } buckets)
        {
            AppendSample(text, name, labels, null, series.Value);
            return;
        }

        long below = 0;
        for (var i = 0; i < buckets.Count; i++)
        {
            below += buckets[i];
            var bound = i < MetricSeries.BucketBounds.Length ? MetricSeries.BucketBounds[i].ToString(CultureInfo.InvariantCulture) : "+Inf";
            AppendSample(text, name + "_bucket", labels, bound, below);
        }

        AppendSample(text, name + "_sum", labels, null, series.Value);
        AppendSample(text, name + "_count", labels, null, below);
    }

    private static void AppendSample(StringBuilder text, string name, MetricLabels labels, string? bound, double value)
    {
        text.Append(name);
        var pairs = labels.Pairs();
        if (bound is not null) pairs = pairs.Append(("le", bound));
        var separator = '{';
        foreach (var (label, labelValue) in pairs)
        {
            text.Append(separator).Append(Word(label)).Append("=\"");
            text.Append(labelValue.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n")).Append('"');
            separator = ',';
        }

        if (separator == ',') text.Append('}');
        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }

    // Names end in their unit, counters in _total.
    private static string NameOf(Instrument instrument)
    {
        var name = Word(instrument.Name);
        var unit = instrument.Unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return MetricSeries.IsCounter(instrument) ? name + "_total" : name;
    }

    private static string TypeOf(Instrument instrument)
    {
        if (MetricSeries.IsHistogram(instrument)) return "histogram";
        return MetricSeries.IsCounter(instrument) ? "counter" : "gauge";
    }

    private static string Word(string name) =>
        string.Create(name.Length, name, static (span, from) =>
        {
            for (var i = 0; i < span.Length; i++) span[i] = char.IsAsciiLetterOrDigit(from[i]) ? from[i] : '_';
        });
}

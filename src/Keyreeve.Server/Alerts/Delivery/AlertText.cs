using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Keyreeve.Server.Alerts.Delivery;

/// <summary>An alert as it is told.</summary>
internal static class AlertText
{
    /// <summary>One line: how urgent, which rule, what.</summary>
    public static string Title(Alert alert, string server) => $"[Keyreeve {server}] {alert.Severity}: {alert.Rule}{(alert.About.Length == 0 ? "" : " " + alert.About)}";

    /// <summary>For mail: some lines.</summary>
    public static string Body(Alert alert, string server)
    {
        var text = new StringBuilder();
        text.Append(alert.Text).Append("\r\n\r\n");
        foreach (var (name, value) in Facts(alert, server))
            if (value is not null) text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        text.Append("\r\nThe records: keyreeve audit search");
        if (alert.Principal is not null) text.Append(CultureInfo.InvariantCulture, $" --principal '{alert.Principal}'");
        if (alert.Key is not null) text.Append(CultureInfo.InvariantCulture, $" --key '{alert.Key}'");
        return text.Append("\r\nThe alerts:  keyreeve alerts list\r\n").ToString();
    }

    /// <summary>For a web hook: an object whose member <c>text</c> alone is what chat systems show.</summary>
    public static byte[] Json(Alert alert, string server)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.Default }))
        {
            writer.WriteStartObject();
            writer.WriteString("text", $"{Title(alert, server)}: {alert.Text}");
            foreach (var (name, value) in Facts(alert, server))
                if (value is not null) writer.WriteString(name, value);
            writer.WriteString("detail", alert.Text);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static IEnumerable<(string Name, string? Value)> Facts(Alert alert, string server) =>
    [
        ("id", alert.Id.ToString()), ("server", server), ("rule", alert.Rule), ("severity", alert.Severity.ToString()), ("first", TimeOf(alert.First)), ("last", TimeOf(alert.Last)),
        ("count", alert.Count.ToString(CultureInfo.InvariantCulture)), ("tenant", alert.Tenant == 0 ? null : alert.Tenant.ToString(CultureInfo.InvariantCulture)),
        ("principal", alert.Principal), ("key", alert.Key), ("source", alert.Source),
    ];

    private static string TimeOf(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

using System.Xml.Linq;
using Keyreeve.Kmip.Encodings;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>The messages that fuzzing begins with: those in <c>Seeds</c>, and OASIS' test cases where they are at hand.</summary>
internal static class SeedMessages
{
    /// <exception cref="InvalidOperationException">There are no seeds: a fuzzer that runs on nothing must not pass.</exception>
    public static IReadOnlyList<byte[]> Load()
    {
        var messages = Own();
        if (OasisFolder() is { } folder)
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.xml", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                messages.AddRange(Read(path));
        }

        return messages;
    }

    public static List<byte[]> Own()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Seeds");
        var messages = new List<byte[]>();
        if (Directory.Exists(folder))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*.xml").Order(StringComparer.Ordinal)) messages.AddRange(Read(path));
        }

        return messages.Count > 0 ? messages : throw new InvalidOperationException($"No seeds in {folder}.");
    }

    private static IEnumerable<byte[]> Read(string path)
    {
        foreach (var message in XDocument.Load(path).Root!.Elements().Where(e => e.Name.LocalName is "RequestMessage" or "ResponseMessage"))
        {
            foreach (var element in message.Descendants()) Bind(element);
            using var writer = new TtlvWriter();
            XmlEncoding.Decode(message.ToString(SaveOptions.DisableFormatting), writer);
            yield return writer.WrittenSpan.ToArray();
        }
    }

    /// <summary>Puts any value of its type in place of a variable of OASIS' cases.</summary>
    private static void Bind(XElement element)
    {
        if (element.Attribute("value") is not { } value || !value.Value.StartsWith('$')) return;
        value.Value = element.Attribute("type")?.Value switch
        {
            "DateTime" => "2026-01-02T03:04:05+00:00",
            "ByteString" => "0102030405060708",
            "Integer" or "LongInteger" or "Interval" => "1",
            _ => value.Value,
        };
    }

    private static string? OasisFolder()
    {
        if (Environment.GetEnvironmentVariable("KEYREEVE_VECTORS") is { Length: > 0 } named) return Existing(Path.Combine(named, "kmip"));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Keyreeve.slnx")))
                return Existing(Path.Combine(folder.FullName, "..", "shared", "vectors", "kmip"));
        }

        return null;

        static string? Existing(string path) => Directory.Exists(path) ? path : null;
    }
}

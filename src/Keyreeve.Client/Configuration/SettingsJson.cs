using System.Text.Json;

namespace Keyreeve.Client.Configuration;

/// <summary>
/// The same settings as JSON: <c>{ "client": { "key": "orders" }, "servers": { "primary": { "host": "kms-1.example" } } }</c>. Values
/// are texts, numbers or true and false, and mean what they mean in the file.
/// </summary>
internal static class SettingsJson
{
    public static List<SettingsEntry> Read(ReadOnlyMemory<byte> json, string fileName, List<string> faults)
    {
        var entries = new List<SettingsEntry>();
        try
        {
            var options = new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };
            using var document = JsonDocument.Parse(json, options);
            foreach (var section in Members(document.RootElement, fileName, faults))
            {
                if (!section.NameEquals("servers"))
                {
                    Add(entries, section.Name, section.Value, $"{fileName}: {section.Name}", faults);
                    continue;
                }

                foreach (var server in Members(section.Value, $"{fileName}: servers", faults))
                    Add(entries, SettingsReader.ServerPrefix + server.Name, server.Value, $"{fileName}: servers.{server.Name}", faults);
            }
        }
        catch (JsonException e)
        {
            // The cause is left out: it quotes what it could not read.
            faults.Add($"{fileName}:{e.LineNumber + 1}: This is no JSON.");
        }

        return entries;
    }

    private static void Add(List<SettingsEntry> entries, string section, JsonElement value, string source, List<string> faults)
    {
        foreach (var member in Members(value, source, faults))
        {
            string? text = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Number => member.Value.GetRawText(),
                JsonValueKind.True => "yes",
                JsonValueKind.False => "no",
                _ => null,
            };
            if (text is null)
                faults.Add($"{source}.{member.Name}: A value is a text, a number, true or false.");
            else
                entries.Add(new SettingsEntry(section, member.Name, text, $"{source}.{member.Name}"));
        }
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement element, string source, List<string> faults)
    {
        if (element.ValueKind == JsonValueKind.Object)
            return element.EnumerateObject();
        faults.Add($"{source}: An object is expected.");
        return default;
    }
}

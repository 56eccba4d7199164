using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core.Audit;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Server.Alerts;

/// <summary>
/// What the watch knows and the alerts of late, in two files of the data directory. The place in the trail stands in the same file as
/// what was learned up to it, so that after a crash no record is missed, and none is learned twice.
/// </summary>
/// <param name="dataDirectory">The data directory.</param>
internal sealed class AlertFiles(string dataDirectory)
{
    private const string WatchFile = "watch";
    private const string BookFile = "alerts.json";
    private const int LargestFile = 256 * 1024 * 1024;

    private string Folder => Path.Combine(dataDirectory, "alerts");

    /// <summary>Reads what was learned and up to where; null if nothing was, or it cannot be used.</summary>
    public (AlertWatch Watch, AuditPlace Place)? ReadWatch(AlertOptions options, out string? fault)
    {
        fault = null;
        try
        {
            using var packed = new MemoryStream(PrivateFile.Read(Path.Combine(Folder, WatchFile), LargestFile));
            using var reader = new BinaryReader(new DeflateStream(packed, CompressionMode.Decompress));
            var place = new AuditPlace(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64());
            return (AlertWatch.Read(reader, options), place);
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception damaged) when (damaged is IOException or InvalidDataException or PrivateFileException or ArgumentException)
        {
            fault = damaged.Message;
            return null;
        }
    }

    public void WriteWatch(AlertWatch watch, AuditPlace place)
    {
        using var packed = new MemoryStream();
        using (var writer = new BinaryWriter(new DeflateStream(packed, CompressionLevel.Fastest)))
        {
            writer.Write(place.Segment);
            writer.Write(place.Offset);
            writer.Write(place.Sequence);
            watch.Write(writer);
        }

        Write(WatchFile, packed.ToArray());
    }

    /// <summary>Reads the alerts; none if there are none, or they cannot be read.</summary>
    public IReadOnlyList<Alert> ReadBook(out string? fault)
    {
        fault = null;
        try
        {
            return JsonSerializer.Deserialize(PrivateFile.Read(Path.Combine(Folder, BookFile), LargestFile), AlertJson.Default.ListAlert) ?? [];
        }
        catch (Exception absent) when (absent is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception damaged) when (damaged is IOException or JsonException or PrivateFileException)
        {
            fault = damaged.Message;
            return [];
        }
    }

    public void WriteBook(IEnumerable<Alert> alerts) => Write(BookFile, JsonSerializer.SerializeToUtf8Bytes(alerts.ToList(), AlertJson.Default.ListAlert));

    private void Write(string name, byte[] content)
    {
        if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("Private files need Unix modes.");
        Directory.CreateDirectory(Folder, PrivateFile.DirectoryMode);
        PrivateFile.Write(Path.Combine(Folder, name), content);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(List<Alert>))]
internal sealed partial class AlertJson : JsonSerializerContext;

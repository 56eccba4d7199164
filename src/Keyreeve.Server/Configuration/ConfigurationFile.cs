using System.Text;

namespace Keyreeve.Server.Configuration;

/// <summary>The configuration file on disk.</summary>
internal static class ConfigurationFile
{
    private const int LargestInBytes = 1024 * 1024;

    public static string ReadText(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (file.Length > LargestInBytes) throw Fault(name, "It is larger than 1 MiB, which no configuration is.");
            using var reader = new StreamReader(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
            return reader.ReadToEnd();
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            throw Fault(name, $"'{path}' cannot be read: {cause.Message}");
        }
        catch (DecoderFallbackException)
        {
            throw Fault(name, "It is not UTF-8.");
        }
    }

    private static ConfigurationException Fault(string source, string message) => new([new ConfigurationFault(source, message)]);
}

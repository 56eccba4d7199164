using System.Text;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// The configuration file on disk. It says where the root key's passphrase is and which insecure switches are on, so only
/// the server's user may write it.
/// </summary>
internal static class ConfigurationFile
{
    private const int LargestInBytes = 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string ReadText(string path)
    {
        var name = Path.GetFileName(path);
        try
        {
            return StrictUtf8.GetString(PrivateFile.Read(path, LargestInBytes));
        }
        catch (PrivateFileException notPrivate)
        {
            throw Fault(name, notPrivate.Message);
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

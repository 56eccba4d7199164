using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Keyreeve.Client.DataProtection;

/// <summary>Puts the check before whatever repository the program has chosen, in whichever order it said so.</summary>
internal sealed class WrappedKeysOnly(ILoggerFactory loggers) : IPostConfigureOptions<KeyManagementOptions>
{
    public void PostConfigure(string? name, KeyManagementOptions options)
    {
        var log = loggers.CreateLogger<WrappedKeyRing>();
        options.XmlRepository = options.XmlRepository switch
        {
            // Without one Data Protection refuses by itself.
            null => null,
            IDeletableXmlRepository deletable => new DeletableWrappedKeyRing(deletable, log),
            var repository => new WrappedKeyRing(repository, log),
        };
    }
}

/// <summary>
/// A ring of which only those keys are read that are wrapped: Data Protection itself takes any that lie there, in clear too. Revocations take
/// nothing from anybody, and are read as they are.
/// </summary>
internal partial class WrappedKeyRing(IXmlRepository stored, ILogger<WrappedKeyRing> log) : IXmlRepository
{
    public IReadOnlyCollection<XElement> GetAllElements() => [.. stored.GetAllElements().Where(IsRead)];

    public void StoreElement(XElement element, string friendlyName) => stored.StoreElement(element, friendlyName);

    private bool IsRead(XElement element)
    {
        if (element.Name != "key" || IsWrapped(element))
            return true;
        KeyPassedOver(log, (string?)element.Attribute("id") ?? "without an id");
        return false;
    }

    // Each secret, whatever its descriptor calls it, stands in an element that names what decrypts it. "Null" decryptors are among those.
    private static bool IsWrapped(XElement key)
    {
        var secrets = key.Descendants().Where(static element => element.Name.LocalName is "encryptedSecret").ToArray();
        var clear = key.Descendants().Any(static element => element.Name.LocalName is "masterKey");
        return secrets.Length > 0 && !clear && secrets.All(IsOurs);
    }

    private static bool IsOurs(XElement secret) =>
        string.Equals(((string?)secret.Attribute("decryptorType"))?.Split(',')[0].Trim(), typeof(KeyreeveXmlDecryptor).FullName, StringComparison.Ordinal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The key {Id} of the ring is not wrapped by Keyreeve, and was passed over. If it was there before, say insecureReadOtherKeys until it has expired; otherwise find out who put it there.")]
    private static partial void KeyPassedOver(ILogger log, string id);
}

/// <summary>The same over a repository that old keys can be deleted from.</summary>
internal sealed class DeletableWrappedKeyRing(IDeletableXmlRepository stored, ILogger<WrappedKeyRing> log) : WrappedKeyRing(stored, log), IDeletableXmlRepository
{
    public bool DeleteElements(Action<IReadOnlyCollection<IDeletableElement>> chooseElements) => stored.DeleteElements(chooseElements);
}

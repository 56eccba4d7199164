using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Keyreeve.Client.Fields;
using Keyreeve.Crypto;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Keyreeve.Client.DataProtection;

/// <summary>Has the key ring of ASP.NET Core Data Protection wrapped.</summary>
public static class KeyRingEncryption
{
    internal static readonly EncryptionContext Context = EncryptionContext.Of(("keyreeve.use", "data-protection"));

    /// <summary>
    /// Keys of the ring are encrypted under a key of the key manager before they are stored; where the ring is stored is chosen as ever.
    /// Keys in the ring that are in clear, or protected in another way, are passed over with a warning: whoever can write to where the ring is
    /// stored could have put them there, and would know them.
    /// </summary>
    /// <param name="builder">Data Protection's own.</param>
    /// <param name="encryptor">Encrypts and decrypts; stays the caller's, and lives as long as the program.</param>
    /// <param name="key">Name or identifier of the key. One for each application: programs that share it could open each other's rings.</param>
    /// <param name="insecureReadOtherKeys">
    /// Whether keys that are not wrapped here are read nevertheless, for the time until those that a ring had before have expired. Default: no.
    /// </param>
    public static IDataProtectionBuilder ProtectKeysWithKeyreeve(
        this IDataProtectionBuilder builder, EnvelopeEncryptor encryptor, string key, bool insecureReadOtherKeys = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentException.ThrowIfNullOrEmpty(key);
        // The decryptor is made by its name in the stored XML, with what the services hold.
        builder.Services.AddSingleton(new KeyRingKey(encryptor));
        builder.Services.AddSingleton<IConfigureOptions<KeyManagementOptions>>(
            new ConfigureOptions<KeyManagementOptions>(options => options.XmlEncryptor = new KeyreeveXmlEncryptor(encryptor, key)));
        if (!insecureReadOtherKeys)
            builder.Services.AddSingleton<IPostConfigureOptions<KeyManagementOptions>, WrappedKeysOnly>();
        return builder;
    }
}

/// <summary>What opens a key ring. A type of its own, so that a program may have other encryptors.</summary>
internal sealed class KeyRingKey(EnvelopeEncryptor encryptor)
{
    public EnvelopeEncryptor Encryptor { get; } = encryptor;
}

/// <summary>Encrypts a key of the ring into an envelope.</summary>
/// <param name="encryptor">Encrypts.</param>
/// <param name="key">Name or identifier of the key.</param>
public sealed class KeyreeveXmlEncryptor(EnvelopeEncryptor encryptor, string key) : IXmlEncryptor
{
    internal const string EnvelopeName = "keyreeveEnvelope";

    /// <inheritdoc/>
    EncryptedXmlInfo IXmlEncryptor.Encrypt(XElement plaintextElement)
    {
        ArgumentNullException.ThrowIfNull(plaintextElement);
        var plaintext = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        try
        {
            var envelope = Blocking.Wait(encryptor.EncryptAsync(key, plaintext, KeyRingEncryption.Context));
            return new EncryptedXmlInfo(new XElement(EnvelopeName, Base64Url.EncodeToString(envelope)), typeof(KeyreeveXmlDecryptor));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}

/// <summary>Decrypts a key of the ring. Made by Data Protection, by its name in the stored XML.</summary>
/// <param name="services">Where <see cref="KeyRingEncryption.ProtectKeysWithKeyreeve"/> put what opens it.</param>
public sealed class KeyreeveXmlDecryptor(IServiceProvider services) : IXmlDecryptor
{
    /// <inheritdoc/>
    XElement IXmlDecryptor.Decrypt(XElement encryptedElement)
    {
        ArgumentNullException.ThrowIfNull(encryptedElement);
        if (!Base64Url.IsValid(encryptedElement.Value))
            throw new KeyreeveClientException(ClientError.CryptographicFailure, "The key of the ring holds no envelope.", null);
        var envelope = Base64Url.DecodeFromChars(encryptedElement.Value);
        var plaintext = Blocking.Wait(services.GetRequiredService<KeyRingKey>().Encryptor.DecryptAsync(envelope, KeyRingEncryption.Context));
        try
        {
            return XElement.Parse(Encoding.UTF8.GetString(plaintext));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }
}

using Keyreeve.Crypto;
using Microsoft.Extensions.Configuration;

namespace Keyreeve.Client.EncryptedConfiguration;

/// <summary>Values of a configuration that are encrypted: <c>keyreeve:</c> and an envelope, bound to the name of the setting.</summary>
public static class EncryptedSettings
{
    /// <summary>What an encrypted value begins with.</summary>
    public const string Prefix = "keyreeve:";

    /// <summary>Encrypts a value, to be put into a file, an environment variable or wherever configurations come from.</summary>
    /// <param name="encryptor">Encrypts.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="setting">The whole name of the setting, such as <c>ConnectionStrings:Orders</c>; under another it does not open.</param>
    /// <param name="value">The value.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<string> EncryptSettingAsync(
        this EnvelopeEncryptor encryptor, string key, string setting, string value, CancellationToken cancellationToken = default) =>
        Prefix + await encryptor.EncryptTextAsync(key, value, ContextOf(setting), cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Decrypts the values of all sources that were added before. Called last. Values that are not encrypted stay as they are; one that
    /// does not open ends the start of the program, with its name and without its value.
    /// </summary>
    /// <param name="builder">The configuration.</param>
    /// <param name="encryptor">Decrypts; stays the caller's.</param>
    /// <param name="reloadFailed">
    /// Told when a source has changed, and what it says now does not open: all settings stay as they were, until the next change. Null: it is
    /// thrown to the source that changed, and those that watch files pass over it in silence.
    /// </param>
    public static IConfigurationBuilder DecryptWithKeyreeve(
        this IConfigurationBuilder builder, EnvelopeEncryptor encryptor, Action<KeyreeveClientException>? reloadFailed = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(encryptor);
        var encrypted = builder.Sources.ToArray();
        builder.Sources.Clear();
        return builder.Add(new DecryptingSource(encrypted, encryptor, reloadFailed));
    }

    // Names of settings are the same in upper and lower case, and separated by colons whatever their source separates them by.
    internal static EncryptionContext ContextOf(string setting)
    {
        ArgumentException.ThrowIfNullOrEmpty(setting);
        return EncryptionContext.Of(("setting", setting.ToUpperInvariant()));
    }
}

using Keyreeve.Client.Fields;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Primitives;

namespace Keyreeve.Client.EncryptedConfiguration;

/// <summary>Other sources, decrypted.</summary>
internal sealed class DecryptingSource(IConfigurationSource[] encrypted, EnvelopeEncryptor encryptor, Action<KeyreeveClientException>? reloadFailed) : IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        var inner = new ConfigurationBuilder();
        foreach (var (name, value) in builder.Properties)
            inner.Properties[name] = value;
        foreach (var source in encrypted)
            inner.Add(source);
        return new DecryptingProvider(inner.Build(), encryptor, reloadFailed);
    }
}

/// <summary>Holds what other sources say, decrypted; anew whenever one of them changes.</summary>
internal sealed class DecryptingProvider : ConfigurationProvider, IDisposable
{
    private readonly IConfigurationRoot _encrypted;
    private readonly EnvelopeEncryptor _encryptor;
    private readonly Action<KeyreeveClientException>? _reloadFailed;
    private readonly IDisposable _watch;

    public DecryptingProvider(IConfigurationRoot encrypted, EnvelopeEncryptor encryptor, Action<KeyreeveClientException>? reloadFailed)
    {
        _encrypted = encrypted;
        _encryptor = encryptor;
        _reloadFailed = reloadFailed;
        _watch = ChangeToken.OnChange(encrypted.GetReloadToken, Reload);
    }

    public override void Load() => Data = Decrypt();

    public void Dispose()
    {
        _watch.Dispose();
        (_encrypted as IDisposable)?.Dispose();
    }

    private void Reload()
    {
        try
        {
            Load();
        }
        catch (KeyreeveClientException e) when (_reloadFailed is not null)
        {
            _reloadFailed(e);
            return;
        }

        OnReload();
    }

    private Dictionary<string, string?> Decrypt()
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in _encrypted.AsEnumerable())
        {
            if (value is not null)
                settings[name] = value.StartsWith(EncryptedSettings.Prefix, StringComparison.Ordinal) ? Decrypt(name, value[EncryptedSettings.Prefix.Length..]) : value;
        }

        return settings;
    }

    private string Decrypt(string name, string envelope)
    {
        try
        {
            return Blocking.Wait(_encryptor.DecryptTextAsync(envelope, EncryptedSettings.ContextOf(name)));
        }
        catch (KeyreeveClientException e)
        {
            throw new KeyreeveClientException(e.Error, $"The setting {name} cannot be decrypted. {e.Message}", e);
        }
    }
}

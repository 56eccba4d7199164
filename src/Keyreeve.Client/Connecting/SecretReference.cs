using Keyreeve.Crypto;
using Keyreeve.Crypto.Files;

namespace Keyreeve.Client;

/// <summary>Where a password is: never the password itself, but for one way that says in its name that it is dangerous.</summary>
/// <remarks>Immutable; read anew each time, so that a changed file is seen.</remarks>
public sealed class SecretReference
{
    private readonly string? _path;
    private readonly SecretBytes? _text;

    private SecretReference(string? path, SecretBytes? text)
    {
        _path = path;
        _text = text;
    }

    /// <summary>Whether the secret stands in the configuration in clear.</summary>
    public bool IsInClear => _text is not null;

    /// <summary>A file that belongs to this user and is closed to others; a line feed at its end does not count.</summary>
    public static SecretReference FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new SecretReference(Path.GetFullPath(path), null);
    }

    /// <summary>A credential that systemd gave this service (<c>LoadCredential=</c>, <c>LoadCredentialEncrypted=</c>).</summary>
    /// <exception cref="KeyreeveClientException">The process was given no credentials, or the name is none.</exception>
    public static SecretReference FromSystemdCredential(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.Contains('/', StringComparison.Ordinal))
            throw new KeyreeveClientException(ClientError.InvalidOptions, $"'{name}' is not the name of a credential.");
#pragma warning disable RS0030 // The one place where systemd says where its credentials are.
        var folder = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
#pragma warning restore RS0030
        return folder is { Length: > 0 }
            ? new SecretReference(Path.Combine(folder, name), null)
            : throw new KeyreeveClientException(
                ClientError.InvalidOptions, $"systemd gave this process no credentials; 'LoadCredential={name}:…' in its unit does.");
    }

    /// <summary>The secret in clear, for those who cannot do otherwise: whoever reads the configuration reads it too.</summary>
    public static SecretReference DangerousFromText(ReadOnlySpan<byte> text) => new(null, SecretBytes.CopyFrom(text));

    /// <summary>Reads the secret.</summary>
    /// <exception cref="KeyreeveClientException">The file is not there or is empty.</exception>
    /// <exception cref="PrivateFileException">Others may read the file.</exception>
    public SecretBytes Read()
    {
        if (_text is not null)
            return _text.Clone();
        try
        {
            // systemd's credentials are 0400, owned by the service's user, in a folder that nobody else may enter.
            using var content = PrivateFile.ReadSecret(_path!);
            using var lease = content.Reveal();
            var secret = lease.Span.TrimEnd("\r\n"u8);
            return secret.Length > 0 ? SecretBytes.CopyFrom(secret) : throw Unusable($"'{_path}' is empty.", null);
        }
        catch (IOException e)
        {
            throw Unusable($"'{_path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Where the secret is, never what it is.</summary>
    public override string ToString() => _path is null ? "SecretReference(in clear)" : $"SecretReference({_path})";

    private static KeyreeveClientException Unusable(string message, Exception? cause) => new(ClientError.InvalidOptions, message, cause: cause);
}

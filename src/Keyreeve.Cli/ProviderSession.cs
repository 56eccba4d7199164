using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;
using Keyreeve.Client.Pkcs11;

namespace Keyreeve.Cli;

/// <summary>What a command that encrypts or decrypts here has at hand, whoever keeps the keys.</summary>
internal sealed class ProviderSession : IAsyncDisposable
{
    private ProviderSession(ClientSettings settings, OutputWriter output)
    {
        Settings = settings;
        Provider = settings.OpenProvider(TokenProvider.Open);
        Encryptor = new EnvelopeEncryptor(Provider, settings.Encryption);
        Output = output;
    }

    public ClientSettings Settings { get; }

    public IKeyProvider Provider { get; }

    public EnvelopeEncryptor Encryptor { get; }

    public OutputWriter Output { get; }

    /// <summary>Makes a command's action: it runs with a session, which ends with it.</summary>
    public static Func<ParseResult, CancellationToken, Task<int>> With(Func<ProviderSession, ParseResult, CancellationToken, Task> action) =>
        async (parseResult, cancellationToken) =>
        {
            await using var session = Open(parseResult, parseResult.GetValue(GlobalOptions.Config));
            await action(session, parseResult, cancellationToken);
            if (session.Provider is KeyreeveProvider keyreeve)
                await CertificateUpkeep.RenewIfDueAsync(keyreeve.Client, cancellationToken);
            return ExitCode.Success;
        };

    public static ProviderSession Open(ParseResult parseResult, string? configuration)
    {
        var settings = ClientConfiguration.LoadSettings(configuration);
        var purpose = parseResult.GetValue(GlobalOptions.Purpose) ?? settings.Connection.Purpose;
        return new ProviderSession(
            settings with { Connection = settings.Connection with { Purpose = purpose } }, new OutputWriter(Console.Out, GlobalOptions.FormatOf(parseResult)));
    }

    public ValueTask DisposeAsync()
    {
        Encryptor.Dispose();
        return Provider.DisposeAsync();
    }
}

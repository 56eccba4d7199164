using Keyreeve.Core.Sealing;
using Keyreeve.Pkcs11;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Sealing.Remote;
using Keyreeve.Server.Sealing.Tpm;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Sealing;

/// <summary>The seal slots that the configuration knows, and the token that some of them are in. One for the life of the process.</summary>
internal sealed class ConfiguredSlots : IDisposable
{
    /// <summary>The file in the data directory that says which PIN a token refused.</summary>
    public const string RefusedPinFileName = "hsm-refused-pin.json";

    public ConfiguredSlots(KeyreeveOptions options, TimeProvider time, Action<string> log)
    {
        Token = TokenOptionsOf(options) is { } token ? new HsmToken(token, time, log) : null;
        Slots =
        [
            .. Token is null ? Array.Empty<ISealSlot>() : [new Pkcs11SealSlot(Token)],
            .. options.Tpm.Device is null ? Array.Empty<ISealSlot>() : [new TpmSealSlot(options.Tpm)],
            .. options.SealKmip.Endpoint is null ? Array.Empty<ISealSlot>() : [new KmipSealSlot(options.SealKmip, log)],
            new PassphraseFileSlot(options.Seal.PassphraseFile, options.Server.DataDirectory),
        ];
    }

    public ConfiguredSlots(KeyreeveOptions options, TimeProvider time, ILoggerFactory logging)
        : this(options, time, LogTo(logging.CreateLogger("Keyreeve.Hsm")))
    {
    }

    /// <summary>The slots, the one to begin with first.</summary>
    public IReadOnlyList<ISealSlot> Slots { get; }

    /// <summary>The token; null if there is none.</summary>
    public HsmToken? Token { get; }

    /// <summary>Which token the configuration names; null if it names none.</summary>
    public static HsmOptions? TokenOptionsOf(KeyreeveOptions options) => options.Hsm.Module is not { } module ? null : new HsmOptions
    {
        ModulePath = module,
        TokenLabel = options.Hsm.TokenLabel,
        TokenSerial = options.Hsm.TokenSerial,
        PinFile = options.Hsm.PinFile,
        RefusedPinFile = Directory.Exists(options.Server.DataDirectory) ? Path.Combine(options.Server.DataDirectory, RefusedPinFileName) : null,
        Sessions = options.Hsm.Sessions,
        CallTimeLimit = options.Hsm.CallTimeLimit,
    };

    public void Dispose() => Token?.Dispose();

    private static Action<string> LogTo(ILogger logger) => message => logger.LogWarning("{Message}", message);
}

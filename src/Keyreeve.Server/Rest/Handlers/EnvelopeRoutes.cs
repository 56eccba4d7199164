using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Keyreeve.Core;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Crypto;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>The routes that use keys.</summary>
internal static class EnvelopeRoutes
{
    // 64 KiB as base64, an envelope's overhead, and twice over a context of 8 KiB, each character escaped.
    private const int ValueBodyInBytes = 192 * 1024;
    private const int ContextBodyInBytes = 64 * 1024;

    private static readonly EncryptEnvelopeOperation Encrypt = new();
    private static readonly DecryptEnvelopeOperation Decrypt = new();
    private static readonly DecryptMaskedOperation DecryptMasked = new();
    private static readonly ReEncryptEnvelopeOperation ReEncrypt = new();
    private static readonly GenerateDataKeyOperation DataKey = new();
    private static readonly GenerateWrappedDataKeyOperation WrappedDataKey = new();
    private static readonly RandomBytesOperation Random = new();

    public static readonly ImmutableArray<KeyreeveError> OfUses =
    [
        KeyreeveError.ItemNotFound, KeyreeveError.PermissionDenied, KeyreeveError.InvalidField, KeyreeveError.InvalidObjectType,
        KeyreeveError.KeyDisabled, KeyreeveError.WrongKeyLifecycleState, KeyreeveError.IncompatibleUsageMask, KeyreeveError.ObjectDestroyed,
        KeyreeveError.CryptographicParametersNotSupported,
    ];

    public static ImmutableArray<RestRoute> Rows { get; } = [.. Values(), .. DataKeys()];

    private static IEnumerable<RestRoute> Values() =>
    [
        new RestRoute
        {
            Name = "Encrypt", Method = "POST", Pattern = "/v1/keys/{key}/encrypt",
            Summary = "Encrypts a value of at most 64 KiB under the current version of a key.",
            BodyLimitInBytes = ValueBodyInBytes, Errors = OfUses,
        }.Answering(RestJson.Default.EncryptBody, RestJson.Default.CiphertextMessage, EncryptAsync),
        new RestRoute
        {
            Name = "Decrypt", Method = "POST", Pattern = "/v1/decrypt",
            Summary = "Decrypts a ciphertext under whichever version of a key it names.",
            BodyLimitInBytes = ValueBodyInBytes, Errors = [.. OfUses, KeyreeveError.CryptographicFailure],
        }.Answering(RestJson.Default.DecryptBody, RestJson.Default.PlaintextMessage, static (exchange, body, ct) => DecryptAsync(exchange, body, null, ct)),
        new RestRoute
        {
            Name = "DecryptWithKey", Method = "POST", Pattern = "/v1/keys/{key}/decrypt",
            Summary = "Decrypts a ciphertext that has to be of this key.",
            BodyLimitInBytes = ValueBodyInBytes, Errors = [.. OfUses, KeyreeveError.CryptographicFailure],
        }.Answering(
            RestJson.Default.DecryptBody, RestJson.Default.PlaintextMessage, static (exchange, body, ct) => DecryptAsync(exchange, body, KeyOf(exchange), ct)),
        new RestRoute
        {
            Name = "DecryptMasked", Method = "POST", Pattern = "/v1/decrypt-masked",
            Summary = "Decrypts a ciphertext, made by the server or by a client, and gives the mask that is configured for its data class.",
            BodyLimitInBytes = ValueBodyInBytes, Errors = [.. OfUses, KeyreeveError.CryptographicFailure],
        }.Answering(RestJson.Default.DecryptBody, RestJson.Default.MaskedMessage, DecryptMaskedAsync),
        new RestRoute
        {
            Name = "ReEncrypt", Method = "POST", Pattern = "/v1/keys/{key}/reencrypt",
            Summary = "Encrypts a ciphertext anew, under the current version of this key; the plaintext does not leave the server.",
            BodyLimitInBytes = ValueBodyInBytes, Errors = [.. OfUses, KeyreeveError.CryptographicFailure],
        }.Answering(RestJson.Default.ReEncryptBody, RestJson.Default.CiphertextMessage, ReEncryptAsync),
    ];

    private static IEnumerable<RestRoute> DataKeys() =>
    [
        new RestRoute
        {
            Name = "GenerateDataKey", Method = "POST", Pattern = "/v1/keys/{key}/datakey",
            Summary = "Makes a data key and gives it in clear, for use now, and wrapped under the key, for keeping.",
            BodyLimitInBytes = ContextBodyInBytes, IsBodyOptional = true, Errors = OfUses,
        }.AnsweringOptional(RestJson.Default.DataKeyBody, RestJson.Default.DataKeyMessage, GenerateDataKeyAsync),
        new RestRoute
        {
            Name = "GenerateWrappedDataKey", Method = "POST", Pattern = "/v1/keys/{key}/datakey/wrapped",
            Summary = "Makes a data key and gives it wrapped alone.",
            BodyLimitInBytes = ContextBodyInBytes, IsBodyOptional = true, Errors = OfUses,
        }.AnsweringOptional(RestJson.Default.DataKeyBody, RestJson.Default.CiphertextMessage, static async (exchange, body, ct) =>
            MessageOf(await exchange.RunAsync(WrappedDataKey, DataKeyRequestOf(exchange, body), ct))),
        new RestRoute
        {
            Name = "Random", Method = "GET", Pattern = "/v1/random", Summary = "Gives random bytes of the server's generator.",
            Query = [new("bytes", "How many, 1 to 1024; 32 if absent.", "integer")], Errors = [KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.RandomMessage, static async (exchange, ct) =>
        {
            var request = new RandomBytesRequest(exchange.QueryNumber("bytes", 1, RandomBytesOperation.LongestInBytes, 32));
            return new RandomMessage { Bytes = new WireSecret(await exchange.RunAsync(Random, request, ct)) };
        }),
    ];

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<CiphertextMessage> EncryptAsync(RestExchange exchange, EncryptBody body, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        var request = new EncryptEnvelopeRequest(KeyOf(exchange), body.Plaintext.Bytes, WireContext.Of(body.Context), body.Version);
        return MessageOf(await exchange.RunAsync(Encrypt, request, cancellationToken));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<PlaintextMessage> DecryptAsync(
        RestExchange exchange, DecryptBody body, KeySelector? key, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        var request = new DecryptEnvelopeRequest(body.Ciphertext, WireContext.Of(body.Context), key);
        var opened = await exchange.RunAsync(Decrypt, request, cancellationToken);
        return new PlaintextMessage { Plaintext = new WireSecret(opened.Plaintext), KeyId = opened.KeyId.ToString(), Version = opened.KeyVersion };
    }

    private static async ValueTask<MaskedMessage> DecryptMaskedAsync(RestExchange exchange, DecryptBody body, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        var masked = await exchange.RunAsync(DecryptMasked, new DecryptMaskedRequest(body.Ciphertext, WireContext.Of(body.Context)), cancellationToken);
        return new MaskedMessage { Masked = masked.Text, Rule = Mask.Rules.First(rule => rule.Value == masked.Rule).Key, KeyId = masked.KeyId.ToString(), Version = masked.KeyVersion };
    }

    private static async ValueTask<CiphertextMessage> ReEncryptAsync(RestExchange exchange, ReEncryptBody body, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        var context = WireContext.Of(body.Context);
        var newContext = body.NewContext is null ? context : body.NewContext.Value;
        return MessageOf(await exchange.RunAsync(
            ReEncrypt, new ReEncryptEnvelopeRequest(KeyOf(exchange), body.Ciphertext, context, newContext), cancellationToken));
    }

    private static async ValueTask<DataKeyMessage> GenerateDataKeyAsync(RestExchange exchange, DataKeyBody? body, CancellationToken cancellationToken)
    {
        var made = await exchange.RunAsync(DataKey, DataKeyRequestOf(exchange, body), cancellationToken);
        return new DataKeyMessage
        {
            Plaintext = new WireSecret(made.Plaintext),
            Ciphertext = made.Wrapped.Envelope,
            KeyId = made.Wrapped.KeyId.ToString(),
            Version = made.Wrapped.KeyVersion,
        };
    }

    private static DataKeyRequest DataKeyRequestOf(RestExchange exchange, DataKeyBody? body)
    {
        exchange.TakePurpose(body?.Purpose);
        return new(KeyOf(exchange), WireContext.Of(body?.Context), body?.LengthInBytes ?? 32);
    }

    private static KeySelector KeyOf(RestExchange exchange) => KeySelector.Parse(exchange.Path("key"));

    public static CiphertextMessage MessageOf(SealedEnvelope made) =>
        new() { Ciphertext = made.Envelope, KeyId = made.KeyId.ToString(), Version = made.KeyVersion };
}

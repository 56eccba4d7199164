using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Server.Rest.Messages;
using Keyreeve.Server.Rest.Routing;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Handlers;

/// <summary>
/// The routes that use keys for many values in one request. Each value is decided on and recorded as if it had come alone; the answer
/// waits once, for all records.
/// </summary>
internal static class EnvelopeBatchRoutes
{
    /// <summary>How many values a batch has at most.</summary>
    public const int MostItems = 1000;

    private const int BodyInBytes = 4 * 1024 * 1024;

    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(60);
    private static readonly EncryptEnvelopeOperation Encrypt = new();
    private static readonly DecryptEnvelopeOperation Decrypt = new();

    public static ImmutableArray<RestRoute> Rows { get; } =
    [
        new RestRoute
        {
            Name = "EncryptBatch", Method = "POST", Pattern = "/v1/keys/{key}/encrypt-batch",
            Summary = "Encrypts up to 1000 values, each with a context of its own, under the current version of a key; all of them or none.",
            BodyLimitInBytes = BodyInBytes, TimeLimit = TimeLimit, Errors = EnvelopeRoutes.OfUses,
        }.Answering(RestJson.Default.EncryptBatchBody, RestJson.Default.CiphertextBatchMessage, EncryptAsync),
        new RestRoute
        {
            Name = "DecryptBatch", Method = "POST", Pattern = "/v1/decrypt-batch",
            Summary = "Decrypts up to 1000 ciphertexts under whichever keys they name; each is given or refused by itself.",
            BodyLimitInBytes = BodyInBytes, TimeLimit = TimeLimit, Errors = [KeyreeveError.InvalidField],
        }.Answering(RestJson.Default.DecryptBatchBody, RestJson.Default.PlaintextBatchMessage, DecryptAsync),
    ];

    private static async ValueTask<CiphertextBatchMessage> EncryptAsync(RestExchange exchange, EncryptBatchBody body, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        RequireSome(body.Items.Count);
        var key = KeySelector.Parse(exchange.Path("key"));
        var held = new List<Held<SealedEnvelope>>(body.Items.Count);
        foreach (var item in body.Items)
        {
            var request = new EncryptEnvelopeRequest(key, item.Plaintext.Bytes, WireContext.Of(item.Context));
            held.Add(await exchange.HoldAsync(Encrypt, request, cancellationToken));
        }

        var made = new List<CiphertextMessage>(held.Count);
        foreach (var one in held) made.Add(EnvelopeRoutes.MessageOf(await one.ReleaseAsync(cancellationToken)));
        return new CiphertextBatchMessage { Items = made };
    }

    private static async ValueTask<PlaintextBatchMessage> DecryptAsync(RestExchange exchange, DecryptBatchBody body, CancellationToken cancellationToken)
    {
        exchange.TakePurpose(body.Purpose);
        RequireSome(body.Items.Count);
        var held = new List<(Held<OpenedEnvelope>? Opened, KeyreeveError Error)>(body.Items.Count);
        var message = new PlaintextBatchMessage { Items = new List<PlaintextItem>(body.Items.Count) };
        try
        {
            foreach (var item in body.Items) held.Add(await TryHoldAsync(exchange, item, cancellationToken));
            foreach (var (opened, error) in held)
                message.Items.Add(opened is { } one ? ItemOf(await one.ReleaseAsync(cancellationToken)) : new PlaintextItem { Error = error.ToString() });
            return message;
        }
        catch
        {
            // What was opened and is not given out is wiped.
            foreach (var (opened, _) in held) opened?.Map(static one => Wipe(one));
            throw;
        }
    }

    private static async ValueTask<(Held<OpenedEnvelope>? Opened, KeyreeveError Error)> TryHoldAsync(RestExchange exchange, DecryptItem item, CancellationToken cancellationToken)
    {
        try
        {
            return (await exchange.HoldAsync(Decrypt, new DecryptEnvelopeRequest(item.Ciphertext, WireContext.Of(item.Context)), cancellationToken), KeyreeveError.None);
        }
        catch (KeyreeveException refusal) when (RestErrors.For(refusal.Error).Status is not (429 or >= 500))
        {
            return (null, refusal.Error);
        }
    }

    private static PlaintextItem ItemOf(OpenedEnvelope opened) =>
        new() { Plaintext = new WireSecret(opened.Plaintext), KeyId = opened.KeyId.ToString(), Version = opened.KeyVersion };

    private static bool Wipe(OpenedEnvelope opened)
    {
        opened.Dispose();
        return true;
    }

    private static void RequireSome(int count)
    {
        if (count is 0 or > MostItems) throw new KeyreeveException(KeyreeveError.InvalidField, $"A batch has 1 to {MostItems} items.");
    }
}

using System.ComponentModel;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Messages;

// Classes, not records: a generated ToString would print what it holds.
#pragma warning disable CA1812 // made by the serializer

[Description("Values to be encrypted, all under one key.")]
internal sealed class EncryptBatchBody : IDisposable
{
    [Description("The values, 1 to 1000.")]
    public required List<EncryptItem> Items { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }

    public void Dispose() => Items?.ForEach(static item => item?.Plaintext?.Dispose());
}

[Description("A value of a batch.")]
internal sealed class EncryptItem
{
    [Description("The value, base64; at most 64 KiB.")]
    public required WireSecret Plaintext { get; init; }

    [Description("Pairs that are bound to the ciphertext and have to be given again to decrypt it.")]
    public WireContext? Context { get; init; }
}

[Description("The ciphertexts of a batch.")]
internal sealed class CiphertextBatchMessage
{
    [Description("One for each value, in their order.")]
    public required List<CiphertextMessage> Items { get; init; }
}

[Description("Ciphertexts to be decrypted.")]
internal sealed class DecryptBatchBody
{
    [Description("The ciphertexts, 1 to 1000, under any keys.")]
    public required List<DecryptItem> Items { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }
}

[Description("A ciphertext of a batch.")]
internal sealed class DecryptItem
{
    [Description("The envelope, base64.")]
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    [Description("The pairs that were given when it was encrypted.")]
    public WireContext? Context { get; init; }
}

[Description("What the ciphertexts of a batch were.")]
internal sealed class PlaintextBatchMessage : IDisposable
{
    [Description("One for each ciphertext, in their order.")]
    public required List<PlaintextItem> Items { get; init; }

    public void Dispose() => Items.ForEach(static item => item.Plaintext?.Dispose());
}

[Description("A value of a batch, or why it is refused.")]
internal sealed class PlaintextItem
{
    [Description("The value, base64; null if it is refused.")]
    public WireSecret? Plaintext { get; init; }

    [Description("Identifier of the key that opened it; null if it is refused.")]
    public string? KeyId { get; init; }

    [Description("The version of the key; null if it is refused.")]
    public int? Version { get; init; }

    [Description("Why it is refused, as the type of a problem says it; null if it is not.")]
    public string? Error { get; init; }
}

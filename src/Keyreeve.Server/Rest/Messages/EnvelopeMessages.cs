using System.ComponentModel;
using Keyreeve.Server.Rest.Wire;

namespace Keyreeve.Server.Rest.Messages;

// Classes, not records: a generated ToString would print what it holds.
#pragma warning disable CA1812 // made by the serializer

[Description("A value to be encrypted.")]
internal sealed class EncryptBody : IDisposable
{
    [Description("The value, base64; at most 64 KiB.")]
    public required WireSecret Plaintext { get; init; }

    [Description("Pairs that are bound to the ciphertext and have to be given again to decrypt it.")]
    public WireContext? Context { get; init; }

    [Description("The version expected to encrypt; refused unless it is the current one. The current one if absent.")]
    public int? Version { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }

    public void Dispose() => Plaintext?.Dispose();
}

[Description("A ciphertext.")]
internal sealed class CiphertextMessage
{
    [Description("The envelope, base64; it says itself which version of which key opens it.")]
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    [Description("The key's identifier.")]
    public required string KeyId { get; init; }

    [Description("The version of the key.")]
    public required int Version { get; init; }
}

[Description("A ciphertext to be decrypted.")]
internal sealed class DecryptBody
{
    [Description("The envelope, base64.")]
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    [Description("The pairs that were given when it was encrypted.")]
    public WireContext? Context { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }
}

[Description("What was encrypted.")]
internal sealed class PlaintextMessage : IDisposable
{
    [Description("The value, base64.")]
    public required WireSecret Plaintext { get; init; }

    [Description("Identifier of the key that opened it.")]
    public required string KeyId { get; init; }

    [Description("The version of the key.")]
    public required int Version { get; init; }

    public void Dispose() => Plaintext.Dispose();
}

[Description("What may be seen of a value.")]
internal sealed class MaskedMessage
{
    [Description("The mask.")]
    public required string Masked { get; init; }

    [Description("By which rule it was made: everything, last-four, domain or initials.")]
    public required string Rule { get; init; }

    [Description("Identifier of the key that opened the value.")]
    public required string KeyId { get; init; }

    [Description("The version of the key.")]
    public required int Version { get; init; }
}

[Description("A ciphertext to be encrypted anew, under the current version of the key in the path.")]
internal sealed class ReEncryptBody
{
    [Description("The envelope, base64; of this or of another key.")]
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    [Description("The pairs that were given when it was encrypted.")]
    public WireContext? Context { get; init; }

    [Description("The pairs to bind from now on; those of context if absent.")]
    public WireContext? NewContext { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }
}

[Description("A data key to be made.")]
internal sealed class DataKeyBody
{
    [Description("Pairs that are bound to the wrapped key and have to be given again to unwrap it.")]
    public WireContext? Context { get; init; }

    [Description("Length of the data key, 16 to 512; 32 if absent.")]
    public int? LengthInBytes { get; init; }

    [Description("Why it is needed: a purpose code, as in X-Keyreeve-Purpose.")]
    public string? Purpose { get; init; }
}

[Description("A data key, in clear for use now and wrapped for keeping.")]
internal sealed class DataKeyMessage : IDisposable
{
    [Description("The key in clear, base64. Not kept by the server.")]
    public required WireSecret Plaintext { get; init; }

    [Description("The same key as an envelope, base64; decrypt it to get the key again.")]
    public required ReadOnlyMemory<byte> Ciphertext { get; init; }

    [Description("Identifier of the key that wraps it.")]
    public required string KeyId { get; init; }

    [Description("The version of that key.")]
    public required int Version { get; init; }

    public void Dispose() => Plaintext.Dispose();
}

[Description("Random bytes.")]
internal sealed class RandomMessage : IDisposable
{
    [Description("The bytes, base64.")]
    public required WireSecret Bytes { get; init; }

    public void Dispose() => Bytes.Dispose();
}

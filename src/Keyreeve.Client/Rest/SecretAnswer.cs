using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Rest;

/// <summary>Reads an answer that holds something secret.</summary>
internal delegate T SecretReader<T>(ReadOnlySpan<byte> json);

/// <summary>Answers with a plaintext: it goes from the received bytes straight to its place, never through a string.</summary>
internal static class SecretAnswer
{
    public static ServerPlaintext ReadPlaintext(ReadOnlySpan<byte> json)
    {
        var members = Read(json);
        using var secret = members.Plaintext ?? throw Incomplete();
        using var lease = secret.Reveal();
        return new ServerPlaintext(lease.Span.ToArray(), members.KeyId ?? throw Incomplete(), members.Version);
    }

    public static SecretBytes ReadSecret(ReadOnlySpan<byte> json) => Read(json).Plaintext ?? throw Incomplete();

    public static DataKey ReadDataKey(ReadOnlySpan<byte> json)
    {
        var members = Read(json);
        if (members is { Plaintext: { } plaintext, Ciphertext: { Length: > 0 and <= WrappedDataKey.LargestInBytes } wrapped, KeyId: { } text, Version: >= 0 }
            && Guid.TryParse(text, out var keyId))
            return new DataKey(plaintext, new WrappedDataKey(keyId, (uint)members.Version, wrapped));
        members.Plaintext?.Dispose();
        throw Incomplete();
    }

    public static (SecretBytes Secret, Guid KeyId, int Version) ReadDataKeyOf(ReadOnlySpan<byte> json)
    {
        var members = Read(json);
        if (members is { Plaintext: { } plaintext, KeyId: { } text } && Guid.TryParse(text, out var keyId))
            return (plaintext, keyId, members.Version);
        members.Plaintext?.Dispose();
        throw Incomplete();
    }

    private static Members Read(ReadOnlySpan<byte> json)
    {
        var members = new Members();
        try
        {
            Read(json, ref members);
            return members;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            members.Plaintext?.Dispose();
            // The cause is left out: a JsonException quotes what it could not read.
            throw new KeyreeveClientException(ClientError.UnexpectedAnswer, "The answer is not the JSON that was expected.");
        }
    }

    private static void Read(ReadOnlySpan<byte> json, ref Members members)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new FormatException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("plaintext"u8) && members.Plaintext is null)
                members.Plaintext = ReadBase64Secret(ref reader);
            else if (reader.ValueTextEquals("ciphertext"u8) && reader.Read())
                members.Ciphertext = reader.GetBytesFromBase64();
            else if (reader.ValueTextEquals("keyId"u8) && reader.Read())
                members.KeyId = reader.GetString();
            else if (reader.ValueTextEquals("version"u8) && reader.Read())
                members.Version = reader.GetInt32();
            else
                reader.Skip();
        }

        if (reader.TokenType != JsonTokenType.EndObject)
            throw new FormatException();
    }

    private static SecretBytes ReadBase64Secret(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
            throw new FormatException();
        if (!reader.ValueIsEscaped)
            return Decode(reader.ValueSpan);

        // Some writers escape '+' as \u002B.
        var unescaped = GC.AllocateUninitializedArray<byte>(reader.ValueSpan.Length, pinned: true);
        try
        {
            return Decode(unescaped.AsSpan(0, reader.CopyString(unescaped)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(unescaped);
        }
    }

    private static SecretBytes Decode(ReadOnlySpan<byte> base64)
    {
        if (base64.Length % 4 != 0)
            throw new FormatException();
        var padding = base64.EndsWith("=="u8) ? 2 : base64.EndsWith("="u8) ? 1 : 0;
        return SecretBytes.Create(base64.Length / 4 * 3 - padding, base64, static (bytes, text) =>
        {
            if (bytes.IsEmpty)
                return;
            if (Base64.DecodeFromUtf8(text, bytes, out var consumed, out var written) != OperationStatus.Done
                || consumed != text.Length || written != bytes.Length)
                throw new FormatException();
        });
    }

    public static KeyreeveClientException Incomplete() =>
        new(ClientError.UnexpectedAnswer, "The answer lacks a member that was expected.");

    private struct Members
    {
        public SecretBytes? Plaintext;
        public byte[]? Ciphertext;
        public string? KeyId;
        public int Version;
    }
}

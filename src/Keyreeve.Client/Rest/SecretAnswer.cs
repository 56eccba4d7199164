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

    /// <summary>Reads the items of a batch; the secrets become the caller's.</summary>
    public static List<SecretItem> ReadItems(ReadOnlySpan<byte> json)
    {
        var items = new List<SecretItem>();
        try
        {
            var reader = new Utf8JsonReader(json);
            Require(reader.Read() && reader.TokenType == JsonTokenType.StartObject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (!reader.ValueTextEquals("items"u8))
                {
                    reader.Skip();
                    continue;
                }

                Require(reader.Read() && reader.TokenType == JsonTokenType.StartArray);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    items.Add(ReadItem(ref reader));
            }

            return items;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            items.ForEach(static item => item.Secret?.Dispose());
            throw NotExpected();
        }
    }

    private static SecretItem ReadItem(ref Utf8JsonReader reader)
    {
        var members = new Members();
        try
        {
            ReadObject(ref reader, ref members);
            return new SecretItem(members.Plaintext, members.KeyId, members.Version, members.Error);
        }
        catch
        {
            members.Plaintext?.Dispose();
            throw;
        }
    }

    private static Members Read(ReadOnlySpan<byte> json)
    {
        var members = new Members();
        try
        {
            var reader = new Utf8JsonReader(json);
            Require(reader.Read());
            ReadObject(ref reader, ref members);
            return members;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            members.Plaintext?.Dispose();
            throw NotExpected();
        }
    }

    // The cause is left out: a JsonException quotes what it could not read.
    private static KeyreeveClientException NotExpected() => new(ClientError.UnexpectedAnswer, "The answer is not the JSON that was expected.");

    private static void Require(bool isSo)
    {
        if (!isSo)
            throw new FormatException();
    }

    private static void ReadObject(ref Utf8JsonReader reader, ref Members members)
    {
        Require(reader.TokenType == JsonTokenType.StartObject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("plaintext"u8) && members.Plaintext is null)
                members.Plaintext = ReadBase64Secret(ref reader);
            else if (reader.ValueTextEquals("ciphertext"u8) && reader.Read())
                members.Ciphertext = reader.GetBytesFromBase64();
            else if (reader.ValueTextEquals("keyId"u8) && reader.Read())
                members.KeyId = reader.GetString();
            else if (reader.ValueTextEquals("version"u8) && reader.Read())
                members.Version = reader.TokenType == JsonTokenType.Null ? 0 : reader.GetInt32();
            else if (reader.ValueTextEquals("error"u8) && reader.Read())
                members.Error = reader.GetString();
            else
                reader.Skip();
        }

        Require(reader.TokenType == JsonTokenType.EndObject);
    }

    private static SecretBytes? ReadBase64Secret(ref Utf8JsonReader reader)
    {
        Require(reader.Read());
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        Require(reader.TokenType == JsonTokenType.String);
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
        public string? Error;
    }
}

/// <summary>One item of a batch. Not a record: a generated <c>ToString</c> would speak of the secret.</summary>
internal sealed class SecretItem(SecretBytes? secret, string? keyId, int version, string? error)
{
    /// <summary>The plaintext; null where it was refused.</summary>
    public SecretBytes? Secret { get; } = secret;

    public string? KeyId { get; } = keyId;

    public int Version { get; } = version;

    public string? Error { get; } = error;
}

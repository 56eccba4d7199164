using System.Text;

namespace Keyreeve.Storage.Sqlite;

/// <summary>Text as it is stored. Strict: two texts never become the same bytes.</summary>
internal static class Utf8
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="ArgumentException">The text is not well-formed Unicode.</exception>
    public static byte[] Encode(string text) => Strict.GetBytes(text);

    public static string Decode(ReadOnlySpan<byte> bytes) => Strict.GetString(bytes);
}

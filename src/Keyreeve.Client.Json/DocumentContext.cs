using Keyreeve.Crypto;

namespace Keyreeve.Client.Json;

/// <summary>The context of the document that this thread is writing or reading: converters are given none.</summary>
internal static class DocumentContext
{
    [ThreadStatic]
    private static EncryptionContext? s_current;

    /// <exception cref="InvalidOperationException">The serializer was not called by <see cref="ProtectedJson"/>.</exception>
    public static EncryptionContext Current => s_current ?? throw new InvalidOperationException("Protected properties are written and read by ProtectedJson.");

    public static Scope Enter(EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var before = s_current;
        s_current = context;
        return new Scope(before);
    }

    /// <summary>Puts back what was before.</summary>
    public readonly ref struct Scope(EncryptionContext? before) : IDisposable
    {
        private readonly EncryptionContext? _before = before;

        public void Dispose() => s_current = _before;
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Keyreeve.Pkcs11.Interop;

/// <summary>Attributes for a call, in memory that does not move. Never holds a secret. Not thread safe.</summary>
internal sealed unsafe class AttributeTemplate : IDisposable
{
    private readonly List<CkAttribute> _attributes = [];

    public AttributeTemplate With(AttributeType type, bool value) => With(type, [value ? (byte)1 : (byte)0]);

    public AttributeTemplate With(AttributeType type, nuint value) => With(type, MemoryMarshal.AsBytes(new ReadOnlySpan<nuint>(in value)));

    public AttributeTemplate With(AttributeType type, string value) => With(type, Encoding.UTF8.GetBytes(value));

    public AttributeTemplate With(AttributeType type, ReadOnlySpan<byte> value)
    {
        var copy = NativeMemory.Alloc((nuint)Math.Max(value.Length, 1));
        value.CopyTo(new Span<byte>(copy, value.Length));
        _attributes.Add(new CkAttribute { Type = (nuint)type, Value = copy, ValueLength = (nuint)value.Length });
        return this;
    }

    /// <summary>The attributes as the functions take them; valid until disposed.</summary>
    public ReadOnlySpan<CkAttribute> Attributes => CollectionsMarshal.AsSpan(_attributes);

    public void Dispose()
    {
        foreach (var attribute in _attributes) NativeMemory.Free(attribute.Value);
        _attributes.Clear();
    }
}

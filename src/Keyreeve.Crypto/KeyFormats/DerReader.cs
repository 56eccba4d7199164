using System.Formats.Asn1;

namespace Keyreeve.Crypto;

/// <summary>Reads DER over a span, so that secrets need not leave their memory; every length is checked against its parent.</summary>
/// <remarks>Methods throw <see cref="AsnContentException"/>; whoever parses a key turns that into its own exception.</remarks>
internal ref struct DerReader(ReadOnlySpan<byte> encoded)
{
    private ReadOnlySpan<byte> _rest = encoded;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Whether the next value has that tag.</summary>
    public readonly bool NextIs(Asn1Tag tag) =>
        !_rest.IsEmpty && Asn1Tag.TryDecode(_rest, out var next, out _) && next == tag;

    public DerReader ReadSequence() => ReadSequence(Asn1Tag.Sequence);

    public DerReader ReadSequence(Asn1Tag tag)
    {
        AsnDecoder.ReadSequence(_rest, AsnEncodingRules.DER, out var offset, out var length, out var consumed, tag);
        var inner = new DerReader(_rest.Slice(offset, length));
        _rest = _rest[consumed..];
        return inner;
    }

    /// <summary>Reads a number that is not negative; gives its bytes without the sign byte.</summary>
    public ReadOnlySpan<byte> ReadUnsigned()
    {
        var bytes = AsnDecoder.ReadIntegerBytes(_rest, AsnEncodingRules.DER, out var consumed);
        if ((bytes[0] & 0x80) != 0)
            throw new AsnContentException("A number that must not be negative is.");
        _rest = _rest[consumed..];
        return bytes.Length > 1 && bytes[0] == 0 ? bytes[1..] : bytes;
    }

    public int ReadSmallNumber()
    {
        var bytes = ReadUnsigned();
        return bytes.Length == 1 ? bytes[0] : throw new AsnContentException("A version number is too large.");
    }

    public ReadOnlySpan<byte> ReadOctets()
    {
        if (!AsnDecoder.TryReadPrimitiveOctetString(_rest, AsnEncodingRules.DER, out var value, out var consumed))
            throw new AsnContentException("An octet string is not primitive.");
        _rest = _rest[consumed..];
        return value;
    }

    /// <summary>Reads a bit string of whole bytes.</summary>
    public ReadOnlySpan<byte> ReadBits() => ReadBits(Asn1Tag.PrimitiveBitString);

    public ReadOnlySpan<byte> ReadBits(Asn1Tag tag)
    {
        if (!AsnDecoder.TryReadPrimitiveBitString(_rest, AsnEncodingRules.DER, out var unused, out var value, out var consumed, tag)
            || unused != 0)
        {
            throw new AsnContentException("A bit string does not hold whole bytes.");
        }

        _rest = _rest[consumed..];
        return value;
    }

    public string ReadObjectIdentifier()
    {
        var value = AsnDecoder.ReadObjectIdentifier(_rest, AsnEncodingRules.DER, out var consumed);
        _rest = _rest[consumed..];
        return value;
    }

    public void ReadNull()
    {
        AsnDecoder.ReadNull(_rest, AsnEncodingRules.DER, out var consumed);
        _rest = _rest[consumed..];
    }

    /// <summary>Reads a value of any kind; gives it with tag and length.</summary>
    public ReadOnlySpan<byte> ReadAny()
    {
        AsnDecoder.ReadEncodedValue(_rest, AsnEncodingRules.DER, out _, out _, out var consumed);
        var value = _rest[..consumed];
        _rest = _rest[consumed..];
        return value;
    }

    public readonly void RequireEnd()
    {
        if (!_rest.IsEmpty)
            throw new AsnContentException("Bytes follow where there should be none.");
    }
}

using Keyreeve.Core;
using Keyreeve.Kmip;
using CoreId = Keyreeve.Core.Objects.UniqueIdentifier;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Unique Identifiers between the wire and Core, with the references to earlier items of the batch.</summary>
internal static class Identifiers
{
    /// <summary>The object that a request means.</summary>
    /// <param name="identifier">What the request says; null stands for the ID Placeholder.</param>
    /// <param name="call">The call, which knows what the batch has made so far.</param>
    /// <exception cref="KeyreeveException">It means none.</exception>
    public static CoreId Resolve(UniqueIdentifier? identifier, KmipCall call)
    {
        if (identifier is not { } stated) return call.Results.Placeholder() ?? throw NothingYet();
        if (stated.IsText) return FromText(stated);
        // spec: KMIP 2.1 §4.59 "…Enumeration … Integer: the index of the object in the last Locate or other operation"
        if (stated.Index is { } index) return call.Results.At(index) ?? throw NothingYet();
        return (stated.Placeholder is { } placeholder ? call.Results.Of(placeholder) : null) ?? throw NothingYet();
    }

    /// <summary>For a response.</summary>
    public static UniqueIdentifier ToWire(CoreId id) => UniqueIdentifier.From(id.ToString());

    private static CoreId FromText(UniqueIdentifier identifier)
    {
        Span<char> text = stackalloc char[36];
        // Anything that is not 36 bytes of ASCII names no object; it is not decoded to find out.
        if (identifier.Utf8.Length != text.Length || !System.Text.Ascii.IsValid(identifier.Utf8.Span))
            throw Unknown();
        System.Text.Encoding.ASCII.GetChars(identifier.Utf8.Span, text);
        return CoreId.TryParse(text.ToString(), out var id) ? id : throw Unknown();
    }

    private static KeyreeveException Unknown() => new(KeyreeveError.UnknownIdentifier, "No object has this Unique Identifier.");

    private static KeyreeveException NothingYet() =>
        new(KeyreeveError.ItemNotFound, "The request names no object, and no earlier item of the batch has made or found one.");
}

/// <summary>
/// What the items of a batch have made or found so far.
/// spec: KMIP 1.4 §4 "ID Placeholder"; KMIP 2.1 §11.58 "Unique Identifier Enumeration".
/// </summary>
internal sealed class BatchResults
{
    private readonly Dictionary<UniqueIdentifierEnumeration, CoreId> _byOperation = [];
    private IReadOnlyList<CoreId> _last = [];
    private CoreId? _placeholder;
    private (DataEnumeration Operation, ReadOnlyMemory<byte> Data) _lastData;
    private Dictionary<DataEnumeration, ReadOnlyMemory<byte>>? _earlierData;

    /// <summary>An item has given data that later ones may refer to.</summary>
    public void Gave(DataEnumeration operation, ReadOnlyMemory<byte> data)
    {
        // Most batches have one item: what it gave is set aside only when another kind of data follows.
        if (_lastData.Operation != operation && _lastData.Operation != default) (_earlierData ??= [])[_lastData.Operation] = _lastData.Data;
        _lastData = (operation, data);
    }

    /// <summary>What the last such item gave, or null.</summary>
    public ReadOnlyMemory<byte>? Data(DataEnumeration operation)
    {
        if (_lastData.Operation == operation) return _lastData.Data;
        return _earlierData is not null && _earlierData.TryGetValue(operation, out var data) ? data : default(ReadOnlyMemory<byte>?);
    }

    /// <summary>An operation has made one object.</summary>
    public void Made(UniqueIdentifierEnumeration operation, CoreId id) => Made(operation, [id]);

    /// <summary>An operation has made or found these; the ID Placeholder is set if it is exactly one.</summary>
    public void Made(UniqueIdentifierEnumeration operation, IReadOnlyList<CoreId> ids)
    {
        _last = ids;
        _placeholder = ids.Count == 1 ? ids[0] : null;
        if (ids.Count > 0) _byOperation[operation] = ids[0];
        else _byOperation.Remove(operation);
    }

    /// <summary>A key pair was made: the placeholder is the private key, spec: KMIP 1.4 §4.2.</summary>
    public void MadeKeyPair(CoreId privateKey, CoreId publicKey)
    {
        Made(UniqueIdentifierEnumeration.CreateKeyPair, [privateKey, publicKey]);
        _byOperation[UniqueIdentifierEnumeration.CreateKeyPairPrivateKey] = privateKey;
        _byOperation[UniqueIdentifierEnumeration.CreateKeyPairPublicKey] = publicKey;
        _placeholder = privateKey;
    }

    /// <summary>A key pair was replaced: the placeholder is the new private key, spec: KMIP 2.1 §6.1.47.</summary>
    public void MadeReplacingKeyPair(CoreId privateKey, CoreId publicKey)
    {
        Made(UniqueIdentifierEnumeration.ReKeyKeyPair, [privateKey, publicKey]);
        _byOperation[UniqueIdentifierEnumeration.ReKeyKeyPairPrivateKey] = privateKey;
        _byOperation[UniqueIdentifierEnumeration.ReKeyKeyPairPublicKey] = publicKey;
        _placeholder = privateKey;
    }

    /// <summary>The ID Placeholder is emptied: what stood in it may not be used.</summary>
    public void Empty() => _placeholder = null;

    /// <summary>A key was split: the placeholder is the first part, spec: KMIP 2.1 §6.1.10.</summary>
    public void MadeParts(IReadOnlyList<CoreId> parts)
    {
        Made(UniqueIdentifierEnumeration.CreateSplitKey, parts);
        _placeholder = parts[0];
    }

    /// <summary>The ID Placeholder, or null if it is empty.</summary>
    public CoreId? Placeholder() => _placeholder;

    /// <summary>The result of the last such operation, or null.</summary>
    public CoreId? Of(UniqueIdentifierEnumeration operation)
    {
        if (operation == UniqueIdentifierEnumeration.IDPlaceholder) return _placeholder;
        return _byOperation.TryGetValue(operation, out var id) ? id : null;
    }

    /// <summary>One of the objects of the last result; negative counts from the end.</summary>
    public CoreId? At(int index)
    {
        var position = index < 0 ? _last.Count + (long)index : index;
        return position >= 0 && position < _last.Count ? _last[(int)position] : null;
    }
}

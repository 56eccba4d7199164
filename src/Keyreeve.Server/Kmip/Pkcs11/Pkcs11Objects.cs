using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>Finds objects, and tells what they are.</summary>
internal static class Pkcs11Objects
{
    /// <summary>Calls one of these functions.</summary>
    public static ValueTask<Held<Pkcs11Result>> CallAsync(
        Pkcs11Call call, Pkcs11Session session, Pkcs11Function function, Pkcs11Reader reader, CancellationToken cancellationToken)
    {
        switch (function)
        {
            case Pkcs11Function.FindObjectsInit:
                var wanted = Pkcs11Template.Read(reader);
                reader.End();
                return FindAsync(call, session, wanted, cancellationToken);
            case Pkcs11Function.FindObjects:
                return new(call.Answer(Next(session, reader.LastNumber())));
            case Pkcs11Function.FindObjectsFinal:
                reader.End();
                return new(call.Answer(session.End(Pkcs11Function.FindObjectsInit) is null ? Pkcs11Return.OperationNotInitialized : Pkcs11Return.Ok));
            default:
                var handle = reader.Number();
                var asked = Pkcs11Template.Read(reader);
                reader.End();
                return DescribeAsync(call, handle, asked, cancellationToken);
        }
    }

    /// <summary>What is known of an object, by Get Attributes.</summary>
    /// <returns>The object, null if it may not be known of, and what waits for the trail.</returns>
    public static async ValueTask<(Pkcs11Object? Object, Held<Pkcs11Result> Held)> FindAsync(
        Pkcs11Call call, ulong handle, uint unknown, CancellationToken cancellationToken)
    {
        if (call.Library.ObjectOf(handle) is not { } id) return (null, call.Answer(unknown));
        Pkcs11Object? found = null;
        var held = await call.RunAsync(
            new GetAttributesOperation(), new GetAttributesRequest { Id = id },
            response =>
            {
                found = new Pkcs11Object(id, response.Attributes);
                return default;
            },
            error => error is KeyreeveError.ItemNotFound or KeyreeveError.PermissionDenied ? unknown : null, cancellationToken);
        return (found, held);
    }

    private static async ValueTask<Held<Pkcs11Result>> FindAsync(Pkcs11Call call, Pkcs11Session session, IReadOnlyList<Pkcs11Stated> wanted, CancellationToken cancellationToken)
    {
        if (session.Has(Pkcs11Function.FindObjectsInit)) return call.Answer(Pkcs11Return.OperationActive);
        var (searches, fault) = SearchesFor(wanted);
        if (fault != Pkcs11Return.Ok) return call.Answer(fault);

        var ids = new List<UniqueIdentifier>();
        var held = call.Answer(Pkcs11Return.Ok);
        foreach (var search in searches)
        {
            held = await call.RunAsync(
                new LocateOperation(), new LocateRequest { Attributes = search, MaximumItems = Pkcs11Library.MostObjects },
                response =>
                {
                    ids.AddRange(response.Ids);
                    return default;
                },
                static _ => null, cancellationToken);
        }

        var handles = new Queue<ulong>(ids.Count);
        foreach (var id in ids)
        {
            if (call.Library.HandleOf(id) is not { } handle) return held.Map(static _ => new Pkcs11Result(Pkcs11Return.HostMemory));
            handles.Enqueue(handle);
        }

        var begun = session.Begin(Pkcs11Function.FindObjectsInit, new Pkcs11Search(handles));
        return held.Map(_ => new Pkcs11Result(begun ? Pkcs11Return.Ok : Pkcs11Return.OperationActive));
    }

    private static Pkcs11Result Next(Pkcs11Session session, ulong most)
    {
        if (session.End(Pkcs11Function.FindObjectsInit) is not Pkcs11Search search) return new(Pkcs11Return.OperationNotInitialized);
        var count = (int)Math.Min(most, (ulong)search.Handles.Count);
        var writer = new Pkcs11Writer().Count(count);
        for (var i = 0; i < count; i++) writer.Number(search.Handles.Dequeue());
        session.Begin(Pkcs11Function.FindObjectsInit, search);
        return Pkcs11Result.Of(writer.ToArray());
    }

    // One search for each type of object, and each algorithm, that the template leaves open; none if nothing can match.
    private static (IReadOnlyList<ImmutableArray<KeyValuePair<AttributeKey, AttributeValue>>> Searches, uint Fault) SearchesFor(IReadOnlyList<Pkcs11Stated> wanted)
    {
        var types = Pkcs11Object.Classes.Select(static row => row.Type).ToList();
        var algorithms = new List<CryptographicAlgorithm> { CryptographicAlgorithm.NotSet };
        var usage = CryptographicUsageMask.NotSet;
        var criteria = new List<KeyValuePair<AttributeKey, AttributeValue>>();
        foreach (var stated in wanted)
        {
            if (stated.Value is not { } value) return ([], Pkcs11Return.AttributeValueInvalid);
            var isTrue = Pkcs11Template.KindOf(stated.Type) == Pkcs11Kind.Boolean && value.Span[0] != 0;
            switch (stated.Attribute)
            {
                case Pkcs11Attribute.Class:
                    types = [.. Pkcs11Object.Classes.Where(row => (ulong)row.Class == NumberOf(value)).Select(static row => row.Type)];
                    break;
                case Pkcs11Attribute.KeyType:
                    types.Remove(ObjectType.Certificate);
                    algorithms = [.. Pkcs11Object.KeyTypes.Where(row => (ulong)row.Type == NumberOf(value)).Select(static row => row.Algorithm)];
                    break;
                case Pkcs11Attribute.Label:
                    criteria.Add(new(AttributeName.Name, AttributeValue.Of(
                        new StructureField(AttributeField.NameValue, AttributeValue.Of(Encoding.UTF8.GetString(value.Span))),
                        new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)))));
                    break;
                case Pkcs11Attribute.Id or Pkcs11Attribute.UniqueId:
                    criteria.Add(new(AttributeName.UniqueIdentifier, AttributeValue.Of(Encoding.UTF8.GetString(value.Span))));
                    break;
                case Pkcs11Attribute.ValueLength:
                    types = [.. types.Where(static type => type == ObjectType.SymmetricKey)];
                    criteria.Add(new(AttributeName.CryptographicLength, AttributeValue.Of((int)Math.Min(NumberOf(value), int.MaxValue / 8) * 8)));
                    break;
                case Pkcs11Attribute.Token:
                    // Everything lies in the token, and nothing in the session.
                    if (!isTrue) types.Clear();
                    break;
                case Pkcs11Attribute.Private:
                    types = [.. types.Where(type => type is ObjectType.SymmetricKey or ObjectType.PrivateKey == isTrue)];
                    break;
                case var attribute when isTrue && Pkcs11Template.UsageOf(attribute) != CryptographicUsageMask.NotSet:
                    usage |= Pkcs11Template.UsageOf(attribute);
                    break;
                default:
                    // What the index cannot tell is not looked for.
                    return ([], Pkcs11Return.AttributeTypeInvalid);
            }
        }

        if (usage != CryptographicUsageMask.NotSet) criteria.Add(new(AttributeName.CryptographicUsageMask, AttributeValue.Of(unchecked((int)usage))));
        return ([.. types.SelectMany(type => algorithms.Select(algorithm => Search(type, algorithm, criteria)))], Pkcs11Return.Ok);
    }

    private static ImmutableArray<KeyValuePair<AttributeKey, AttributeValue>> Search(
        ObjectType type, CryptographicAlgorithm algorithm, List<KeyValuePair<AttributeKey, AttributeValue>> criteria)
    {
        List<KeyValuePair<AttributeKey, AttributeValue>> search = [new(AttributeName.ObjectType, AttributeValue.Of(type)), .. criteria];
        if (algorithm != CryptographicAlgorithm.NotSet) search.Add(new(AttributeName.CryptographicAlgorithm, AttributeValue.Of(algorithm)));
        return [.. search];
    }

    private static async ValueTask<Held<Pkcs11Result>> DescribeAsync(
        Pkcs11Call call, ulong handle, IReadOnlyList<Pkcs11Stated> asked, CancellationToken cancellationToken)
    {
        var (found, held) = await FindAsync(call, handle, Pkcs11Return.ObjectHandleInvalid, cancellationToken);
        if (found is null) return held;
        var values = new byte[]?[asked.Count];
        for (var i = 0; i < values.Length; i++) values[i] = found.Find(asked[i].Attribute);

        var isSensitive = false;
        var within = Enumerable.Range(0, values.Length).Where(i => found.IsMaterial(asked[i].Attribute)).ToList();
        if (found.Class == Pkcs11Class.PrivateKey && within.Count > 0) isSensitive = true;
        else if (within.Count > 0)
        {
            var request = new GetRequest
            {
                Id = call.Library.ObjectOf(handle)!.Value,
                KeyFormatType = found.Class switch
                {
                    Pkcs11Class.PublicKey => KeyFormatType.X509,
                    Pkcs11Class.SecretKey => KeyFormatType.Raw,
                    _ => KeyFormatType.NotSet,
                },
            };
            held = await call.RunAsync(
                new GetOperation(), request, response => Take(call, response, asked, within, values),
                error => Pkcs11Errors.OfRelease(error), cancellationToken);
            isSensitive = within.Exists(i => values[i] is null);
        }

        return held.Map(_ => Described(asked, values, isSensitive));
    }

    private static Pkcs11Result Take(Pkcs11Call call, GetResponse response, IReadOnlyList<Pkcs11Stated> asked, List<int> within, byte[]?[] values)
    {
        using (response)
        {
            foreach (var i in within)
                if (Pkcs11Object.FindWithin(response.Value, asked[i].Attribute) is { } value) values[i] = call.Wiped(value);
        }

        return default;
    }

    // PKCS#11 §5.7.5: each attribute is told that can be; the return code is that of one that cannot.
    private static Pkcs11Result Described(IReadOnlyList<Pkcs11Stated> asked, byte[]?[] values, bool isSensitive)
    {
        var writer = new Pkcs11Writer().Count(asked.Count);
        var code = Pkcs11Return.Ok;
        for (var i = 0; i < values.Length; i++)
        {
            var isTooLong = asked[i].HasLength && values[i] is { } value && value.Length > asked[i].Room;
            if (values[i] is null) code = isSensitive ? Pkcs11Return.AttributeSensitive : Pkcs11Return.AttributeTypeInvalid;
            else if (isTooLong) code = Pkcs11Return.BufferTooSmall;
            Pkcs11Template.Write(writer, asked[i], values[i], asked[i].HasLength && !isTooLong);
        }

        return new(code, writer.ToArray());
    }

    private static ulong NumberOf(ReadOnlyMemory<byte> value) => value.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64BigEndian(value.Span) : ulong.MaxValue;
}

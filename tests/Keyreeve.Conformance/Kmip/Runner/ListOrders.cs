using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// In which order the cases of a folder have what an answer lists: attributes and their names, operations, types of objects.
/// INDEX.md lets the order of attributes vary in KMIP 3.0 alone, so order counts. But cases contradict each other: one lists State
/// before Digest, another behind it, and no server can answer both. There the order that more answers to that operation have is
/// required, and a list that is outvoted is compared without its order. Clients' own attributes have no order among each other:
/// TL-M-3-14 itself has them in two.
/// </summary>
internal sealed class ListOrders
{
    private readonly Dictionary<(string Operation, string First, string Second), int> _counts = [];

    private ListOrders()
    {
    }

    /// <summary>The lists of all answers of these cases.</summary>
    public static ListOrders Of(IEnumerable<CaseFile> cases)
    {
        var orders = new ListOrders();
        foreach (var one in cases)
            foreach (var item in one.Messages.Where(m => !m.IsRequest || m.IsFromServer).SelectMany(m => m.BatchItems))
                orders.Note(item);
        return orders;
    }

    /// <summary>Whether this list of a case is against what more lists have.</summary>
    public bool IsOutvoted(string operation, IReadOnlyList<XElement> list)
    {
        var entries = EntriesOf(list);
        return Pairs(entries).Any(pair => Count(operation, pair.Second, pair.First) > Count(operation, pair.First, pair.Second));
    }

    /// <summary>Whether as many lists have these two in one order as in the other.</summary>
    public bool AreUndecided(string operation, XElement one, XElement other)
    {
        var (first, second) = (EntryOf(one), EntryOf(other));
        if (IsClients(first) && IsClients(second)) return true;
        return Count(operation, first, second) is > 0 and var count && count == Count(operation, second, first);
    }

    private void Note(XElement item)
    {
        var operation = CaseMessage.OperationOf(item);
        foreach (var list in item.Elements().Where(e => e.Name.LocalName is "ResponsePayload" or "RequestPayload").SelectMany(p => p.DescendantsAndSelf()))
            foreach (var (first, second) in Pairs(EntriesOf([.. list.Elements()])))
            {
                var key = (operation, first, second);
                _counts[key] = _counts.GetValueOrDefault(key) + 1;
            }
    }

    private int Count(string operation, string first, string second) => _counts.GetValueOrDefault((operation, first, second));

    private static List<string> EntriesOf(IReadOnlyList<XElement> list) => [.. list.Select(EntryOf).Where(entry => entry.Length > 0).Distinct(StringComparer.Ordinal)];

    private static IEnumerable<(string First, string Second)> Pairs(List<string> entries) => entries
        .SelectMany((first, place) => entries.Skip(place + 1).Select(second => (first, second)))
        .Where(pair => !IsClients(pair.first) || !IsClients(pair.second));

    private static bool IsClients(string entry) => entry.StartsWith("x-", StringComparison.Ordinal);

    /// <summary>What an entry of a list is about; empty: it is in no list.</summary>
    private static string EntryOf(XElement item) => item.Name.LocalName switch
    {
        "Attribute" or "AttributeName" or "AttributeReference" => AttributeOf(item),
        "Operation" or "ObjectType" when item.Parent?.Name.LocalName is "ResponsePayload" => $"{item.Name.LocalName} {(string?)item.Attribute("value")}",
        var name when item.Parent?.Name.LocalName is "Attributes" => name,
        _ => "",
    };

    private static string AttributeOf(XElement item)
    {
        if (item.Element("VendorIdentification") is { } vendor)
            return $"{(string?)vendor.Attribute("value")}-{(string?)item.Element("AttributeName")?.Attribute("value")}";
        return (string?)item.Attribute("value") ?? MessageXml.AttributeNameOf(item) ?? "";
    }
}

using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>The first place where an answer is not what the case expects.</summary>
/// <param name="Path">Where.</param>
/// <param name="Expected">What should be there.</param>
/// <param name="Actual">What is.</param>
internal sealed record Difference(string Path, string Expected, string Actual);

/// <summary>
/// Compares an answer with what a case expects: field by field, in order, type and value. What may differ is asked of
/// <see cref="PermittedVariations"/>, item by item.
/// </summary>
internal sealed class Comparison(Variables variables, KnownObjects objects, ServerStatements statements, ListOrders orders, string version)
{
    /// <summary>Compares; binds the variables that are seen for the first time.</summary>
    /// <param name="expected">As <see cref="MessageXml.Expected"/> gives it.</param>
    /// <param name="actual">As <see cref="MessageXml.FromTtlv"/> gives it.</param>
    /// <param name="asked">The request, as sent.</param>
    /// <returns>Null if it is what is expected.</returns>
    public Difference? Compare(XElement expected, XElement actual, XElement asked)
    {
        if (Name(expected) != Name(actual)) return Differ(expected, actual);
        var expectedItems = expected.Elements("BatchItem").ToList();
        var actualItems = actual.Elements("BatchItem").ToList();
        if (Header(expected) is { } expectedHeader && Header(actual) is { } actualHeader
            && CompareFields(expectedHeader, actualHeader, Permitted(null, null)) is { } inHeader) return inHeader;
        for (var i = 0; i < Math.Max(expectedItems.Count, actualItems.Count); i++)
        {
            if (i >= expectedItems.Count) return new Difference(MessageXml.PathOf(actualItems[i]), "(nothing)", MessageXml.Show(actualItems[i]));
            if (i >= actualItems.Count) return new Difference(MessageXml.PathOf(expectedItems[i]), MessageXml.Show(expectedItems[i]), "(nothing)");
            var request = asked.Elements("BatchItem").ElementAtOrDefault(i);
            if (CompareFields(expectedItems[i], actualItems[i], Permitted(actualItems[i], request)) is { } inItem) return inItem;
        }

        return null;
    }

    private static XElement? Header(XElement message) => message.Element("ResponseHeader") ?? message.Element("RequestHeader");

    private PermittedVariations Permitted(XElement? answer, XElement? asked) => new(version, answer, asked, objects, orders);

    private Difference? CompareItem(XElement expected, XElement actual, PermittedVariations permitted)
    {
        if (Name(expected) != Name(actual) || Type(expected) != Type(actual)) return Differ(expected, actual);
        if (Type(expected) is null) return permitted.IsGeneratorOfServer(expected)
            ? statements.Check(version, PermittedVariations.FieldOf(expected), [actual])
            : CompareFields(expected, actual, permitted);
        var given = Value(actual);
        if (Variables.NameIn(expected) is { } variable && !Variables.IsTime(variable))
        {
            if (variables.ValueOf(variable) is { } bound && !PermittedVariations.IsWithin(expected, "Digest") && !IsNamedAnew(actual))
                return string.Equals(bound, given, StringComparison.Ordinal) || permitted.IsOfRequest(expected, given) ? null : new Difference(MessageXml.PathOf(actual), $"{variable} = {bound}", given);
            variables.Bind(variable, given);
            variables.Saw(Variables.Field(Name(actual)), given);
            return null;
        }

        var wanted = Variables.NameIn(expected) is { } time ? variables.ValueOf(time)! : Value(expected);
        variables.Saw(Variables.Field(Name(actual)), given);
        if (permitted.IsNameOfRequest(expected))
            return given.Length > 0 && statements.IsNew(given) ? null : new Difference(MessageXml.PathOf(actual), "a name that no other request has", given);
        if (permitted.MayVary(expected, wanted) || permitted.IsSameButForMaker(expected, wanted, given)) return null;
        return string.Equals(wanted, given, StringComparison.Ordinal) ? null : Differ(expected, actual);
    }

    // A pending result and a request are named anew each time, though a case writes one variable for all of them.
    private static bool IsNamedAnew(XElement actual) => (Name(actual), actual.Parent?.Name.LocalName)
        is ("AsynchronousCorrelationValue", "BatchItem") or ("ServerCorrelationValue", "ResponseHeader");

    /// <summary>Compares the fields of two structures, in order; runs of attributes and lists as the variations allow.</summary>
    private Difference? CompareFields(XElement expected, XElement actual, PermittedVariations permitted)
    {
        var wanted = expected.Elements().ToList();
        var given = actual.Elements().ToList();
        int w = 0, g = 0;
        while (w < wanted.Count || g < given.Count)
        {
            var next = w < wanted.Count ? wanted[w] : null;
            var found = g < given.Count ? given[g] : null;
            var isSame = next is not null && found is not null && Name(next) == Name(found);
            if (!isSame && found is not null && !permitted.IsListed(found) && permitted.MayBeAdded(found) && !wanted.Skip(w).Any(later => Name(later) == Name(found))) g++;
            else if (!isSame && next is not null && !permitted.IsListed(next) && permitted.MayBeMissing(next)) w++;
            else if ((next is not null && permitted.IsListed(next)) || (found is not null && permitted.IsListed(found)))
            {
                var run = Run(wanted, ref w, permitted);
                if (CompareListed(actual, run, Run(given, ref g, permitted), permitted) is { } inList) return inList;
            }
            else if (isSame)
            {
                if (CompareItem(next!, found!, permitted) is { } difference) return difference;
                w++;
                g++;
            }
            else
            {
                return new Difference(
                    MessageXml.PathOf(found ?? actual), next is null ? "(nothing)" : MessageXml.Show(next), found is null ? "(nothing)" : MessageXml.Show(found));
            }
        }

        return null;
    }

    private static List<XElement> Run(List<XElement> fields, ref int position, PermittedVariations permitted)
    {
        var run = new List<XElement>();
        while (position < fields.Count && permitted.IsListed(fields[position])) run.Add(fields[position++]);
        return run;
    }

    /// <summary>Compares lists: each expected item is to be found once, in its order; what is left over has to be permitted.</summary>
    private Difference? CompareListed(XElement parent, List<XElement> wanted, List<XElement> given, PermittedVariations permitted)
    {
        if (CheckStatements(wanted, given, permitted) is { } wrong) return wrong;
        var left = given.Where(item => !permitted.TellsWhatServerIs(item) || !wanted.Exists(other => Name(other) == Name(item))).ToList();
        var found = new List<(XElement Expected, int Place)>();
        var isOrdered = permitted.IsOrdered(wanted);
        foreach (var item in wanted)
        {
            if (permitted.TellsWhatServerIs(item) && given.Exists(other => Name(other) == Name(item))) continue;
            var (match, first) = Match(item, left, permitted);
            if (match is not null)
            {
                left.Remove(match);
                var place = given.IndexOf(match);
                if (isOrdered && found.Find(f => f.Place > place && !permitted.MayChangePlaces(f.Expected, item)).Expected is { } later)
                    return new Difference(MessageXml.PathOf(match), $"{MessageXml.Show(later)}, then {MessageXml.Show(item)}", "the other way round");
                found.Add((item, place));
            }
            else if (first is not null) return first;
            else if (!permitted.MayBeMissing(item)) return new Difference(MessageXml.PathOf(parent), MessageXml.Show(item), "(nothing)");
        }

        return left.Find(item => !permitted.MayBeAdded(item, wanted)) is { } added
            ? new Difference(MessageXml.PathOf(added), "(nothing)", MessageXml.Show(added))
            : null;
    }

    /// <summary>The item of a list that is what is expected, or the difference of the first that might have been.</summary>
    private (XElement? Match, Difference? First) Match(XElement expected, List<XElement> left, PermittedVariations permitted)
    {
        var candidates = left.Where(other => PermittedVariations.SameKey(expected, other)).ToList();
        if (!permitted.InstancesAreUnordered && candidates.Count > 1) candidates.RemoveRange(1, candidates.Count - 1);
        Difference? first = null;
        foreach (var candidate in candidates)
        {
            var saved = variables.Save();
            if (CompareItem(expected, candidate, permitted) is not { } difference) return (candidate, null);
            variables.Restore(saved);
            first ??= difference;
        }

        return (null, first);
    }

    private Difference? CheckStatements(List<XElement> wanted, List<XElement> given, PermittedVariations permitted)
    {
        foreach (var kind in wanted.Where(permitted.TellsWhatServerIs).Select(Name).Distinct(StringComparer.Ordinal))
            if (given.Where(item => Name(item) == kind).ToList() is { Count: > 0 } said && statements.Check(version, kind, said) is { } wrong) return wrong;
        return null;
    }

    private static Difference Differ(XElement expected, XElement actual) => new(MessageXml.PathOf(actual), Described(expected), Described(actual));

    /// <summary>An item for people; of a result, with its reason.</summary>
    private static string Described(XElement item) => Name(item) == "ResultStatus"
        ? string.Join("; ", item.Parent!.Elements().Where(e => e.Name.LocalName.StartsWith("Result", StringComparison.Ordinal)).Select(MessageXml.Show))
        : MessageXml.Show(item);

    private static string Name(XElement element) => element.Name.LocalName == "TTLV" ? "TTLV " + (string?)element.Attribute("tag") : element.Name.LocalName;

    private static string? Type(XElement element) => (string?)element.Attribute("type");

    private static string Value(XElement element) => (string?)element.Attribute("value") ?? "";
}

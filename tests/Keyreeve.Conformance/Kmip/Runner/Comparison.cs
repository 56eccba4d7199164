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
internal sealed class Comparison(Variables variables, KnownObjects objects, string version)
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

    private PermittedVariations Permitted(XElement? answer, XElement? asked) => new(version, answer, asked, objects);

    private Difference? CompareItem(XElement expected, XElement actual, PermittedVariations permitted)
    {
        if (Name(expected) != Name(actual) || Type(expected) != Type(actual)) return Differ(expected, actual);
        if (Type(expected) is null) return CompareFields(expected, actual, permitted);
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
        if (permitted.MayVary(expected, wanted)) return null;
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
            if ((next is not null && permitted.IsListed(next)) || (found is not null && permitted.IsListed(found)))
            {
                var run = Run(wanted, ref w, permitted);
                if (CompareListed(actual, run, Run(given, ref g, permitted), permitted) is { } inList) return inList;
            }
            else if (next is not null && found is not null && Name(next) == Name(found))
            {
                if (CompareItem(next, found, permitted) is { } difference) return difference;
                w++;
                g++;
            }
            else if (found is not null && permitted.MayBeAdded(found))
            {
                g++;
            }
            else if (next is not null && permitted.MayBeMissing(next))
            {
                w++;
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

    /// <summary>Compares items that stand in no order: each expected one is to be found once; what is left over has to be permitted.</summary>
    private Difference? CompareListed(XElement parent, List<XElement> wanted, List<XElement> given, PermittedVariations permitted)
    {
        var left = given.ToList();
        foreach (var item in wanted)
        {
            if (permitted.TellsWhatServerIs(item) && given.Any(other => Name(other) == Name(item))) continue;
            var candidates = left.Where(other => PermittedVariations.SameKey(item, other)).ToList();
            if (!permitted.InstancesAreUnordered && candidates.Count > 1) candidates.RemoveRange(1, candidates.Count - 1);
            Difference? first = null;
            XElement? match = null;
            foreach (var candidate in candidates)
            {
                var saved = variables.Save();
                var difference = CompareItem(item, candidate, permitted);
                if (difference is null)
                {
                    match = candidate;
                    break;
                }

                variables.Restore(saved);
                first ??= difference;
            }

            if (match is not null) left.Remove(match);
            else if (first is not null) return first;
            else if (!permitted.MayBeMissing(item)) return new Difference(MessageXml.PathOf(parent), MessageXml.Show(item), "(nothing)");
        }

        return left.Find(item => !permitted.MayBeAdded(item, wanted)) is { } added
            ? new Difference(MessageXml.PathOf(added), "(nothing)", MessageXml.Show(added))
            : null;
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

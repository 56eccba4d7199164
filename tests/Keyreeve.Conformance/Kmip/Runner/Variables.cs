using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// What <c>$NOW</c>, <c>$UNIQUE_IDENTIFIER_0</c> and the others stand for: the time when the case began, the others from where they are
/// first seen in a response.
/// </summary>
internal sealed class Variables
{
    private const string Now = "$NOW";
    private readonly DateTimeOffset _now;
    private readonly Dictionary<string, string> _ofEarlierCase;
    private Dictionary<string, string> _bound = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    /// <param name="now">What <c>$NOW</c> is.</param>
    /// <param name="earlier">The case before, from which a case may go on.</param>
    public Variables(DateTimeOffset now, Variables? earlier = null)
    {
        _now = now;
        _ofEarlierCase = earlier?._bound ?? [];
    }

    /// <summary>The variable that an element holds, or null.</summary>
    public static string? NameIn(XElement element) =>
        (string?)element.Attribute("value") is { } value && value.StartsWith('$') ? value : null;

    public static bool IsTime(string variable) => variable.StartsWith(Now, StringComparison.Ordinal);

    /// <summary>Some value of the element's type.</summary>
    public static string Placeholder(XElement element) => (string?)element.Attribute("type") switch
    {
        "DateTime" => "2000-01-01T00:00:00+00:00",
        "ByteString" => "00",
        "Integer" or "LongInteger" or "Interval" or "Enumeration" => "1",
        "Boolean" => "true",
        _ => "x",
    };

    /// <summary>What a variable stands for, or null if it has not been seen.</summary>
    public string? ValueOf(string variable) => IsTime(variable) ? Time(variable) : _bound.GetValueOrDefault(variable);

    public void Bind(string variable, string value) => _bound[variable] = value;

    /// <summary>Remembers what the server gave where the case has a literal.</summary>
    public void Saw(string field, string value) => _seen[field] = value;

    /// <summary>The bindings, to be given to <see cref="Restore"/> when a comparison was only tried.</summary>
    public IReadOnlyDictionary<string, string> Save() => new Dictionary<string, string>(_bound, StringComparer.Ordinal);

    public void Restore(IReadOnlyDictionary<string, string> saved) => _bound = new(saved, StringComparer.Ordinal);

    /// <summary>A message with values in place of its variables.</summary>
    /// <exception cref="InvalidOperationException">A variable stands for nothing.</exception>
    public XElement Fill(XElement message)
    {
        var filled = new XElement(message);
        foreach (var element in filled.Descendants())
            if (NameIn(element) is { } name)
                element.SetAttributeValue("value", ValueOf(name) ?? Unbound(name, element));
        return filled;
    }

    /// <summary>
    /// A variable that no response has bound: the field it is named after, as a response last gave it; or what an earlier case has
    /// bound; or a value to be made up.
    /// </summary>
    private string Unbound(string name, XElement element)
    {
        if (!name.Contains("_RANDOM", StringComparison.Ordinal) && _seen.TryGetValue(FieldOf(name), out var seen)) return seen;
        if (_ofEarlierCase.TryGetValue(name, out var earlier)) return earlier;
        if (!name.Contains("_RANDOM", StringComparison.Ordinal)) throw new InvalidOperationException($"{name} is used before a response gave it.");
        var value = string.Equals((string?)element.Attribute("type"), "ByteString", StringComparison.Ordinal)
            ? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))
            : Guid.NewGuid().ToString();
        Bind(name, value);
        return value;
    }

    /// <summary>The field a variable is named after: <c>$MAC_DATA_1</c> is <c>macdata</c>.</summary>
    private static string FieldOf(string variable) => Field(variable.TrimStart('$').TrimEnd("0123456789".ToCharArray()));

    public static string Field(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private string Time(string variable)
    {
        var offset = variable.Length > Now.Length ? double.Parse(variable[Now.Length..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
        return _now.AddSeconds(offset).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }
}

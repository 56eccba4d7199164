using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Keyreeve.Integration.Api;

/// <summary>The comments of public members, as the compiler wrote them beside assemblies.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> _members = new(StringComparer.Ordinal);

    public XmlComments(params IEnumerable<Assembly> assemblies)
    {
        foreach (var member in assemblies.SelectMany(static assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member")))
            _members.TryAdd((string)member.Attribute("name")!, member);
    }

    /// <summary>The comment of a type or member, after whatever it inherits; null where there is none.</summary>
    public XElement? Find(MemberInfo member)
    {
        var own = _members.GetValueOrDefault(IdOf(member));
        if (own?.Element("inheritdoc") is not { } inherited)
            return own;
        if ((string?)inherited.Attribute("cref") is { } reference)
            return _members.GetValueOrDefault(reference) ?? FindOverload(reference);
        return BasesOf(member).Select(Find).FirstOrDefault(static found => found is not null) ?? ToOthers(member);
    }

    /// <summary>A comment's element as Markdown, in one line but for code.</summary>
    public static string TextOf(XElement? element)
    {
        if (element is null)
            return "";
        var text = string.Concat(element.Nodes().Select(static node => node switch
        {
            XText words => Blanks().Replace(words.Value, " "),
            XElement { Name.LocalName: "see" } see => $"`{ShortName((string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? (string)see.Attribute("href")!)}`",
            XElement { Name.LocalName: "paramref" or "typeparamref" } name => $"*{(string)name.Attribute("name")!}*",
            XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
            XElement { Name.LocalName: "code" } code => $"\n\n```\n{Unindented(code.Value)}\n```\n\n",
            XElement { Name.LocalName: "para" } paragraph => $"\n\n{TextOf(paragraph)}\n\n",
            XElement other => TextOf(other),
            _ => "",
        }));
        return Lines().Replace(text, "\n\n").Trim();
    }

    /// <summary>The last part of a reference, with its type where it is a member.</summary>
    public static string ShortName(string reference)
    {
        var name = reference[(reference.IndexOf(':', StringComparison.Ordinal) is 1 ? 2 : 0)..].Split('(')[0];
        var parts = Arity().Replace(name, "").Split('.');
        var isWhole = reference.StartsWith("T:", StringComparison.Ordinal) || parts.Length < 2;
        return isWhole ? parts[^1] : $"{parts[^2]}.{parts[^1]}".Replace(".#ctor", "", StringComparison.Ordinal);
    }

    private static string Unindented(string code)
    {
        var lines = code.Trim('\n').Split('\n');
        var margin = lines.Where(static line => line.Trim().Length > 0).Min(static line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > margin ? line[margin..].TrimEnd() : "")).TrimEnd();
    }

    // A reference to a group of methods is one to the first of them.
    private XElement? FindOverload(string reference) => _members
        .Where(pair => pair.Key.StartsWith(reference + "(", StringComparison.Ordinal) || pair.Key.StartsWith(reference + "`", StringComparison.Ordinal))
        .Select(static pair => pair.Value).FirstOrDefault();

    // The comments of the frameworks are theirs.
    private static XElement? ToOthers(MemberInfo member) =>
        BasesOf(member).FirstOrDefault() is { } there ? new XElement("member", new XElement("summary", "As ", new XElement("c", $"{ApiNames.Of(there.DeclaringType!)}.{there.Name}"), ".")) : null;

    private static IEnumerable<MemberInfo> BasesOf(MemberInfo member)
    {
        if (member.DeclaringType is not { } type)
            return [];
        var named = new[] { type.BaseType }.OfType<Type>().SelectMany(Ancestors).Concat(type.GetInterfaces())
            .SelectMany(ancestor => ancestor.GetMember(member.Name, member.MemberType, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly));
        return member is MethodBase method
            ? named.OfType<MethodBase>().Where(other => other.GetParameters().Select(static p => p.ParameterType.Name).SequenceEqual(method.GetParameters().Select(static p => p.ParameterType.Name)))
            : named;
    }

    private static IEnumerable<Type> Ancestors(Type type)
    {
        for (Type? next = type; next is not null; next = next.BaseType)
            yield return next;
    }

    // ECMA-334 annex D: what the compiler calls a member in its file.
    private static string IdOf(MemberInfo member)
    {
        if (member is Type type)
            return "T:" + FullName(type);
        var name = $"{FullName(member.DeclaringType!)}.{member.Name.Replace('.', '#')}";
        return member switch
        {
            FieldInfo => "F:" + name,
            PropertyInfo property => "P:" + name + Parameters(property.GetIndexParameters()),
            EventInfo => "E:" + name,
            MethodInfo { IsGenericMethod: true } method => $"M:{name}``{method.GetGenericArguments().Length}{Parameters(method.GetParameters())}{Conversion(method)}",
            MethodInfo method => "M:" + name + Parameters(method.GetParameters()) + Conversion(method),
            MethodBase constructor => "M:" + name + Parameters(constructor.GetParameters()),
            _ => throw new ArgumentException($"{member} has no comment of its own.", nameof(member)),
        };
    }

    private static string Conversion(MethodInfo method) => method.Name is "op_Implicit" or "op_Explicit" ? "~" + TypeId(method.ReturnType) : "";

    private static string Parameters(ParameterInfo[] parameters) => parameters.Length == 0 ? "" : $"({string.Join(',', parameters.Select(static p => TypeId(p.ParameterType)))})";

    private static string FullName(Type type) => (type.FullName ?? $"{type.Namespace}.{type.Name}").Replace('+', '.');

    private static string TypeId(Type type)
    {
        if (type.IsByRef)
            return TypeId(type.GetElementType()!) + "@";
        if (type.IsArray)
            return TypeId(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter)
            return (type.DeclaringMethod is null ? "`" : "``") + type.GenericParameterPosition;
        if (!type.IsGenericType)
            return FullName(type);
        var name = new StringBuilder(FullName(type.GetGenericTypeDefinition()));
        name.Length = name.ToString().IndexOf('`', StringComparison.Ordinal) is var tick and > 0 ? tick : name.Length;
        return $"{name}{{{string.Join(',', type.GetGenericArguments().Select(TypeId))}}}";
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"(?:[ ]*\n[ ]*){2,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Lines();

    [GeneratedRegex("`+[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Arity();
}

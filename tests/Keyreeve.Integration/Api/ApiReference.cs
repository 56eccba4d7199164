using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Xml.Linq;

namespace Keyreeve.Integration.Api;

/// <summary>The reference of a package: its public types and their members, with what the comments in the code say of each.</summary>
internal sealed class ApiReference(string package, IEnumerable<Type> types, XmlComments comments)
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private readonly List<string> _silent = [];

    /// <summary>What a page has to have: its headings and declarations, without the words.</summary>
    public static IEnumerable<string> DeclarationsOn(string page) =>
        page.Split('\n').Where(static line => line.StartsWith("## ", StringComparison.Ordinal) || line.StartsWith("- `", StringComparison.Ordinal) || line.StartsWith('`'));

    /// <summary>The types of an assembly that stand in what others show of themselves, and in what those show.</summary>
    public static IReadOnlyCollection<Type> InSignaturesOf(IEnumerable<Type> shown, Assembly assembly)
    {
        var found = new HashSet<Type>();
        var next = new Queue<Type>(shown);
        while (next.TryDequeue(out var type))
        {
            foreach (var named in MembersOf(type).SelectMany(NamedBy).SelectMany(Parts).Where(part => part.Assembly == assembly && part is { IsVisible: true, IsGenericParameter: false } && found.Add(part)))
                next.Enqueue(named);
        }

        return found;
    }

    private static IEnumerable<Type> NamedBy(MemberInfo member) => member switch
    {
        MethodInfo method => method.GetParameters().Select(static parameter => parameter.ParameterType).Append(method.ReturnType),
        MethodBase constructor => constructor.GetParameters().Select(static parameter => parameter.ParameterType),
        PropertyInfo property => [property.PropertyType],
        FieldInfo field => [field.FieldType],
        _ => [],
    };

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];

    /// <summary>Members of which nothing is said; known after <see cref="Write(string)"/>.</summary>
    public IReadOnlyList<string> Silent => _silent;

    /// <summary>The page.</summary>
    public string Write(string description)
    {
        var page = new StringBuilder();
        page.Append($"# {package}\n\n{description}\n\n");
        page.Append("<!-- Written from the comments in the code by the test ClientApiTests, with KEYREEVE_UPDATE_SNAPSHOTS=1. -->\n");
        foreach (var type in types.Where(static type => !type.FullName!.Contains('<', StringComparison.Ordinal)).OrderBy(ApiNames.Of, StringComparer.Ordinal))
            Write(page, type);
        return page.ToString();
    }

    private void Write(StringBuilder page, Type type)
    {
        var comment = comments.Find(type);
        page.Append($"\n## {Text(ApiNames.Of(type))}\n\n`{ApiNames.Declaration(type)}`\n\n");
        page.Append(Said(XmlComments.TextOf(comment?.Element("summary")), ApiNames.Of(type)));
        if (XmlComments.TextOf(comment?.Element("remarks")) is { Length: > 0 } remarks)
            page.Append("\n\n" + remarks);
        page.Append("\n\n");
        foreach (var member in MembersOf(type))
        {
            // What a record's header declares is described there.
            var said = comments.Find(member) ?? OfTheHeader(comment, member) ?? OfThePrimaryConstructor(comment, member);
            page.Append($"- `{(type.IsEnum ? member.Name : ApiNames.Declaration(member))}`\n  {Indented(Describe(said, member))}\n");
        }
    }

    private string Describe(XElement? comment, MemberInfo member)
    {
        var text = new StringBuilder(Said(XmlComments.TextOf(comment?.Element("summary")), $"{ApiNames.Of(member.DeclaringType!)}.{member.Name}"));
        // A comment that an overload inherits may have more of them.
        var parameters = (member as MethodBase)?.GetParameters().Select(static parameter => parameter.Name).Except(["cancellationToken"]).ToHashSet(StringComparer.Ordinal) ?? [];
        foreach (var parameter in comment?.Elements("param").Where(p => parameters.Contains((string?)p.Attribute("name"))) ?? [])
            text.Append($" *{(string)parameter.Attribute("name")!}*: {XmlComments.TextOf(parameter)}");
        if (XmlComments.TextOf(comment?.Element("returns")) is { Length: > 0 } returned)
            text.Append($" Returns: {returned}");
        if (XmlComments.TextOf(comment?.Element("remarks")) is { Length: > 0 } remarks)
            text.Append($" {remarks}");
        foreach (var thrown in comment?.Elements("exception") ?? [])
            text.Append($" Throws `{XmlComments.ShortName((string)thrown.Attribute("cref")!)}`: {XmlComments.TextOf(thrown)}");
        return text.ToString();
    }

    private string Said(string text, string name)
    {
        if (text.Length == 0)
            _silent.Add(name);
        return text;
    }

    private static IEnumerable<MemberInfo> MembersOf(Type type) => type.IsEnum
        ? type.GetFields(BindingFlags.Public | BindingFlags.Static)
        : type.GetMembers(Declared).Where(IsShown).OrderBy(Rank).ThenBy(static member => member.Name, StringComparer.Ordinal).ThenBy(ApiNames.Declaration, StringComparer.Ordinal);

    private static int Rank(MemberInfo member) => member switch { ConstructorInfo => 0, FieldInfo => 1, PropertyInfo => 2, EventInfo => 3, _ => 4 };

    private static bool IsShown(MemberInfo member) => member switch
    {
        // What the compiler makes of a record, explicit implementations, and what every object has are nothing to be read of.
        _ when member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal) => false,
        ConstructorInfo constructor => !constructor.IsStatic && IsShown(constructor) && !(constructor.GetParameters() is [{ } only] && only.ParameterType == constructor.DeclaringType),
        MethodInfo method => !method.Name.Contains('.', StringComparison.Ordinal) && IsShown(method)
            && (!method.IsSpecialName || method.Name.StartsWith("op_", StringComparison.Ordinal))
            && method.Name is not ("GetHashCode" or "Equals" or "Deconstruct" or "op_Equality" or "op_Inequality"),
        PropertyInfo property => !property.Name.Contains('.', StringComparison.Ordinal) && property.Name is not "EqualityContract" && property.GetAccessors(nonPublic: true).Any(IsShown),
        FieldInfo field => field.IsPublic || field.IsFamily,
        EventInfo raised => IsShown(raised.AddMethod!),
        _ => false,
    };

    private static bool IsShown(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static XElement? OfTheHeader(XElement? type, MemberInfo member) =>
        member is PropertyInfo && type?.Elements("param").FirstOrDefault(p => (string?)p.Attribute("name") == member.Name) is { } parameter ? new XElement("member", new XElement("summary", parameter.Nodes())) : null;

    private static XElement? OfThePrimaryConstructor(XElement? type, MemberInfo member) => member switch
    {
        ConstructorInfo constructor when constructor.GetParameters().Length == 0 => new XElement("member", new XElement("summary", "Makes one, whose properties are set as it is made.")),
        ConstructorInfo when type is not null && type.Elements("param").Any() => new XElement("member", new XElement("summary", "Makes one."), type.Elements("param")),
        _ => null,
    };

    private static string Indented(string text) => text.Replace("\n", "\n  ", StringComparison.Ordinal).Replace("\n  \n", "\n\n", StringComparison.Ordinal);

    private static string Text(string name) => name.Replace("<", "\\<", StringComparison.Ordinal);
}

using System.Reflection;
using System.Text;

namespace Keyreeve.Integration.Api;

/// <summary>What an assembly shows to the outside, as text: one line a type, one line a member, sorted.</summary>
internal static class PublicApi
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type)).Append('\n');
            // An enumeration's values come from tables that are tested themselves.
            if (type.IsEnum) continue;
            var members = type.GetMembers(Declared).Where(IsShown).Select(Describe).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
            foreach (var member in members) text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static bool IsShown(MemberInfo member) => member switch
    {
        // Accessors are shown with their property, operators and conversions as they are called.
        MethodInfo method => IsShown(method) && !IsAccessor(method) && !method.Name.Contains('<', StringComparison.Ordinal),
        ConstructorInfo constructor => IsShown(constructor) && !constructor.IsStatic,
        FieldInfo field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsShown) && !property.Name.Contains('.', StringComparison.Ordinal),
        EventInfo @event => IsShown(@event.AddMethod!),
        _ => false,
    };

    private static bool IsShown(MethodBase method) =>
        (method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly) && !method.Name.Contains('.', StringComparison.Ordinal) | method.IsConstructor;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Describe(MemberInfo member) => member switch
    {
        MethodInfo method => $"{Modifier(method)}{Name(method.ReturnType)} {method.Name}{Generics(method.GetGenericArguments(), method.IsGenericMethod)}({Parameters(method)})",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        PropertyInfo property => $"{Modifier(property.GetAccessors(nonPublic: true)[0])}{Name(property.PropertyType)} {property.Name}{Accessors(property)}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}",
        _ => member.ToString()!,
    };

    private static string Modifier(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Accessors(PropertyInfo property)
    {
        var get = property.GetMethod is { } getter && IsShown(getter) ? " get;" : "";
        var set = property.SetMethod is { } setter && IsShown(setter) ? (IsInit(setter) ? " init;" : " set;") : "";
        return $" {{{get}{set} }}";
    }

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Any(m => string.Equals(m.Name, "IsExternalInit", StringComparison.Ordinal));

    private static string Parameters(MethodBase method) => string.Join(
        ", ", method.GetParameters().Select(p => $"{(p.IsIn ? "in " : p.IsOut ? "out " : p.ParameterType.IsByRef ? "ref " : "")}{Name(p.ParameterType)} {p.Name}{(p.IsOptional ? "?" : "")}"));

    private static string Kind(Type type) => type switch
    {
        { IsEnum: true } => "enum",
        { IsInterface: true } => "interface",
        { IsByRefLike: true } => "ref struct",
        { IsValueType: true } => "struct",
        { IsAbstract: true, IsSealed: true } => "static class",
        { IsSealed: true } => "sealed class",
        _ => "class",
    };

    private static string Name(Type type)
    {
        if (type.IsByRef) return Name(type.GetElementType()!);
        if (type.IsArray) return Name(type.GetElementType()!) + "[]";
        if (type.IsGenericParameter) return type.Name;
        if (Nullable.GetUnderlyingType(type) is { } underlying) return Name(underlying) + "?";
        var name = type.IsNested ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Namespace is "System" ? type.Name : $"{type.Namespace}.{type.Name}";
        var tick = name.IndexOf('`', StringComparison.Ordinal);
        return tick < 0 ? name : name[..tick] + Generics(type.GetGenericArguments(), isGeneric: true);
    }

    private static string Generics(Type[] arguments, bool isGeneric) => isGeneric ? $"<{string.Join(", ", arguments.Select(Name))}>" : "";
}

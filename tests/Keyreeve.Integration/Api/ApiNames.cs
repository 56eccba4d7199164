using System.Globalization;
using System.Reflection;

namespace Keyreeve.Integration.Api;

/// <summary>Types and members as they are written in C#, without namespaces.</summary>
internal static class ApiNames
{
    private static readonly Dictionary<Type, string> Words = new()
    {
        [typeof(void)] = "void", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte", [typeof(int)] = "int", [typeof(uint)] = "uint",
        [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(object)] = "object", [typeof(double)] = "double", [typeof(char)] = "char",
        [typeof(ushort)] = "ushort", [typeof(short)] = "short", [typeof(decimal)] = "decimal",
    };

    private static readonly NullabilityInfoContext Nullability = new();

    public static string Of(Type type)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!);
        if (type.IsArray)
            return Of(type.GetElementType()!) + "[]";
        if (Words.TryGetValue(type, out var word))
            return word;
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Of(value) + "?";
        if (type.FullName?.StartsWith("System.ValueTuple`", StringComparison.Ordinal) == true)
            return $"({string.Join(", ", type.GetGenericArguments().Select(Of))})";
        var name = type is { IsNested: true, IsGenericParameter: false } ? $"{Of(type.DeclaringType!)}.{type.Name}" : type.Name;
        return type.IsGenericType ? $"{name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>" : name;
    }

    public static string Declaration(Type type)
    {
        var kind = type switch
        {
            { IsEnum: true } => "enum",
            { IsInterface: true } => "interface",
            { IsByRefLike: true } => "ref struct",
            { IsValueType: true } => "struct",
            { IsAbstract: true, IsSealed: true } => "static class",
            { IsSealed: true } => "sealed class",
            { IsAbstract: true } => "abstract class",
            _ => "class",
        };
        Type? above = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) && b != typeof(Enum) ? b : null;
        var own = type.GetInterfaces().Where(i => !type.IsEnum && i.IsPublic && !i.Name.StartsWith("IEquatable", StringComparison.Ordinal))
            .Except(above?.GetInterfaces() ?? []).OrderBy(static i => i.Name, StringComparer.Ordinal);
        var bases = new[] { above }.OfType<Type>().Concat(own).Select(Of).ToArray();
        return bases.Length == 0 ? $"{kind} {Of(type)}" : $"{kind} {Of(type)} : {string.Join(", ", bases)}";
    }

    public static string Declaration(MemberInfo member) => member switch
    {
        ConstructorInfo constructor => $"new {Of(constructor.DeclaringType!)}({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Of(Nullability.Create(method.ReturnParameter), method.ReturnType)} {NameOf(method)}({Parameters(method)})",
        PropertyInfo property => $"{Static(property.GetAccessors(nonPublic: true)[0])}{Of(Nullability.Create(property), property.PropertyType)} {Index(property)} {{{Accessors(property)} }}",
        FieldInfo { IsLiteral: true } field => $"const {Of(field.FieldType)} {field.Name} = {Literal(field.GetRawConstantValue())}",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Of(field.FieldType)} {field.Name}",
        EventInfo raised => $"event {Of(raised.EventHandlerType!)} {raised.Name}",
        _ => throw new ArgumentException($"{member} is nothing that is declared.", nameof(member)),
    };

    private static string Of(NullabilityInfo nullability, Type type) =>
        Of(type) + (!type.IsValueType && nullability.ReadState == NullabilityState.Nullable ? "?" : "");

    private static string NameOf(MethodInfo method) => method.Name switch
    {
        "op_Equality" => "operator ==",
        "op_Inequality" => "operator !=",
        "op_Implicit" => "implicit operator",
        "op_Explicit" => "explicit operator",
        var name when method.IsGenericMethod => $"{name}<{string.Join(", ", method.GetGenericArguments().Select(Of))}>",
        var name => name,
    };

    private static string Static(MethodBase method) => method.IsStatic ? "static " : "";

    private static string Index(PropertyInfo property) => property.GetIndexParameters() is { Length: > 0 } keys ? $"this[{string.Join(", ", keys.Select(static key => $"{Of(key.ParameterType)} {key.Name}"))}]" : property.Name;

    private static string Accessors(PropertyInfo property)
    {
        var get = property.GetMethod is { IsPublic: true } or { IsFamily: true } ? " get;" : "";
        var set = property.SetMethod is not ({ IsPublic: true } or { IsFamily: true }) ? ""
            : property.SetMethod.ReturnParameter.GetRequiredCustomModifiers().Any(static m => m.Name is "IsExternalInit") ? " init;" : " set;";
        return get + set;
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
    {
        var prefix = parameter switch
        {
            { IsOut: true } => "out ",
            { ParameterType.IsByRef: true, IsIn: true } => "in ",
            { ParameterType.IsByRef: true } => "ref ",
            _ => "",
        };
        if (parameter.Position == 0 && method.IsDefined(typeof(System.Runtime.CompilerServices.ExtensionAttribute)))
            prefix = "this ";
        if (parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(System.Runtime.CompilerServices.ParamCollectionAttribute)))
            prefix = "params ";
        return $"{prefix}{Of(Nullability.Create(parameter), parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {Default(parameter)}" : "")}";
    }));

    private static string Default(ParameterInfo parameter) => parameter.DefaultValue switch
    {
        null when parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null => "default",
        not null when parameter.ParameterType.IsEnum => $"{Of(parameter.ParameterType)}.{Enum.ToObject(parameter.ParameterType, parameter.DefaultValue)}",
        var value => Literal(value),
    };

    private static string Literal(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}

using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Keyreeve.Analyzers;

/// <summary>Says why a property cannot be encrypted, where that is plain from its declaration.</summary>
internal sealed class UnencryptableTypes(Compilation compilation)
{
    private readonly ImmutableArray<INamedTypeSymbol?> _never = ImmutableArray.Create(
        compilation.GetTypeByMetadataName("System.IO.Stream"),
        compilation.GetTypeByMetadataName("System.Type"),
        compilation.GetTypeByMetadataName("System.Reflection.MemberInfo"),
        compilation.GetTypeByMetadataName("System.Threading.Tasks.Task"));

    /// <summary>The reason, as the end of a sentence; null where there is none.</summary>
    public string? WhyNot(IPropertySymbol property)
    {
        if (property.IsStatic)
            return "it is static, and belongs to no row or document";
        if (property.IsIndexer)
            return "it is an indexer";
        if (property.SetMethod is null)
            return "it has no setter, by which a decrypted value could be put there";
        return CanBeJson(property.Type) ? null : $"JSON cannot hold a {property.Type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)}";
    }

    private bool CanBeJson(ITypeSymbol type)
    {
        if (type.TypeKind is TypeKind.Delegate or TypeKind.Pointer or TypeKind.FunctionPointer || type.IsRefLikeType || type.SpecialType is SpecialType.System_IntPtr or SpecialType.System_UIntPtr)
            return false;
        for (var declared = type; declared is not null; declared = declared.BaseType)
        {
            if (_never.Contains(declared as INamedTypeSymbol, SymbolEqualityComparer.Default))
                return false;
        }

        return true;
    }
}

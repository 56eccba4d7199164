using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Keyreeve.Analyzers;

/// <summary>Compares what a program marks and says in code with its file of data classes.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ProtectionAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } =
        ImmutableArray.Create(Rules.UnknownClass, Rules.SearchNotAllowed, Rules.NotEncryptable, Rules.EmptyContext);

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(static start =>
        {
            if (start.Compilation.GetTypeByMetadataName("Keyreeve.Client.ProtectedAttribute") is not { } mark)
                return;
            var classes = DataClassFile.Of(start.Options, start.CancellationToken);
            var types = new UnencryptableTypes(start.Compilation);
            start.RegisterSymbolAction(symbol => CheckProperty(symbol, mark, classes, types), SymbolKind.Property);
            if (classes is not null)
                start.RegisterOperationAction(operation => CheckArgument(operation, classes), OperationKind.Argument);
            if (start.Compilation.GetTypeByMetadataName("Keyreeve.Crypto.EncryptionContext") is { } context)
                start.RegisterOperationAction(operation => CheckContext(operation, context), OperationKind.Invocation);
        });
    }

    private static void CheckProperty(SymbolAnalysisContext context, INamedTypeSymbol mark, DataClassFile? classes, UnencryptableTypes types)
    {
        var property = (IPropertySymbol)context.Symbol;
        foreach (var attribute in property.GetAttributes())
        {
            if (!SymbolEqualityComparer.Default.Equals(attribute.AttributeClass, mark))
                continue;
            var place = attribute.ApplicationSyntaxReference?.GetSyntax(context.CancellationToken).GetLocation() ?? property.Locations[0];
            if (types.WhyNot(property) is { } reason)
                context.ReportDiagnostic(Diagnostic.Create(Rules.NotEncryptable, place, property.Name, reason));
            if (classes is not null && attribute.ConstructorArguments.Length == 1 && attribute.ConstructorArguments[0].Value is string dataClass)
                CheckClass(context, classes, dataClass, property.Name, IsSearchable(attribute), place);
        }
    }

    private static void CheckClass(SymbolAnalysisContext context, DataClassFile classes, string dataClass, string property, bool isSearchable, Location place)
    {
        if (!classes.Has(dataClass))
            context.ReportDiagnostic(Diagnostic.Create(Rules.UnknownClass, place, dataClass, classes.Names));
        else if (isSearchable && !classes.IsSearchAllowed(dataClass))
            context.ReportDiagnostic(Diagnostic.Create(Rules.SearchNotAllowed, place, property, dataClass));
    }

    private static bool IsSearchable(AttributeData attribute)
    {
        foreach (var named in attribute.NamedArguments)
        {
            if (named.Key is "Searchable")
                return named.Value.Value is true;
        }

        return false;
    }

    // Protect(c => c.Email, "email"), and rules["email"]: whatever takes the name of a class.
    private static void CheckArgument(OperationAnalysisContext context, DataClassFile classes)
    {
        var argument = (IArgumentOperation)context.Operation;
        if (argument.Parameter is not { Name: "dataClass", ContainingSymbol.ContainingNamespace: { } place }
            || !place.ToDisplayString().StartsWith("Keyreeve.Client", StringComparison.Ordinal)
            || argument.Value.ConstantValue is not { HasValue: true, Value: string dataClass }
            || classes.Has(dataClass))
            return;
        // What is marked is said at the property.
        if (argument.Parameter.ContainingType.Name is not "ProtectedAttribute")
            context.ReportDiagnostic(Diagnostic.Create(Rules.UnknownClass, argument.Value.Syntax.GetLocation(), dataClass, classes.Names));
    }

    private static void CheckContext(OperationAnalysisContext context, INamedTypeSymbol encryptionContext)
    {
        var call = (IInvocationOperation)context.Operation;
        if (call.TargetMethod.Name is not ("Of" or "Create") || !SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType, encryptionContext))
            return;
        if (call.Arguments.Length == 1 && IsEmpty(call.Arguments[0]))
            context.ReportDiagnostic(Diagnostic.Create(Rules.EmptyContext, call.Syntax.GetLocation()));
    }

    private static bool IsEmpty(IArgumentOperation argument)
    {
        var value = argument.Value;
        while (value is IConversionOperation conversion)
            value = conversion.Operand;
        return value switch
        {
            ICollectionExpressionOperation collection => collection.Elements.IsEmpty,
            IArrayCreationOperation { Initializer: { } initializer } => initializer.ElementValues.IsEmpty,
            _ => argument.ArgumentKind is ArgumentKind.ParamArray or ArgumentKind.ParamCollection && value is IDefaultValueOperation,
        };
    }
}

using Microsoft.CodeAnalysis;

namespace Keyreeve.Analyzers;

/// <summary>What is found, each with its number.</summary>
internal static class Rules
{
    private const string Category = "Keyreeve";

    public static readonly DiagnosticDescriptor UnknownClass = new(
        "KRV001", "The data class has no rule", "The data class '{0}' has no rule; there are: {1}", Category, DiagnosticSeverity.Error, isEnabledByDefault: true,
        "A program whose properties are marked with a class that its file of data classes lacks does not start.");

    public static readonly DiagnosticDescriptor SearchNotAllowed = new(
        "KRV002", "The data class does not allow search", "'{0}' is searchable, which the data class '{1}' does not allow", Category, DiagnosticSeverity.Error, isEnabledByDefault: true,
        "A blind index shows which rows are equal; whether that may be known is said at the class, by 'search = yes'.");

    public static readonly DiagnosticDescriptor NotEncryptable = new(
        "KRV003", "The property cannot be encrypted", "'{0}' cannot be encrypted: {1}", Category, DiagnosticSeverity.Error, isEnabledByDefault: true,
        "What is encrypted has to be written as JSON, and put back when it is read.");

    public static readonly DiagnosticDescriptor EmptyContext = new(
        "KRV004", "An empty context is written out", "This context is empty, so what is encrypted under it opens anywhere: say EncryptionContext.Empty, or what it belongs to", Category,
        DiagnosticSeverity.Warning, isEnabledByDefault: true, "A context without pairs binds a ciphertext to nothing.");
}

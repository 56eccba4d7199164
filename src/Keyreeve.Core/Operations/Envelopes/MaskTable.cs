using System.Collections.Frozen;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Envelopes;

/// <summary>What is shown of the values of each data class to those who may see the mask alone: an immutable snapshot of the configuration.</summary>
public sealed class MaskTable
{
    /// <summary>The pair of a context that says the data class of a value.</summary>
    public const string ClassPair = "class";

    private readonly FrozenDictionary<string, MaskRule> _rules;

    /// <summary>Makes the table.</summary>
    /// <param name="rules">Rules by data class.</param>
    public MaskTable(IEnumerable<KeyValuePair<string, MaskRule>> rules) => _rules = rules.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>No class: nothing is shown masked.</summary>
    public static MaskTable Empty { get; } = new([]);

    /// <summary>The rule for a value of this context. It is the context's, which is bound to the value: no caller chooses the rule.</summary>
    /// <exception cref="KeyreeveException">The context names no class, or one that has no rule.</exception>
    public MaskRule RuleFor(EncryptionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.Pairs.TryGetValue(ClassPair, out var dataClass))
            throw new KeyreeveException(KeyreeveError.InvalidField, $"Only a value whose context says its data class, as '{ClassPair}', can be shown masked.");
        return _rules.TryGetValue(dataClass, out var rule)
            ? rule
            : throw new KeyreeveException(KeyreeveError.InvalidField, "The server's configuration has no mask for this data class.");
    }
}

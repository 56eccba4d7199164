namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>
/// Which part of a message a request brings: the whole, which is the default, or one of several that are joined by the
/// Correlation Value of the first one's answer. KMIP 2.1 §7.8.
/// </summary>
public readonly record struct StreamPart
{
    /// <summary>What the answer to the first part gave; null with the first part and with a message in one piece.</summary>
    public ReadOnlyMemory<byte>? CorrelationValue { get; init; }

    /// <summary>Init Indicator: the first part.</summary>
    public bool IsFirst { get; init; }

    /// <summary>Final Indicator: the last part.</summary>
    public bool IsLast { get; init; }

    /// <summary>Whether it is the whole message.</summary>
    public bool IsWhole => CorrelationValue is null && (!IsFirst || IsLast);

    /// <summary>Whether it is the first of several.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it begins a message and goes on with one.</exception>
    internal bool IsFirstOfSeveral => CorrelationValue is null
        ? IsFirst && !IsLast
        : !IsFirst ? false : throw new KeyreeveException(KeyreeveError.InvalidField, "A part with an Init Indicator has no Correlation Value yet.");
}

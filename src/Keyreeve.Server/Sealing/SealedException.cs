using Keyreeve.Core;

namespace Keyreeve.Server.Sealing;

/// <summary>No seal slot opens the root key now.</summary>
/// <param name="generation">Which root key the store hangs from.</param>
/// <param name="refusal">Why not.</param>
internal sealed class SealedException(int generation, KeyreeveException refusal) : Exception(refusal.Message, refusal)
{
    /// <summary>Which root key the store hangs from.</summary>
    public int Generation { get; } = generation;

    /// <summary>Why not, as it is said where no sealed server is wanted.</summary>
    public KeyreeveException Refusal { get; } = refusal;
}

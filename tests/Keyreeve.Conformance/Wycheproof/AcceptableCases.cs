namespace Keyreeve.Conformance.Wycheproof;

/// <summary>
/// Wycheproof leaves some results to the implementation ("acceptable"). We decide each once, here, and hold ourselves to it
/// as strictly as to the rest; docs/crypto.md repeats the table.
/// </summary>
internal static class AcceptableCases
{
    // The first row whose flag a vector carries decides.
    private static readonly Decision[] Decisions =
    [
        new("ShortKey", OutcomeKind.Rejected, "SP 800-38F wants two semiblocks at least; a key of 8 bytes is no key"),
        new("ZeroSharedSecret", OutcomeKind.Rejected, "RFC 7748 §6.1: an all-zero secret means the peer contributed nothing"),
        new("Twist", OutcomeKind.Accepted, "X25519 and X448 are made to be safe on the twist (RFC 7748 §7)"),
        new("NonCanonicalPublic", OutcomeKind.Accepted, "RFC 7748 §5: MUST accept non-canonical values"),
        new("CompressedPoint", OutcomeKind.Accepted, "SEC 1 §2.3.4 and RFC 5480 §2.2 permit it, KMIP has a key format for it"),
        new("UnnamedCurve", OutcomeKind.Rejected, "RFC 5480 §2.1.1: specifiedCurve MUST NOT be used"),
        new("InvalidAsn", OutcomeKind.Rejected, "keys are DER: exactly one encoding"),
        new("InvalidPem", OutcomeKind.Rejected, "the PEM carries keys that are not DER"),
        new("MissingNull", OutcomeKind.Rejected, "RFC 8017 §9.2: the parameters are NULL; one encoding only"),
        new("SmallIntegerCiphertext", OutcomeKind.Accepted, "a correct encryption that happens to be a small number"),
        new("NegativeOfPrime", OutcomeKind.Rejected, "a prime is a positive number"),
    ];

    public static OutcomeKind Decide(IReadOnlyCollection<string> flags) =>
        Decisions.FirstOrDefault(d => flags.Contains(d.Flag, StringComparer.Ordinal))?.Kind
        ?? throw new InvalidDataException($"undecided: {string.Join(',', flags)}");

    /// <summary>The flags in the order in which they decide, with what we do and why.</summary>
    public static IEnumerable<(string Flag, OutcomeKind Kind, string Reason)> All =>
        Decisions.Select(d => (d.Flag, d.Kind, d.Reason));

    private sealed record Decision(string Flag, OutcomeKind Kind, string Reason);
}

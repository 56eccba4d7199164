namespace Keyreeve.Conformance.Wycheproof;

/// <summary>What our code made of one test vector.</summary>
internal readonly record struct Outcome(OutcomeKind Kind, string Detail = "")
{
    /// <summary>The operation succeeded, and its result is the one in the file.</summary>
    public static Outcome Accepted => new(OutcomeKind.Accepted);

    /// <summary>The operation was refused, in the way the API promises: false, or its documented exception.</summary>
    public static Outcome Rejected => new(OutcomeKind.Rejected);

    /// <summary>The operation succeeded, but with another result than the file's.</summary>
    public static Outcome Different(string detail) => new(OutcomeKind.Different, detail);

    /// <summary>Accepted when true, rejected when false.</summary>
    public static Outcome From(bool accepted) => accepted ? Accepted : Rejected;

    /// <summary>Accepted when the bytes are the file's, different otherwise.</summary>
    public static Outcome Compare(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual, string what) =>
        expected.SequenceEqual(actual)
            ? Accepted
            : Different($"{what} is {Convert.ToHexStringLower(actual)}, the file says {Convert.ToHexStringLower(expected)}");
}

internal enum OutcomeKind
{
    None = 0,
    Accepted = 1,
    Rejected = 2,
    Different = 3,
}

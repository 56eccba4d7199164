namespace Keyreeve.Benchmarks;

/// <summary>What was asked for cannot be done; the message says what can.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>What the command line asks for.</summary>
internal sealed record BenchArguments
{
    /// <summary>What <c>--help</c> prints, without the rows.</summary>
    public const string Usage = """
        usage: bench/run [--quick] [--json FILE] [--only NAME]...

        Measures Keyreeve against references, in one run and in turn, and prints a table of ratios.

          --quick       fewer and shorter rounds: below 60 s in all, and less exact
          --json FILE   writes the table to FILE as well, as JSON
          --only NAME   only the row of that name, or all whose name begins with it; may be repeated
          --help        this, and the rows there are

        A ratio of 1 means as fast as the reference; docs/bench.md says what each row means.
        """;

    /// <summary>Fewer and shorter rounds.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Print the help and end.</summary>
    public bool IsHelp { get; init; }

    /// <summary>Where the table goes as JSON.</summary>
    public string? JsonFile { get; init; }

    /// <summary>Names of rows or groups of rows; empty for all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Reads the command line.</summary>
    /// <exception cref="UsageException">An argument is unknown or lacks its value.</exception>
    public static BenchArguments Parse(IReadOnlyList<string> arguments)
    {
        var parsed = new BenchArguments();
        for (var i = 0; i < arguments.Count; i++)
        {
            parsed = arguments[i] switch
            {
                "--quick" => parsed with { IsQuick = true },
                "-h" or "--help" => parsed with { IsHelp = true },
                "--json" => parsed with { JsonFile = CheckFolder(Value(arguments, ref i)) },
                "--only" => parsed with { Only = [.. parsed.Only, Value(arguments, ref i)] },
                var other => throw new UsageException($"'{other}' is no argument here; --help lists those there are."),
            };
        }

        return parsed;
    }

    private static string Value(IReadOnlyList<string> arguments, ref int i) =>
        ++i < arguments.Count && !arguments[i].StartsWith("--", StringComparison.Ordinal)
            ? arguments[i]
            : throw new UsageException($"{arguments[i - 1]} needs a value; --help says which.");

    // Said now, not after minutes of measuring.
    private static string CheckFolder(string file) => Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))
        ? file
        : throw new UsageException($"'{file}' cannot be written: its folder does not exist.");
}

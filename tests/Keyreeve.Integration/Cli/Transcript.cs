using System.Text;
using System.Text.RegularExpressions;
using Xunit;

namespace Keyreeve.Integration.Cli;

/// <summary>
/// A session on a terminal, written down: lines that begin with <c>$</c> are typed, what follows is what comes out. In the output
/// <c>…</c> stands for anything within a line, and alone on a line for any lines; <c>[exit 3]</c> at the end says the exit code,
/// which is 0 otherwise. Lines that begin with <c># </c> are remarks.
/// </summary>
internal sealed class Transcript
{
    private readonly string _name;
    private readonly List<Step> _steps;

    private Transcript(string name, List<Step> steps)
    {
        _name = name;
        _steps = steps;
    }

    /// <summary>All sessions, by the names of their files.</summary>
    public static IEnumerable<string> Names(string kind)
    {
        var folder = Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Cli", "Sessions", kind);
        var names = Directory.EnumerateFiles(folder, "*.session").Select(static path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).ToList();
        return names.Count > 0 ? names : throw new InvalidOperationException($"There are no sessions in '{folder}'.");
    }

    public static Transcript Read(string kind, string name)
    {
        var path = Path.Combine(Repository.Root, "tests", "Keyreeve.Integration", "Cli", "Sessions", kind, name + ".session");
        var steps = new List<Step>();
        foreach (var line in File.ReadAllLines(path))
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
                steps.Add(new Step(line[2..]));
            else if (line.StartsWith("# ", StringComparison.Ordinal))
                continue;
            else if (steps.Count == 0)
                Assert.True(line.Length == 0, $"{name}: '{line}' stands before the first command.");
            else if (Regex.Match(line, @"^\[exit (?<code>\d+)\]$", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1)) is { Success: true } match)
                steps[^1].ExitCode = int.Parse(match.Groups["code"].Value, System.Globalization.CultureInfo.InvariantCulture);
            else
                steps[^1].Expected.Add(line);
        }

        return new Transcript(name, steps);
    }

    /// <summary>Types the session into a shell, in that folder, with those variables.</summary>
    public async Task RunAsync(string folder, params IEnumerable<(string Name, string Value)> variables)
    {
        Assert.NotEmpty(_steps);
        foreach (var step in _steps)
        {
            var start = CliProcess.Command(folder, "/bin/bash");
            foreach (var (name, value) in variables)
                start.Environment[name] = value;
            foreach (var argument in (string[])["-o", "pipefail", "-c", $"exec 2>&1; {step.Command}"])
                start.ArgumentList.Add(argument);
            using var process = System.Diagnostics.Process.Start(start)!;
            var finished = await CliProcess.FinishAsync(process, []);
            Assert.True(
                step.Fits(finished.Text) && step.ExitCode == finished.ExitCode,
                $"{_name}:\n$ {step.Command}\nexpected exit code {step.ExitCode} and\n{string.Join('\n', step.Expected)}\n\nbut there was {finished}");
        }
    }

    private sealed class Step(string command)
    {
        public string Command { get; } = command;

        public List<string> Expected { get; } = [];

        public int ExitCode { get; set; }

        public bool Fits(string output)
        {
            var pattern = new StringBuilder("^");
            foreach (var line in Trimmed())
            {
                pattern.Append(line is "…" ? @"(?:[^\n]*\n)*?" : Regex.Escape(line).Replace("…", "[^\n]*", StringComparison.Ordinal) + "\n");
            }

            var text = output.Length == 0 || output.EndsWith('\n') ? output : output + "\n";
            return Regex.IsMatch(text, pattern.Append('$').ToString(), RegexOptions.None, TimeSpan.FromSeconds(5));
        }

        /// <summary>Blank lines at the end separate the commands for the eye.</summary>
        private IEnumerable<string> Trimmed()
        {
            var count = Expected.Count;
            while (count > 0 && Expected[count - 1].Length == 0)
                count--;
            return Expected.Take(count);
        }
    }
}

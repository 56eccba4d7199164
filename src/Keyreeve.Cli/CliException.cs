namespace Keyreeve.Cli;

/// <summary>A command that cannot be carried out, said for people: what is wrong, and what to do next.</summary>
internal sealed class CliException(int exitCode, string message, string? next = null) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>The next step; null when the message says it.</summary>
    public string? Next { get; } = next;
}

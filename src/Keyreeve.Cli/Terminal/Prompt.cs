namespace Keyreeve.Cli.Terminal;

/// <summary>Questions to a person.</summary>
internal static class Prompt
{
    /// <summary>Asks on the terminal. Null when there is none, or no answer.</summary>
    public static string? Ask(string question)
    {
        if (Console.IsInputRedirected || Console.IsErrorRedirected)
            return null;
        Console.Error.Write(question);
        return Console.In.ReadLine()?.Trim();
    }
}

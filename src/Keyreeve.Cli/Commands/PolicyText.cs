using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary>Policies as files, and their differences as they are shown.</summary>
internal static class PolicyText
{
    public static Argument<string> Argument() => new("file") { Description = "The policy, as 'keyreeve policy export' writes it; - for standard input" };

    public static async Task<string> ReadAsync(string path, CancellationToken cancellationToken) =>
        path is "-" ? await Console.In.ReadToEndAsync(cancellationToken) : await File.ReadAllTextAsync(path, cancellationToken);

    /// <summary>Does something with a policy's text, and says so in the words of the command line if that is no JSON.</summary>
    public static async Task<T> WithAsync<T>(string path, Func<string, Task<T>> work, CancellationToken cancellationToken)
    {
        var text = await ReadAsync(path, cancellationToken);
        try
        {
            return await work(text);
        }
        catch (JsonException malformed)
        {
            throw new CliException(ExitCode.Usage, $"'{path}' is not JSON{PlaceOf(malformed)}.", "keyreeve policy export shows what a policy looks like");
        }
    }

    // Counted from one, as editors count.
    private static string PlaceOf(JsonException malformed) =>
        malformed is { LineNumber: { } line, BytePositionInLine: { } column } ? string.Create(CultureInfo.InvariantCulture, $" at line {line + 1}, byte {column + 1}") : "";

    public static void Write(ClientSession session, ClientPolicyOutcome outcome, string ifNone)
    {
        if (session.Output.IsJson)
        {
            session.Output.WriteJson(outcome);
            return;
        }

        foreach (var change in outcome.Changes)
            session.Output.WriteRemark($"{(change.Change is "added" ? '+' : '-')} {change.What} {change.Text}");
        if (outcome.Changes.IsEmpty) session.Output.WriteRemark(ifNone);
        foreach (var warning in outcome.Warnings) session.Output.WriteRemark($"! {warning}");
    }
}

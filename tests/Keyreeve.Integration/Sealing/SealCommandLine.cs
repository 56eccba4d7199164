using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Keyreeve.Integration.Cli;
using Xunit;

namespace Keyreeve.Integration.Sealing;

/// <summary><c>keyreeve seal …</c> as people type it, each with the configuration that enrolment has left him.</summary>
internal sealed class SealCommandLine(string folder)
{
    /// <summary>Runs a command that is to succeed.</summary>
    public async Task<string> SayAsync(string configuration, params string[] words) => (await RunAsync(configuration, "", words)).Expect(0);

    /// <summary>Runs a command that ends as it may.</summary>
    public async Task<Said> TryAsync(string configuration, params string[] words) => await RunAsync(configuration, "", words);

    /// <summary>Enters a share through standard input.</summary>
    public async Task<Said> UnsealAsync(string configuration, string share) => await RunAsync(configuration, share + "\n", ["unseal"]);

    /// <summary>The slots, as JSON has them.</summary>
    public async Task<List<JsonObject>> SlotsAsync(string configuration) => Rows((await RunAsync(configuration, "", ["status", "--output", "json"])).Expect(0));

    /// <summary>The identity of a slot of a kind and a generation.</summary>
    public async Task<string> SlotAsync(string configuration, string kind, int generation) => (await SlotsAsync(configuration))
        .Single(slot => slot["kind"]!.GetValue<string>() == kind && slot["generation"]!.GetValue<int>() == generation)["id"]!.GetValue<string>();

    /// <summary>Asks until the status says what is waited for.</summary>
    public async Task WaitAsync(string configuration, string words)
    {
        var last = "";
        for (var i = 0; i < 240; i++)
        {
            var said = await RunAsync(configuration, "", ["status"]);
            last = said.Text;
            if (said.ExitCode == 0 && said.Text.Contains(words, StringComparison.Ordinal)) return;
            await Task.Delay(250);
        }

        Assert.Fail($"'{words}' was not said in time; but: {last}");
    }

    /// <summary>Asks until every object is under the tenant's newest key, and the older ones are gone.</summary>
    public async Task<JsonObject> WaitForTenantKeyAsync(string configuration)
    {
        for (var i = 0; i < 240; i++)
        {
            var progress = JsonNode.Parse(await SayAsync(configuration, "tenant-key", "--output", "json"))!.AsObject();
            if (progress["versions"]!.AsArray().Count == 1) return progress;
            await Task.Delay(250);
        }

        throw new TimeoutException("The tenant's old key was not destroyed.");
    }

    private async Task<Said> RunAsync(string configuration, string input, string[] words)
    {
        var finished = await CliProcess.RunAsync(folder, Encoding.ASCII.GetBytes(input), ["seal", .. words, "--config", configuration]);
        return new Said(finished.ExitCode, finished.Text + finished.Errors, finished.Text);
    }

    // A table as JSON, with a remark behind it.
    private static List<JsonObject> Rows(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes);
        return [.. JsonNode.Parse(ref reader)!.AsArray().Select(static row => row!.AsObject())];
    }
}

/// <summary>What a command said.</summary>
internal sealed record Said(int ExitCode, string Text, string Output)
{
    /// <summary>Its standard output, if it ended as expected.</summary>
    public string Expect(int exitCode)
    {
        Assert.True(exitCode == ExitCode, $"exit code {ExitCode} instead of {exitCode}: {Text}");
        return Output;
    }
}

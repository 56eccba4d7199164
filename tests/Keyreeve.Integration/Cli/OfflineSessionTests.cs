using Xunit;

namespace Keyreeve.Integration.Cli;

public sealed class OfflineSessionTests
{
    public static TheoryData<string> Sessions() => [.. Transcript.Names("offline")];

    [Theory]
    [MemberData(nameof(Sessions))]
    public async Task Session_TypedAgain_GivesTheSame(string name)
    {
        using var scratch = new Scratch();

        await Transcript.Read("offline", name).RunAsync(scratch.Folder);
    }
}

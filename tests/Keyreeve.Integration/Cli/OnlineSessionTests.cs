using Xunit;

namespace Keyreeve.Integration.Cli;

[Trait("Speed", "Slow")]
public sealed class OnlineSessionTests
{
    public static TheoryData<string> Sessions() => [.. Transcript.Names("online")];

    [Theory]
    [MemberData(nameof(Sessions))]
    [Trait("Attack", "39")]
    public async Task Session_TypedAgain_GivesTheSame(string name)
    {
        await using var server = await ServerProcess.StartNewAsync();
        using var home = new Scratch();

        await Transcript.Read("online", name).RunAsync(
            home.Folder,
            ("SERVER", server.Address),
            ("CODE", server.AdministratorCode),
            ("FINGERPRINT", server.Fingerprint),
            ("DATA", server.DataDirectory));
    }
}

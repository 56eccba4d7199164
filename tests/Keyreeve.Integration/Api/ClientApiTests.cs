using Keyreeve.Client;
using Xunit;

namespace Keyreeve.Integration.Api;

public sealed class ClientApiTests
{
    [Fact]
    public void PublicApi_OfClient_IsWhatTheFileSays() =>
        Snapshot.AssertEqual("src/Keyreeve.Client/PublicApi.txt", PublicApi.Describe(typeof(KeyreeveClient).Assembly));
}

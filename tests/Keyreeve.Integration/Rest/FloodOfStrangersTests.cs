using System.Text.Json.Nodes;
using Keyreeve.Integration.Audit;
using Xunit;

namespace Keyreeve.Integration.Rest;

/// <summary>Whoever knocks without being known must neither fill the trail's disk nor hide himself among others who do.</summary>
public sealed class FloodOfStrangersTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    [Trait("Speed", "Slow")]
    public async Task Refusals_MoreThanAreRecordedEach_AreCountedInTheTrailToTheLast()
    {
        const int Knocks = 400;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var nobody = server.Client();
            for (var i = 0; i < Knocks / 4; i++) (await nobody.GetAsync("/v1/keys")).Expect(401);
        }));

        await TrailFixture.UntilAsync(() => Recorded().Sum(CountOf) >= Knocks, "all refusals, recorded or counted");

        Assert.Equal(Knocks, Recorded().Sum(CountOf));
        Assert.InRange(Recorded().Count, 100, Knocks);
    }

    private List<JsonObject> Recorded() =>
        [.. server.ReadAudit().Select(static line => line["event"]!.AsObject()).Where(static e => e["operation"]!.GetValue<string>() == "Authenticate")];

    private static int CountOf(JsonObject record) => record["count"]?.GetValue<int>() ?? 1;
}

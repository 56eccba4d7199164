using Keyreeve.Kmip;
using Xunit;

namespace Keyreeve.Integration.Api;

public sealed class KmipApiTests
{
    [Fact]
    public void PublicApi_OfKmip_IsWhatTheFileSays() =>
        Snapshot.AssertEqual("src/Keyreeve.Kmip/PublicApi.txt", PublicApi.Describe(typeof(Tag).Assembly));
}

using Keyreeve.Server.Configuration;
using Xunit;

namespace Keyreeve.Integration.Configuration;

public sealed class SampleConfigurationTests
{
    [Fact]
    public void Sample_InTheRepository_IsWhatTheOptionTableSays() =>
        Snapshot.AssertEqual("deploy/keyreeve.conf", OptionTable.WriteSample());
}

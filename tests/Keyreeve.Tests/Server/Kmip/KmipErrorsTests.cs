using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip;
using Xunit;

namespace Keyreeve.Tests.Server.Kmip;

public sealed class KmipErrorsTests
{
    public static TheoryData<KeyreeveError> Errors => [.. Enum.GetValues<KeyreeveError>().Where(e => e != KeyreeveError.None)];

    [Theory]
    [MemberData(nameof(Errors))]
    public void ReasonFor_EveryErrorAndVersion_IsAReasonThatTheVersionHas(KeyreeveError error)
    {
        var table = NameTables.All.Single(static t => string.Equals(t.Name, nameof(ResultReason), StringComparison.Ordinal));
        foreach (var version in KmipRoutes.SupportedVersions)
        {
            var reason = KmipErrors.ReasonFor(error, version);
            // spec: KMIP 1.0 §9.1.3.2.28, 1.1 to 1.4 §9.1.3.2.29, 2.0 and 2.1 §11.46 "Result Reason Enumeration"
            var row = table.Find((uint)reason)!;
            Assert.True(version >= row.Introduced && (row.Last is null || version <= row.Last), $"{error} is {reason} in {version}");
        }
    }
}

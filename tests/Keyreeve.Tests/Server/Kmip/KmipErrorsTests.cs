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
        foreach (var version in KmipRoutes.SupportedVersions)
        {
            var reason = (uint)KmipErrors.ReasonFor(error, version);
            // spec: the last reason before General Failure: KMIP 1.0 §9.1.3.2.28: 11; 1.2 §9.1.3.2.29: 15; 1.4 §9.1.3.2.29: 18; 2.0 adds the others.
            var last = version.Major >= 2 ? uint.MaxValue : version >= ProtocolVersion.Kmip14 ? 0x18u : version >= ProtocolVersion.Kmip12 ? 0x15u : 0x11u;
            Assert.True(reason <= last || reason == (uint)ResultReason.GeneralFailure, $"{error} is {reason:X} in {version}");
        }
    }
}

using System.Collections.Immutable;
using System.ComponentModel;

namespace Keyreeve.Server.Rest.Messages;

[Description("What computes here, as it describes itself, and whether its answers were right.")]
internal sealed record CryptographyMessage
{
    [Description("The library, such as 'OpenSSL 3.0.15 3 Sep 2024'.")]
    public required string Library { get; init; }

    [Description("Its active providers.")]
    public required ImmutableArray<ProviderMessage> Providers { get; init; }

    [Description("Whether the library says that it runs in FIPS mode. It says nothing of this product, which is not validated.")]
    public required bool LibrarySaysFipsMode { get; init; }

    [Description("The mode of key groups that state none: 'strict' or 'approved'.")]
    public required string Mode { get; init; }

    [Description("Post-quantum families that the library has; of ML-KEM and ML-DSA there are keys then, over KMIP.")]
    public required ImmutableArray<string> PostQuantumInLibrary { get; init; }

    [Description("The last self-test.")]
    public required SelfTestMessage SelfTest { get; init; }
}

[Description("A provider of OpenSSL.")]
internal sealed record ProviderMessage
{
    [Description("Its name in OpenSSL's configuration.")]
    public required string Name { get; init; }

    [Description("What it calls itself.")]
    public string? Description { get; init; }

    [Description("Its version.")]
    public string? Version { get; init; }
}

[Description("What the known answers said.")]
internal sealed record SelfTestMessage
{
    [Description("Whether all came out, now and ever since the start. If not, no key is served.")]
    public required bool Passed { get; init; }

    [Description("When they were computed.")]
    public required DateTimeOffset Time { get; init; }

    [Description("How long that took, in milliseconds.")]
    public required double Milliseconds { get; init; }

    [Description("How many there are.")]
    public required int Answers { get; init; }

    [Description("Algorithms whose answers did not come out.")]
    public required ImmutableArray<string> Failed { get; init; }
}

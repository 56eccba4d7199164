using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Client.Json;
using Xunit;

namespace Keyreeve.Integration.Api;

public sealed class ClientApiTests
{
    public static TheoryData<Type> Packages =>
    [
        typeof(KeyreeveClient), typeof(EntityProtection), typeof(KeyreeveXmlEncryptor), typeof(EncryptedSettings), typeof(KeyProviderHealthCheck), typeof(KmipSigningKey),
        typeof(ProtectedJson),
    ];

    [Theory]
    [MemberData(nameof(Packages))]
    public void PublicApi_OfPackage_IsWhatTheFileSays(Type one) =>
        Snapshot.AssertEqual($"src/{one.Assembly.GetName().Name}/PublicApi.txt", PublicApi.Describe(one.Assembly));

    /// <summary>What the compiler does not say of members without a comment: that there is no file of them at all.</summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void Documentation_OfPackage_IsBuiltWithIt(Type one) =>
        Assert.Contains($"T:{one.FullName}", File.ReadAllText(Path.ChangeExtension(one.Assembly.Location, ".xml")), StringComparison.Ordinal);
}

using System.Xml.Linq;
using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.IdentityModel;
using Keyreeve.Client.Json;
using Keyreeve.Client.Pkcs11;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Api;

public sealed class ClientApiTests
{
    private const string Folder = "docs/api";

    private static readonly XmlComments Comments = new(Packages.Select(static row => row.Data.Assembly).Append(typeof(EncryptionContext).Assembly));

    public static TheoryData<Type> Packages =>
    [
        typeof(KeyreeveClient), typeof(EntityProtection), typeof(KeyreeveXmlEncryptor), typeof(EncryptedSettings), typeof(KeyProviderHealthCheck), typeof(KmipSigningKey),
        typeof(ProtectedJson), typeof(TokenProvider),
    ];

    [Theory]
    [MemberData(nameof(Packages))]
    public void PublicApi_OfPackage_IsWhatTheFileSays(Type one) =>
        Snapshot.AssertEqual($"src/{one.Assembly.GetName().Name}/PublicApi.txt", PublicApi.Describe(one.Assembly));

    /// <summary>
    /// The page has each type and member, and something is said of each. Its words are those of the comments at the time when it was written:
    /// a comment that is worded better is no other API.
    /// </summary>
    [Theory]
    [MemberData(nameof(Packages))]
    public void Reference_OfPackage_HasEveryMember(Type one) => AssertReference(one.Assembly.GetName().Name!, one.Assembly.GetExportedTypes());

    /// <summary>Of the engine below, what programs meet: the types in the packages' signatures, and what masks.</summary>
    [Fact]
    public void Reference_OfTheEngine_HasWhatThePackagesShowOfIt() =>
        AssertReference("Keyreeve.Crypto", ApiReference.InSignaturesOf(Packages.SelectMany(static row => row.Data.Assembly.GetExportedTypes()).Append(typeof(Mask)), typeof(Mask).Assembly).Append(typeof(Mask)).Distinct());

    private static void AssertReference(string package, IEnumerable<Type> types)
    {
        var reference = new ApiReference(package, types, Comments);
        var written = reference.Write(DescriptionOf(package));
        var page = $"{Folder}/{package}.md";
        if (Environment.GetEnvironmentVariable("KEYREEVE_UPDATE_SNAPSHOTS") is "1")
            Snapshot.AssertEqual(page, written);

        Assert.Empty(reference.Silent);
        Assert.Equal(ApiReference.DeclarationsOn(written), ApiReference.DeclarationsOn(File.ReadAllText(Path.Combine(Repository.Root, page))));
    }

    [Fact]
    public void Reference_ItsFirstPage_LeadsToEveryPackage()
    {
        var first = File.ReadAllText(Path.Combine(Repository.Root, Folder, "README.md"));
        Assert.All(Packages.Select(static row => row.Data.Assembly.GetName().Name).Append("Keyreeve.Crypto"), name => Assert.Contains($"]({name}.md)", first, StringComparison.Ordinal));
    }

    private static string DescriptionOf(string package) =>
        XDocument.Load(Path.Combine(Repository.Root, "src", package, package + ".csproj")).Descendants("Description").Single().Value;
}

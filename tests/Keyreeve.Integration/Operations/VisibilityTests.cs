using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>What those learn of an object who may know of it but not have it.</summary>
public sealed class VisibilityTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    private static readonly Principal Administrator = EngineFixture.PrincipalOf("administrator", TenantId.Default, null, Role.KeyAdministrator);
    private static readonly Principal Exporter = EngineFixture.PrincipalOf("exporter", TenantId.Default, null, Role.KeyExporter);
    private static readonly Principal Auditor = EngineFixture.PrincipalOf("auditor", TenantId.Default, null, Role.Auditor);

    [Fact]
    public async Task Digest_OfSecretData_IsForThoseAloneWhoMayGetIt()
    {
        var attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(128));
        var id = (await engine.RunAsync(new CreateOperation(), new CreateRequest { ObjectType = ObjectType.SecretData, Attributes = attributes })).Id;
        var digest = await DigestAsync(id, Exporter);
        Assert.NotNull(digest);
        Assert.Null(await DigestAsync(id, Administrator));
        Assert.DoesNotContain(
            (AttributeKey)AttributeName.Digest, (await engine.RunAsync(new GetAttributeListOperation(), new GetAttributeListRequest(id), Administrator)).Names);

        // Nor is a guess confirmed by a search.
        var search = new LocateRequest { Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.Digest, digest)] };
        Assert.Equal([id], (await engine.RunAsync(new LocateOperation(), search, Exporter)).Ids);
        Assert.Empty((await engine.RunAsync(new LocateOperation(), search, Administrator)).Ids);
    }

    [Fact]
    public async Task Digest_OfARandomKey_IsForAllWhoMayKnowOfIt()
    {
        var id = await engine.CreateAesAsync();
        Assert.NotNull(await DigestAsync(id, Administrator));
    }

    [Fact]
    [Trait("Attack", "29")]
    public async Task Lists_ForWhoHasNoRoleOnKeys_AreEmpty()
    {
        await engine.CreateAesAsync();
        Assert.Empty((await engine.RunAsync(new LocateOperation(), new LocateRequest { Attributes = [] }, Auditor)).Ids);
        Assert.Empty((await engine.RunAsync(new ListKeysOperation(), new ListKeysRequest(), Auditor)).Keys);
    }

    private async ValueTask<AttributeValue?> DigestAsync(UniqueIdentifier id, Principal principal) =>
        (await engine.RunAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id }, principal)).Attributes.Find(AttributeName.Digest);
}

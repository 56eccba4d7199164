using System.Net.Security;
using System.Text.Json.Nodes;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Integration.Kmip;

/// <summary>Why a key is used, stated in a Message Extension of the batch item, decides whether it is.</summary>
public sealed class KmipPurposeTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Get_PurposeThatTheGroupTakes_IsAllowedAndNoOtherIs_InEveryVersion()
    {
        using var admin = server.Client(server.Admin);
        var app = await server.EnrolAsync("purpose-app", "why", "use", "manage", "export");
        await using var client = ClientOf(app);
        var key = await client.CreateAsync(ObjectType.SymmetricKey, new AttributeList(
            KmipAttribute.CryptographicAlgorithm(CryptographicAlgorithm.AES), KmipAttribute.CryptographicLength(256), KmipAttribute.CryptographicUsageMask(CryptographicUsageMask.Encrypt)));
        var policy = (await admin.GetAsync("/v1/policy")).Expect(200).Json["policy"]!.DeepClone().AsObject();
        policy["purposes"] = JsonNode.Parse("""[{"code": "ticket"}, {"code": "curiosity"}]""");
        policy["groups"] = JsonNode.Parse("""[{"group": "why", "demandsPurpose": true, "purposes": ["ticket"]}]""");
        (await admin.SendAsync(HttpMethod.Put, "/v1/policy", new JsonObject { ["policy"] = policy })).Expect(200);

        await using var raw = await ConnectAsync(app);
        foreach (var version in new[] { ProtocolVersion.Kmip10, ProtocolVersion.Kmip14, ProtocolVersion.Kmip20, ProtocolVersion.Kmip21, ProtocolVersion.Kmip30 })
        {
            foreach (var isCritical in new[] { false, true })
            {
                Assert.Equal((ResultStatus.Success, null), await GetAsync(raw, version, key, Purpose("ticket", isCritical)));
                Assert.Equal(ResultReason.PermissionDenied, (await GetAsync(raw, version, key, Purpose("curiosity", isCritical))).Reason);
            }

            Assert.Equal(ResultReason.PermissionDenied, (await GetAsync(raw, version, key)).Reason);
            // Another vendor's extension of the same content says nothing to this server.
            Assert.Equal(ResultReason.PermissionDenied, (await GetAsync(raw, version, key, Purpose("ticket", isCritical: false, vendor: "keyreeve"))).Reason);
        }

        var told = server.ReadAudit().Where(r => (string?)r["event"]!["principal"] == "purpose-app" && (string?)r["event"]!["operation"] == "Get").ToList();
        Assert.Contains(told, static r => (string?)r["event"]!["purpose"] == "ticket" && (string?)r["event"]!["result"] == "Success");
    }

    [Fact]
    public async Task Get_ExtensionThatHoldsNoPurpose_IsRefusedAsMalformed()
    {
        await using var raw = await ConnectAsync(await server.EnrolAsync("purpose-malformed", "malformed", "use", "export"));
        var key = UniqueIdentifier.From("k");
        foreach (var extensions in new MessageExtension[][]
        {
            [Purpose("", isCritical: true)],
            [Purpose("two words", isCritical: true)],
            [Purpose(new string('p', 300), isCritical: true)],
            [Purpose("ticket", isCritical: true), Purpose("ticket", isCritical: true)],
            [Purpose("ticket", isCritical: true) with { VendorExtension = KmipValue.Structure() }],
            [Purpose("ticket", isCritical: true) with { VendorExtension = KmipValue.Structure(new KmipField(Tag.AttributeName, KmipValue.Text("purposes")), new KmipField(Tag.AttributeValue, KmipValue.Text("ticket"))) }],
        })
            Assert.Equal(ResultReason.InvalidField, (await GetAsync(raw, ProtocolVersion.Kmip21, key, extensions)).Reason);
    }

    [Fact]
    public async Task Get_CriticalExtensionOfSomebodyElse_RefusesTheMessage()
    {
        await using var raw = await ConnectAsync(await server.EnrolAsync("purpose-stranger", "stranger", "use", "export"));
        Assert.Equal(ResultReason.UnknownMessageExtension, (await GetAsync(raw, ProtocolVersion.Kmip21, UniqueIdentifier.From("k"), Purpose("ticket", isCritical: true, vendor: "Acme"))).Reason);
    }

    private static MessageExtension Purpose(string code, bool isCritical, string vendor = "Keyreeve") => new()
    {
        VendorIdentification = vendor,
        CriticalityIndicator = isCritical,
        VendorExtension = KmipValue.Structure(new KmipField(Tag.AttributeName, KmipValue.Text("purpose")), new KmipField(Tag.AttributeValue, KmipValue.Text(code))),
    };

    private Task<RawKmipClient> ConnectAsync(TestPrincipal principal) => RawKmipClient.ConnectAsync(server.KmipEndPoint, server.Authority, principal.Certificate);

    private KmipClient ClientOf(TestPrincipal principal) => new(new KmipClientOptions
    {
        Host = "127.0.0.1",
        Port = server.KmipEndPoint.Port,
        Tls = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ClientCertificates = [principal.Certificate],
            LocalCertificateSelectionCallback = (_, _, _, _, _) => principal.Certificate,
            CertificateChainPolicy = TestAuthority.TrustOnly(server.Authority),
        },
    });

    private static async Task<(ResultStatus Status, ResultReason? Reason)> GetAsync(RawKmipClient raw, ProtocolVersion version, UniqueIdentifier key, params MessageExtension[] extensions)
    {
        using var writer = new TtlvWriter();
        var message = new RequestWriter(writer);
        message.Begin(new RequestHeader { ProtocolVersion = version, BatchCount = 1 });
        message.WriteItem(new RequestBatchItem { Operation = Operation.Get, MessageExtensions = [.. extensions] }, new GetRequest { UniqueIdentifier = key });
        message.Complete();
        await raw.SendAsync(writer.WrittenSpan.ToArray());
        var answer = (await raw.ReceiveAsync())!.Value;
        return (answer.ResultStatus, answer.ResultReason);
    }
}

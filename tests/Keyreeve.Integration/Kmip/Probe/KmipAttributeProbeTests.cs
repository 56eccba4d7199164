using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;
using Keyreeve.Kmip.Ttlv;
using Xunit;

namespace Keyreeve.Integration.Kmip.Probe;

/// <summary>
/// Every attribute of every type of object in every version: it is told in the list, is found by Locate, and only by its own value,
/// and is changed and deleted as the rules of the standard say.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class KmipAttributeProbeTests(KmipDoor door) : IClassFixture<KmipDoor>
{
    private static readonly ProbeObject[] Kinds = Enum.GetValues<ProbeObject>()[1..];
    private static readonly DateTimeOffset Past = DateTimeOffset.FromUnixTimeSeconds(1_600_000_000);
    private static readonly DateTimeOffset Future = DateTimeOffset.FromUnixTimeSeconds(4_000_000_000);

    /// <summary>The versions.</summary>
    public static TheoryData<int, int> Versions => KmipProbeTests.Versions;

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Locate_ByEachAttributeThatAnObjectHas_FindsItAndNotByAnother(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        using var certificate = door.Enrol($"locating-{Guid.NewGuid()}", KmipDoor.InteropGroup);
        await using var client = door.Client(certificate, version);
        var faults = new List<string>();
        foreach (var kind in Kinds)
            foreach (var state in new[] { State.PreActive, State.Compromised })
            {
                if (kind == ProbeObject.Opaque && state != State.PreActive) continue;
                var (id, marker) = await MakeAsync(client, version, kind, state);
                var has = await client.GetAttributesAsync(id, default);
                var names = await client.GetAttributeListAsync(id);
                if (!has.Attributes.Select(a => a.Reference).Distinct().Order(ByName).SequenceEqual(names.Distinct().Order(ByName)))
                    faults.Add($"{version} {kind}: has {string.Join(", ", has.Attributes.Select(a => a.Reference).Distinct())}, lists {string.Join(", ", names)}");
                foreach (var attribute in has.Attributes)
                {
                    if (await FoundAsync(client, [marker, attribute with { Index = null }]) is var found && !found.SequenceEqual([id.ToString()]))
                        faults.Add($"{version} {kind} {state}: by {attribute} {string.Join(", ", found)}");
                    if (Another(attribute) is { } other && (await FoundAsync(client, [marker, other])).Count != 0)
                        faults.Add($"{version} {kind} {state}: by {other}, though it has {attribute}");
                }
            }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Attribute_ChangedAndDeleted_IsAsTheStandardsRulesSay(int major, int minor)
    {
        var version = new ProtocolVersion(major, minor);
        using var certificate = door.Enrol($"changing-{Guid.NewGuid()}", KmipDoor.InteropGroup);
        await using var client = door.Client(certificate, version);
        var faults = new List<string>();
        foreach (var kind in Kinds)
        {
            var (id, _) = await MakeAsync(client, version, kind, State.PreActive);
            foreach (var attribute in (await client.GetAttributesAsync(id)).Attributes)
            {
                var isClients = attribute.Reference.IsVendors || Changeable.Contains(attribute.Reference.Tag);
                if (Another(attribute) is { } other)
                {
                    var changed = await RefusalOfAsync(client.ModifyAttributeAsync(id, other with { Index = attribute.Index }, version.Major >= 2 ? attribute : null));
                    if (changed is null != (isClients || ChangeableBeforeUse.Contains(attribute.Reference.Tag))) faults.Add($"{version} {kind}: {attribute} changed: {changed ?? "yes"}");
                    if (changed is null) await client.ModifyAttributeAsync(id, attribute, version.Major >= 2 ? other : null);
                }

                var isDeletable = isClients && !NeverDeleted.Contains(attribute.Reference.Tag);
                var deleted = await RefusalOfAsync(DeleteAsync(client, version, id, attribute));
                if (deleted is null != isDeletable) faults.Add($"{version} {kind}: {attribute} deleted: {deleted ?? "yes"}");
            }
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>"Modifiable by client: Yes" in the rules of each attribute, KMIP 1.4 §3, KMIP 2.1 §4; of what these objects are made with.</summary>
    private static readonly HashSet<Tag> Changeable =
    [
        Tag.Name, Tag.ObjectGroup, Tag.Link, Tag.ApplicationSpecificInformation, Tag.ContactInformation, Tag.Description, Tag.Comment, Tag.ProtectionLevel, Tag.QuantumSafe,
        Tag.Sensitive, Tag.Extractable,
    ];

    /// <summary>"Yes, only while in Pre-Active state", as these objects are.</summary>
    private static readonly HashSet<Tag> ChangeableBeforeUse = [Tag.ActivationDate, Tag.ProcessStartDate, Tag.ProtectStopDate, Tag.DeactivationDate];

    /// <summary>"Deletable by client: No", though it may be changed.</summary>
    private static readonly HashSet<Tag> NeverDeleted = [Tag.Sensitive, Tag.Extractable];

    // One instance: by its index in KMIP 1.x, later by its value.
    private static async Task DeleteAsync(KmipClient client, ProtocolVersion version, UniqueIdentifier id, KmipAttribute attribute) =>
        (await client.SendAsync(version.Major == 1
            ? new DeleteAttributeRequest { UniqueIdentifier = id, AttributeReference = attribute.Reference, AttributeIndex = attribute.Index }
            : new DeleteAttributeRequest { UniqueIdentifier = id, CurrentAttribute = attribute })).Dispose();

    private static async Task<string?> RefusalOfAsync(Task change)
    {
        try
        {
            await change;
            return null;
        }
        catch (KmipException refused)
        {
            return $"{refused.ResultReason}, {refused.Message}";
        }
    }

    private static Comparer<AttributeReference> ByName { get; } = Comparer<AttributeReference>.Create(static (a, b) => string.CompareOrdinal(a.ToName(), b.ToName()));

    private static async Task<List<string>> FoundAsync(KmipClient client, KmipAttribute[] attributes)
    {
        try
        {
            return [.. (await client.LocateAsync(new AttributeList([.. attributes]))).Select(static id => id.ToString())];
        }
        catch (KmipException refused)
        {
            return [$"{refused.ResultReason}: {refused.Message}"];
        }
    }

    private static async Task<(UniqueIdentifier Id, KmipAttribute Marker)> MakeAsync(KmipClient client, ProtocolVersion version, ProbeObject kind, State state)
    {
        var unique = Guid.NewGuid().ToString();
        var marker = KmipAttribute.Vendor("x", "marker", KmipValue.Text(unique));
        var stated = Stated(version, kind, state, unique).Where(a => AttributeTable.IsDefined(a.Reference, version)).Append(marker);
        var id = await client.RegisterAsync(ProbeObjects.ValueOf(kind), new AttributeList([.. stated]));
        if (state != State.PreActive) await client.ActivateAsync(id);
        if (state == State.Compromised) await client.RevokeAsync(id, new RevocationReason { RevocationReasonCode = RevocationReasonCode.KeyCompromise, RevocationMessage = "lost" }, Past);
        return (id, marker);
    }

    private static IEnumerable<KmipAttribute> Stated(ProtocolVersion version, ProbeObject kind, State state, string unique)
    {
        yield return KmipAttribute.Name($"first {unique}");
        yield return KmipAttribute.Name($"https://{unique}.example", NameType.URI);
        yield return KmipAttribute.ObjectGroup("group one");
        yield return KmipAttribute.ObjectGroup("group two");
        yield return KmipAttribute.ContactInformation("somebody");
        yield return KmipAttribute.ApplicationSpecificInformation("ssl", "www.example.com");
        yield return KmipAttribute.ApplicationSpecificInformation("tls", "other.example.com");
        yield return KmipAttribute.Vendor("x", "number", KmipValue.Integer(7));
        yield return KmipAttribute.Vendor("x", "flag", KmipValue.Boolean(true));
        yield return KmipAttribute.Vendor("x", "bytes", KmipValue.Bytes(new byte[] { 1, 2, 3 }));
        yield return KmipAttribute.Link(LinkType.ParentLink, UniqueIdentifier.From(unique));
        yield return new(Tag.Comment, KmipValue.Text("a comment"));
        yield return new(Tag.Description, KmipValue.Text("a description"));
        if (kind != ProbeObject.Opaque) yield return KmipAttribute.CryptographicUsageMask(ProbeObjects.AllUses);
        if (state == State.PreActive)
        {
            yield return KmipAttribute.Date(Tag.ActivationDate, Future);
            yield return KmipAttribute.Date(Tag.DeactivationDate, Future.AddDays(3));
            if (kind is ProbeObject.Aes or ProbeObject.Hmac)
            {
                yield return KmipAttribute.Date(Tag.ProcessStartDate, Future.AddDays(1));
                yield return KmipAttribute.Date(Tag.ProtectStopDate, Future.AddDays(2));
            }
        }

        yield return new(Tag.ProtectionLevel, KmipValue.Enumeration(ProtectionLevel.High));
        yield return new(Tag.QuantumSafe, KmipValue.Boolean(true));
    }

    /// <summary>The attribute with a value that the object does not have; null where that is another question.</summary>
    private static KmipAttribute? Another(KmipAttribute attribute) => attribute.Value.Type switch
    {
        TtlvType.TextString => attribute with { Index = null, Value = KmipValue.Text("nobody's") },
        TtlvType.Boolean => attribute with { Index = null, Value = KmipValue.Boolean(!attribute.Value.AsBoolean()) },
        TtlvType.DateTime => attribute with { Index = null, Value = KmipValue.DateTime(DateTimeOffset.FromUnixTimeSeconds(attribute.Value.AsUnixSeconds() - 5)) },
        TtlvType.Integer => attribute with { Index = null, Value = KmipValue.Integer(1 << 30) },
        TtlvType.ByteString => attribute with { Index = null, Value = KmipValue.Bytes(new byte[] { 9 }) },
        _ => null,
    };
}

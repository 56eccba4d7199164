using System.Xml.Linq;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// What cases make and do not destroy, and a way to remove it, so that no case finds what another has left: some end without
/// cleaning up, and so does every one that fails.
/// spec: KMIP Profiles 2.1 §4.7.2 "provided there is a separate mechanism to remove the created objects during testing".
/// </summary>
internal sealed class Leftovers
{
    private static readonly HashSet<string> Making = new(StringComparer.Ordinal)
    {
        "Create", "CreateKeyPair", "Register", "ReKey", "ReKeyKeyPair", "DeriveKey", "Certify", "ReCertify", "CreateSplitKey", "JoinSplitKey",
        "Import", "CreateUser", "CreateGroup", "CreateCredential",
    };

    private readonly Dictionary<string, (CaseFile Maker, XElement Header, string Type)> _left = new(StringComparer.Ordinal);

    /// <summary>Notes what an exchange has made and destroyed.</summary>
    public void Note(CaseFile maker, XElement request, XElement response)
    {
        foreach (var item in response.Elements("BatchItem"))
        {
            if ((string?)item.Element("ResultStatus")?.Attribute("value") != "Success" || item.Element("ResponsePayload") is not { } payload) continue;
            var operation = CaseMessage.OperationOf(item);
            foreach (var identifier in payload.Elements().Where(e => e.Name.LocalName.EndsWith("UniqueIdentifier", StringComparison.Ordinal)))
            {
                var name = (string?)identifier.Attribute("value") ?? "";
                if (Making.Contains(operation)) _left[name] = (maker, HeaderOf(request), (string?)identifier.Attribute("type") ?? "TextString");
                else if (operation is "Destroy" or "Obliterate") _left.Remove(name);
            }
        }
    }

    /// <summary>Destroys what is left, in the version in which it was made; what cannot be destroyed stays.</summary>
    /// <param name="transport">To the server.</param>
    /// <param name="isNeeded">Whether a later case goes on from what this one made.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task RemoveAsync(ITransport transport, Func<CaseFile, bool> isNeeded, CancellationToken cancellationToken)
    {
        foreach (var (name, (maker, header, type)) in _left.ToList())
        {
            if (isNeeded(maker)) continue;
            _left.Remove(name);
            var identifier = new XElement("UniqueIdentifier", new XAttribute("type", type), new XAttribute("value", name));
            var compromised = new XElement(
                "RevocationReason", new XElement("RevocationReasonCode", new XAttribute("type", "Enumeration"), new XAttribute("value", "KeyCompromise")));
            try
            {
                if (!await SucceedsAsync(transport, header, "Destroy", [identifier], cancellationToken)
                    && await SucceedsAsync(transport, header, "Revoke", [identifier, compromised], cancellationToken))
                    await SucceedsAsync(transport, header, "Destroy", [identifier], cancellationToken);
            }
            catch (Exception e) when (e is IOException or TtlvException)
            {
                // Then it stays; the case that finds it says so.
                continue;
            }
        }
    }

    private static async Task<bool> SucceedsAsync(
        ITransport transport, XElement header, string operation, IReadOnlyList<XElement> payload, CancellationToken cancellationToken)
    {
        var request = new XElement(
            "RequestMessage",
            header,
            new XElement(
                "BatchItem",
                new XElement("Operation", new XAttribute("type", "Enumeration"), new XAttribute("value", operation)),
                new XElement("RequestPayload", payload)));
        var response = await transport.ExchangeAsync(request, cancellationToken);
        return (string?)response.Element("BatchItem")?.Element("ResultStatus")?.Attribute("value") == "Success";
    }

    /// <summary>Version and credentials of the request that made the object, for one item.</summary>
    private static XElement HeaderOf(XElement request)
    {
        var header = request.Element("RequestHeader")!;
        var one = new XElement("RequestHeader", header.Element("ProtocolVersion"), header.Element("Authentication"));
        if (header.Element("BatchCount") is not null) one.Add(new XElement("BatchCount", new XAttribute("type", "Integer"), new XAttribute("value", "1")));
        return one;
    }
}

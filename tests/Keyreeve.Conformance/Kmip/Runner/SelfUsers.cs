using System.Xml.Linq;

namespace Keyreeve.Conformance.Kmip.Runner;

/// <summary>
/// The users and devices whose credentials stand in cases: on our own server an officer creates them before the case that needs them,
/// as anywhere, and gives them another password when a case has another. Users that a case creates itself are left to it, and so is a credential that it expects to be refused.
/// </summary>
internal sealed class SelfUsers(ServerUnderTest officer, Encoding encoding)
{
    private static readonly string[] DeviceFields = ["DeviceSerialNumber", "DeviceIdentifier", "NetworkIdentifier", "MachineIdentifier", "MediaIdentifier"];

    /// <summary>Who is known, by which password, and as which object.</summary>
    private readonly Dictionary<string, (string Password, string Id)> _known = new(StringComparer.Ordinal);

    /// <summary>Creates whom a case needs.</summary>
    /// <exception cref="InvalidOperationException">The server refuses to.</exception>
    public async Task ProvideAsync(CaseFile played, CancellationToken cancellationToken)
    {
        var own = played.Messages.SelectMany(static m => m.Xml.Elements("BatchItem"))
            .Where(static item => CaseMessage.OperationOf(item) == "CreateUser")
            .SelectMany(static item => item.Descendants("Name")).Select(static name => (string?)name.Attribute("value")).ToHashSet();
        for (var i = 0; i + 1 < played.Messages.Count; i += 2)
        {
            if (IsRefused(played.Messages[i + 1].Xml)) continue;
            foreach (var credential in played.Messages[i].Xml.Descendants("Credential").Select(static c => c.Element("CredentialValue")).OfType<XElement>())
            {
                if (Value(credential, "Username") is { } name && !own.Contains(name)) await UserAsync(name, Value(credential, "Password") ?? "", cancellationToken);
                else if (DeviceFields.Any(field => credential.Element(field) is not null)) await DeviceAsync(credential, cancellationToken);
            }
        }
    }

    private async Task UserAsync(string name, string password, CancellationToken cancellationToken)
    {
        var isKnown = _known.TryGetValue($"user {name}", out var known);
        if (isKnown && known.Password == password) return;
        var credential = await AskAsync(
            "CreateCredential",
            [Item("CredentialType", "Enumeration", "Password"), new XElement("PasswordCredential", Item("Password", "TextString", password))], cancellationToken);
        var link = Item("CredentialLink", "Reference", credential);
        var id = isKnown
            ? await AskAsync("ModifyAttribute", [Item("UniqueIdentifier", "Identifier", known.Id), new XElement("NewAttribute", link)], cancellationToken)
            : await AskAsync("CreateUser", [new XElement("Attributes", link, Item("Name", "TextString", name))], cancellationToken);
        _known[$"user {name}"] = (password, id);
    }

    private async Task DeviceAsync(XElement device, CancellationToken cancellationToken)
    {
        var (who, password) = ("device " + string.Join('|', DeviceFields.Select(field => Value(device, field))), Value(device, "Password") ?? "");
        if (_known.TryGetValue(who, out var known))
        {
            if (known.Password == password) return;
            await AskAsync("Destroy", [Item("UniqueIdentifier", "Identifier", known.Id)], cancellationToken);
        }

        var id = await AskAsync("CreateCredential", [Item("CredentialType", "Enumeration", "Device"), new XElement("DeviceCredential", device.Elements())], cancellationToken);
        _known[who] = (password, id);
    }

    private async Task<string> AskAsync(string operation, IReadOnlyList<XElement> payload, CancellationToken cancellationToken)
    {
        await using var transport = Transports.Open(encoding, officer);
        var response = await transport.ExchangeAsync(
            new XElement(
                "RequestMessage",
                new XElement("RequestHeader", new XElement("ProtocolVersion", Item("ProtocolVersionMajor", "Integer", "3"), Item("ProtocolVersionMinor", "Integer", "0"))),
                new XElement("BatchItem", Item("Operation", "Enumeration", operation), new XElement("RequestPayload", payload))), cancellationToken);
        return (string?)response.Element("BatchItem")?.Element("ResponsePayload")?.Element("UniqueIdentifier")?.Attribute("value")
            ?? throw new InvalidOperationException($"{operation} is refused: {MessageXml.Show(response)}");
    }

    private static bool IsRefused(XElement response) => response.Descendants("ResultReason").Any(static r => (string?)r.Attribute("value") == "AuthenticationNotSuccessful");

    private static string? Value(XElement parent, string name) => (string?)parent.Element(name)?.Attribute("value");

    private static XElement Item(string name, string type, string value) => new(name, new XAttribute("type", type), new XAttribute("value", value));
}

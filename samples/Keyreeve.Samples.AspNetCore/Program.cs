using Keyreeve.Client;
using Keyreeve.Client.DataProtection;
using Keyreeve.Client.EncryptedConfiguration;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Client.Json;
using Keyreeve.Crypto;
using Keyreeve.Samples.AspNetCore;
using Microsoft.AspNetCore.DataProtection;

// Data Protection, encrypted settings, JSON and health in a web application. Needs a key that is called orders.
// Usage: client.conf FOLDER-OF-THE-KEY-RING
var settings = ClientSettings.Load(args[0]);
await using var provider = settings.OpenProvider();
using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);

var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls("http://127.0.0.1:0");

// What stands encrypted in appsettings.json or the environment; made once by whoever deploys:
var encrypted = await encryptor.EncryptSettingAsync("orders", "ConnectionStrings:Shop", "Host=db;Password=secret");
builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:Shop", encrypted)]);
builder.Configuration.DecryptWithKeyreeve(encryptor);

builder.Services.AddDataProtection()
    .PersistKeysToFileSystem(new DirectoryInfo(args[1]))
    .ProtectKeysWithKeyreeve(encryptor, "orders");
builder.Services.AddHealthChecks().AddKeyreeve(provider, "orders");

await using var app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/cookie", (IDataProtectionProvider protection) => protection.CreateProtector("cookie").Protect("anna"));
await app.StartAsync();

using var browser = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
Console.WriteLine($"health: {await browser.GetStringAsync("/health")}");
Console.WriteLine($"cookie: {(await browser.GetStringAsync("/cookie"))[..6]}…");
Console.WriteLine($"setting: {app.Configuration.GetConnectionString("Shop")}");

// Documents, of whose properties some are encrypted.
var json = new ProtectedJson(encryptor, DataClassRules.Parse("[card-number]\nlevel = field\nkey = orders\nmask = last-four", "data-classes.conf"));
var context = EncryptionContext.Of(("order", "4711"));
string document = json.Serialize(new Order { Number = 4711, Card = "4111111111111111" }, context);
Order? order = json.Deserialize<Order>(document, context);
Console.WriteLine($"document: {document[..28]}… holds {Mask.Apply(MaskRule.LastFour, order!.Card)}");
await app.StopAsync();

namespace Keyreeve.Samples.AspNetCore
{
    internal sealed class Order
    {
        public int Number { get; set; }

        [Protected("card-number")]
        public string Card { get; set; } = "";
    }
}

using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Client.HealthChecks;
using Keyreeve.Crypto;
using KeyreeveWebApi;
using Microsoft.EntityFrameworkCore;

var builder = WebApplication.CreateBuilder(args);
string PathOf(string file) => Path.Combine(builder.Environment.ContentRootPath, file);

// How each class of data is protected, and that every property marked with a class has a rule: else the program does not start.
var classes = DataClassRules.Load(PathOf("data-classes.conf"));
classes.Check(typeof(Customer).Assembly);

// Made once and kept as long as the program runs: all are safe for many threads.
var settings = ClientSettings.Load(PathOf("keyreeve/client.conf"));
await using var provider = settings.OpenProvider();
using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
// The key of searches, wrapped: it belongs to the database and into its backups.
using var indexKey = await BlindIndexKey.OpenOrCreateAsync(provider, "shop-data", PathOf("shop.index-key"));
var protection = new EntityProtection(encryptor) { DataClasses = classes, IndexKey = indexKey };

builder.Services.AddDbContext<Shop>(options => options.UseSqlite(builder.Configuration.GetConnectionString("Shop")).UseKeyreeve(protection));
builder.Services.AddHealthChecks().AddKeyreeve(provider, "shop-data");

await using var app = builder.Build();
await using (var scope = app.Services.CreateAsyncScope())
    await scope.ServiceProvider.GetRequiredService<Shop>().Database.EnsureCreatedAsync();

app.MapHealthChecks("/health");

app.MapPost("/customers", async (NewCustomer wanted, Shop shop) =>
{
    var customer = new Customer { Name = wanted.Name, Email = wanted.Email };
    shop.Add(customer);
    await shop.SaveChangesAsync();
    return Results.Created($"/customers/{customer.Id}", customer);
});

app.MapGet("/customers/{id:guid}", async (Guid id, Shop shop) =>
    await shop.Customers.FindAsync(id) is { } customer ? Results.Ok(customer) : Results.NotFound());

// By the blind index: the database sees neither the address that is looked for nor those it has.
app.MapGet("/customers", (string email, Shop shop) =>
    shop.Customers.WhereEncryptedEquals(c => c.Email, email).ToListAsync());

// For those who need not know more; which mask it is stands at the class.
app.MapGet("/customers/{id:guid}/masked", async (Guid id, Shop shop) =>
    await shop.Customers.FindAsync(id) is { } customer
        ? Results.Ok(new NewCustomer(Mask.Apply(classes["person-name"].Mask, customer.Name), Mask.Apply(classes["email"].Mask, customer.Email)))
        : Results.NotFound());

await app.RunAsync();

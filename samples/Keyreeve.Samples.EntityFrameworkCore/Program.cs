using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Samples.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

// Encrypted columns. Needs a key that is called orders.
// Usage: client.conf sqlite|postgres CONNECTION-STRING INDEX-KEY-FILE [encrypt-column]
var settings = ClientSettings.Load(args[0]);
await using var provider = settings.OpenProvider();
using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
using var indexKey = await BlindIndexKey.OpenOrCreateAsync(provider, "orders", args[3]);

var protection = new EntityProtection(encryptor) { IndexKey = indexKey };
var database = new DbContextOptionsBuilder<Shop>();
_ = args[1] is "postgres" ? database.UseNpgsql(args[2]) : database.UseSqlite(args[2]);
var options = database.UseKeyreeve(protection).Options;

if (args is [.., "encrypt-column"])
    await EncryptColumnAsync();
else
    await WriteAndFindAsync();

async Task WriteAndFindAsync()
{
    await using (var shop = new Shop(options))
    {
        await shop.Database.EnsureCreatedAsync();
        shop.Add(new Customer { Name = "Anna Lind", Email = "anna@example.org" });
        await shop.SaveChangesAsync();
    }

    await using (var shop = new Shop(options))
    {
        var anna = await shop.Customers.WhereEncryptedEquals(c => c.Email, "Anna@Example.org").SingleAsync();
        Console.WriteLine($"found: {anna.Name}");
        anna.Name = "Anna Berg";
        await shop.SaveChangesAsync();

        // What is in the database, as whoever has stolen it sees it.
        var stored = await shop.Database.SqlQuery<string>($"SELECT \"Name\" AS \"Value\" FROM \"Customers\"").SingleAsync();
        Console.WriteLine($"stored: {stored[..24]}…");
    }
}

// A column that has rows already, batch by batch; killed and started again it goes on.
async Task EncryptColumnAsync()
{
    await using var shop = new Shop(options);
    var done = await shop.EncryptColumnAsync<Customer>(c => c.Email, new ColumnEncryptionOptions { BatchSize = 20 }, new Lines());
    Console.WriteLine($"encrypted: {done.Encrypted}, before: {done.AlreadyEncrypted}");
}

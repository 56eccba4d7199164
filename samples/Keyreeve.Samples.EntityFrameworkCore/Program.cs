using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Samples.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

// Encrypted columns. Needs a key that is called orders. Usage: client.conf DATABASE
var settings = ClientSettings.Load(args[0]);
await using var provider = settings.OpenProvider();
using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
using var indexKey = await BlindIndexKey.OpenOrCreateAsync(provider, "orders", args[1] + ".index-key");

var protection = new EntityProtection(encryptor) { IndexKey = indexKey };
var options = new DbContextOptionsBuilder<Shop>().UseSqlite($"Data Source={args[1]}").UseKeyreeve(protection).Options;

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
    var stored = await shop.Database.SqlQuery<string>($"SELECT Name AS Value FROM Customers").SingleAsync();
    Console.WriteLine($"stored: {stored[..24]}…");

    // A column that had rows before it was encrypted: batch by batch, and again after an interruption.
    var done = await shop.EncryptColumnAsync<Customer>(c => c.Name, progress: new Progress<ColumnEncryptionProgress>());
    Console.WriteLine($"encrypted: {done.Encrypted}, before: {done.AlreadyEncrypted}");
}

namespace Keyreeve.Samples.EntityFrameworkCore
{
    internal sealed class Customer
    {
        public Guid Id { get; set; }

        public required string Name { get; set; }

        public string? Email { get; set; }
    }

    internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
    {
        public DbSet<Customer> Customers => Set<Customer>();

        protected override void OnModelCreating(ModelBuilder modelBuilder)
        {
            var customer = modelBuilder.Entity<Customer>();
            customer.Encrypt(c => c.Name, "orders");
            customer.Encrypt(c => c.Email, "orders").IsSearchable(BlindIndexForm.IgnoreCase);
        }
    }
}

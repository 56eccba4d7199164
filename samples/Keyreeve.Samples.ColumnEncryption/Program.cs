using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Samples.ColumnEncryption;
using Microsoft.EntityFrameworkCore;

// Encrypts a column that has rows already, batch by batch; killed and started again it goes on. Needs a key that is called orders.
// Usage: client.conf sqlite|postgres CONNECTION-STRING INDEX-KEY-FILE
var settings = ClientSettings.Load(args[0]);
await using var provider = settings.OpenProvider();
using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);
using var indexKey = await BlindIndexKey.OpenOrCreateAsync(provider, "orders", args[3]);

// Only as long as it takes: what is not encrypted yet is read as it stands.
var protection = new EntityProtection(encryptor) { IndexKey = indexKey, InsecureReadPlaintext = true };
var database = new DbContextOptionsBuilder<Shop>();
_ = args[1] is "postgres" ? database.UseNpgsql(args[2]) : database.UseSqlite(args[2]);
await using var shop = new Shop(database.UseKeyreeve(protection).Options);

var done = await shop.EncryptColumnAsync<Customer>(c => c.Email, new ColumnEncryptionOptions { BatchSize = 20 }, new Lines());
Console.WriteLine($"encrypted: {done.Encrypted}, before: {done.AlreadyEncrypted}");

namespace Keyreeve.Samples.ColumnEncryption
{
    internal sealed class Lines : IProgress<ColumnEncryptionProgress>
    {
        public void Report(ColumnEncryptionProgress value) => Console.WriteLine($"{value.Encrypted + value.AlreadyEncrypted} of {value.Total}");
    }

    internal sealed class Customer
    {
        public int Id { get; set; }

        public string? Email { get; set; }
    }

    internal sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
    {
        public DbSet<Customer> Customers => Set<Customer>();

        protected override void OnModelCreating(ModelBuilder modelBuilder) =>
            modelBuilder.Entity<Customer>().Encrypt(c => c.Email, "orders").IsSearchable(BlindIndexForm.IgnoreCase);
    }
}

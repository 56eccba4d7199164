using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Keyreeve.Samples.EntityFrameworkCore;

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

internal sealed class Customer
{
    public int Id { get; set; }

    public required string Name { get; set; }

    public string? Email { get; set; }
}

internal sealed class Lines : IProgress<ColumnEncryptionProgress>
{
    public void Report(ColumnEncryptionProgress value) => Console.WriteLine($"{value.Encrypted + value.AlreadyEncrypted} of {value.Total}");
}

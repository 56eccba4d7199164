using Keyreeve.Client;
using Microsoft.EntityFrameworkCore;

namespace KeyreeveWebApi;

/// <summary>A row whose marked columns are encrypted, bound to table, column and row.</summary>
public sealed class Customer
{
    public Guid Id { get; set; }

    [Protected("person-name")]
    public required string Name { get; set; }

    [Protected("email", Searchable = true)]
    public required string Email { get; set; }
}

/// <summary>What a new customer is made of.</summary>
public sealed record NewCustomer(string Name, string Email);

public sealed class Shop(DbContextOptions<Shop> options) : DbContext(options)
{
    public DbSet<Customer> Customers => Set<Customer>();
}

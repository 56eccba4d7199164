using System.ComponentModel.DataAnnotations;
using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Keyreeve.Integration.Frameworks;

public sealed class Customer
{
    public Guid Id { get; set; }

    [MaxLength(100)]
    public string City { get; set; } = "";

    public string Name { get; set; } = "";

    public string? Email { get; set; }

    public byte[]? Photo { get; set; }

    public decimal Income { get; set; }

    public DateOnly? BornOn { get; set; }

    public List<Visit> Visits { get; } = [];
}

/// <summary>A key of two parts, and properties marked by class.</summary>
public sealed class Visit
{
    public Guid CustomerId { get; set; }

    public int Number { get; set; }

    [Protected("medical")]
    public string? Diagnosis { get; set; }

    [Protected("card-number", Searchable = true)]
    public string? Card { get; set; }

    [Protected("place")]
    public string? Room { get; set; }
}

/// <summary>Its key is counted by the database.</summary>
public sealed class Invoice
{
    public int Id { get; set; }

    [Protected("card-number", Searchable = true)]
    public string Card { get; set; } = "";

    public byte[]? Scan { get; set; }

    public List<InvoiceLine> Lines { get; } = [];
}

/// <summary>A part of its key is the invoice's.</summary>
public sealed class InvoiceLine
{
    public int InvoiceId { get; set; }

    public int Number { get; set; }

    [Protected("medical")]
    public string? Treatment { get; set; }
}

/// <summary>Properties of a class that is encrypted as a whole, in a row whose key is counted by the database.</summary>
public sealed class Chart
{
    public long Id { get; set; }

    public string Ward { get; set; } = "";

    [Protected("medical-history")]
    public string? Diagnosis { get; set; }

    [Protected("medical-history")]
    public DateOnly? Since { get; set; }

    [Protected("medical-history")]
    public List<string>? Allergies { get; set; }

    [Protected("medical")]
    public string? Note { get; set; }
}

public sealed class Clinic(DbContextOptions<Clinic> options) : DbContext(options)
{
    public static readonly DataClassRules Classes = DataClassRules.Parse("""
        [medical]
        level = field
        key = orders
        mask = everything
        [card-number]
        level = field
        key = papers
        mask = last-four
        search = yes
        [medical-history]
        level = record
        key = papers
        [place]
        level = volume
        """, "classes");

    public DbSet<Customer> Customers => Set<Customer>();

    public DbSet<Visit> Visits => Set<Visit>();

    public DbSet<Invoice> Invoices => Set<Invoice>();

    public DbSet<Chart> Charts => Set<Chart>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        var customer = modelBuilder.Entity<Customer>();
        customer.Encrypt(c => c.Name, "orders");
        customer.Encrypt(c => c.Email, "orders").IsSearchable(BlindIndexForm.IgnoreCase);
        customer.Encrypt(c => c.Photo, "papers");
        customer.Encrypt(c => c.Income, "papers").HasColumnName("income_sealed");
        customer.Encrypt(c => c.BornOn, "orders").BoundTo("people", "birthday");
        modelBuilder.Entity<Visit>().HasKey(v => new { v.CustomerId, v.Number });
        modelBuilder.Entity<Invoice>().Encrypt(i => i.Scan, "papers");
        modelBuilder.Entity<InvoiceLine>().HasKey(l => new { l.InvoiceId, l.Number });
    }
}

/// <summary>The same tables, read without any encryption: what an attacker with the database sees.</summary>
public sealed class BareClinic(DbContextOptions<BareClinic> options) : DbContext(options)
{
    public DbSet<BareCustomer> Customers => Set<BareCustomer>();

    public DbSet<BareVisit> Visits => Set<BareVisit>();

    public DbSet<BareInvoice> Invoices => Set<BareInvoice>();

    public DbSet<BareInvoiceLine> InvoiceLines => Set<BareInvoiceLine>();

    public DbSet<BareChart> Charts => Set<BareChart>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<BareVisit>().HasKey(v => new { v.CustomerId, v.Number });
        modelBuilder.Entity<BareInvoiceLine>().ToTable("InvoiceLine").HasKey(l => new { l.InvoiceId, l.Number });
        modelBuilder.Entity<BareCustomer>().Property(c => c.Income).HasColumnName("income_sealed");
    }
}

public sealed class BareCustomer
{
    public Guid Id { get; set; }

    public string City { get; set; } = "";

    public string Name { get; set; } = "";

    public string? Email { get; set; }

    public string? EmailIndex { get; set; }

    public byte[]? Photo { get; set; }

    public string Income { get; set; } = "";

    public string? BornOn { get; set; }
}

public sealed class BareVisit
{
    public Guid CustomerId { get; set; }

    public int Number { get; set; }

    public string? Diagnosis { get; set; }

    public string? Card { get; set; }

    public string? CardIndex { get; set; }

    public string? Room { get; set; }
}

public sealed class BareInvoice
{
    public int Id { get; set; }

    public string Card { get; set; } = "";

    public string? CardIndex { get; set; }

    public byte[]? Scan { get; set; }
}

public sealed class BareInvoiceLine
{
    public int InvoiceId { get; set; }

    public int Number { get; set; }

    public string? Treatment { get; set; }
}

public sealed class BareChart
{
    public long Id { get; set; }

    public string Ward { get; set; } = "";

    public string? MedicalHistoryRecord { get; set; }

    public string? Note { get; set; }
}

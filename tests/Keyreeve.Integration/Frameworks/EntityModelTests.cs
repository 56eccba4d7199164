using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>What models and rows are refused, and why. Keys come from a provider in this process.</summary>
public sealed class EntityModelTests : IAsyncLifetime
{
    private readonly LocalKeyProvider _provider = new();
    private readonly SqliteConnection _connection = new("Data Source=:memory:");
    private EnvelopeEncryptor _encryptor = null!;

    public async ValueTask InitializeAsync()
    {
        _encryptor = new EnvelopeEncryptor(_provider);
        await _connection.OpenAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _encryptor.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public void Model_EncryptWithoutUseKeyreeve_IsRefused()
    {
        using var context = new Shaped(new DbContextOptionsBuilder<Shaped>().UseSqlite(_connection).Options, static m => m.Entity<Note>().Encrypt(n => n.Text, "notes"));

        Assert.Contains("UseKeyreeveIsMissing", Assert.Throws<InvalidOperationException>(() => context.Model).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Model_AttributeWithoutUseKeyreeve_StoresNothingInClear()
    {
        using var context = new Shaped(new DbContextOptionsBuilder<Shaped>().UseSqlite(_connection).Options, static m => m.Entity<Marked>());

        Assert.DoesNotContain(context.Model.FindEntityType(typeof(Marked))!.GetProperties(), static p => p.Name.Contains("Email", StringComparison.Ordinal));
    }

    [Fact]
    public void Model_WithoutPrimaryKey_IsRefused() =>
        AssertRefused("has no primary key", static m => m.Entity<Numbered>().HasNoKey().Encrypt(n => n.Text, "notes"));

    [Fact]
    public void Model_SearchableWithoutIndexKey_IsRefused() =>
        AssertRefused("IndexKey", static m => m.Entity<Numbered>().Encrypt(n => n.Text, "notes").IsSearchable());

    [Theory]
    [InlineData(null, "no DataClasses")]
    [InlineData("[other]\nlevel = field", "has no rule")]
    public void Model_ClassThatCannotBeUsed_IsRefused(string? classes, string reason) =>
        AssertRefused(reason, static m => m.Entity<Marked>(), classes is null ? null : DataClassRules.Parse(classes, "classes"));

    [Fact]
    public void Model_ColumnOfAVolumeClass_IsRefused() =>
        AssertRefused("protected by Volume", static m => m.Entity<Marked>().Protect(n => n.Email, "email"), DataClassRules.Parse("[email]\nlevel = volume", "classes"));

    [Fact]
    public void Model_SearchInARecord_IsRefused() =>
        AssertRefused("in which nothing can be searched for", static m => m.Entity<Marked>().Protect(n => n.Email, "email").IsSearchable(), DataClassRules.Parse("[email]\nlevel = record\nsearch = yes", "classes"));

    [Fact]
    public void Model_RecordSaidToBeTwoColumns_IsRefused() =>
        AssertRefused(
            "said to be two",
            static m =>
            {
                m.Entity<Numbered>().Protect(n => n.Text, "email").HasColumnName("A");
                m.Entity<Numbered>().Protect(n => n.Weight, "email").HasColumnName("B");
            },
            DataClassRules.Parse("[email]\nlevel = record", "classes"));

    [Fact]
    public async Task Model_RecordByCode_IsOneColumnOfTheNameThatIsSaid()
    {
        static void Shape(ModelBuilder m)
        {
            m.Entity<Numbered>().Protect(n => n.Text, "email").HasColumnName("Sealed");
            m.Entity<Numbered>().Protect(n => n.Weight, "email");
        }

        var rules = DataClassRules.Parse("[email]\nlevel = record", "classes");
        await using var context = Open(Shape, rules);
        await context.Database.EnsureCreatedAsync();
        context.Add(new Numbered { Text = "text", Weight = 70 });
        await context.SaveChangesAsync();

        Assert.StartsWith("Sw", await context.Database.SqlQuery<string>($"SELECT Sealed AS Value FROM Numbered").SingleAsync(), StringComparison.Ordinal);
        await using var reading = Open(Shape, rules);
        var read = await reading.Set<Numbered>().SingleAsync();
        Assert.Equal(("text", 70), (read.Text, read.Weight));
        await Assert.ThrowsAsync<ArgumentException>(() => reading.EncryptColumnAsync<Numbered>(n => n.Weight));
    }

    [Fact]
    public void Model_SearchThatTheClassForbids_IsRefused() =>
        AssertRefused("does not allow", static m => m.Entity<Marked>().Protect(n => n.Email, "email").IsSearchable(), DataClassRules.Parse("[email]\nlevel = field", "classes"));

    [Fact]
    public void Model_MarkedWithinAComplexType_IsRefused() =>
        AssertRefused("complex type", static m => m.Entity<Note>().ComplexProperty(n => n.Author), DataClassRules.Parse("[email]\nlevel = field", "classes"));

    [Theory]
    [InlineData("field", 7)]
    [InlineData("field", 0)]
    [InlineData("record", 7)]
    [InlineData("record", 0)]
    public async Task SaveChanges_OwnedAndDerivedObjects_AreBoundToTheirRows(string level, int id)
    {
        void Shape(ModelBuilder m)
        {
            // Else the database counts.
            if (id > 0)
                m.Entity<Numbered>().Property(n => n.Id).ValueGeneratedNever();
            m.Entity<Numbered>().Encrypt(n => n.Text, "notes");
            m.Entity<Titled>().Encrypt(n => n.Title, "notes");
            m.Entity<Titled>().OwnsOne(n => n.Author);
        }

        var rules = DataClassRules.Parse($"[email]\nlevel = {level}", "classes");
        await using (var context = Open(Shape, rules))
        {
            await context.Database.EnsureCreatedAsync();
            context.Add(new Titled { Id = id, Text = "text", Title = "title", Author = new Author { Name = "Anna", Email = "a@b.c" } });
            await context.SaveChangesAsync();
        }

        await using var reading = Open(Shape, rules);
        var read = Assert.IsType<Titled>(await reading.Set<Numbered>().SingleAsync());
        Assert.Equal(("text", "title", "a@b.c"), (read.Text, read.Title, read.Author!.Email));
    }

    [Fact]
    public async Task EncryptColumn_FromAnotherColumn_LeavesItAndFillsTheNewOne()
    {
        static void Shape(ModelBuilder m)
        {
            m.Entity<Numbered>().Property(n => n.Id).ValueGeneratedNever();
            m.Entity<Numbered>().Property<int?>("WeightInClear").HasColumnName("Weight");
            m.Entity<Numbered>().Encrypt(n => n.Weight, "notes").HasColumnName("WeightSealed");
        }

        await using var context = Open(Shape);
        await context.Database.EnsureCreatedAsync();
        await using (var fill = _connection.CreateCommand())
        {
            fill.CommandText = "INSERT INTO Numbered (Id, Text, Weight) VALUES (1, '', 70), (2, '', NULL), (3, '', 90)";
            await fill.ExecuteNonQueryAsync();
        }

        await Assert.ThrowsAsync<ArgumentException>(() => context.EncryptColumnAsync<Numbered>(n => n.Weight));
        var done = await context.EncryptColumnAsync<Numbered>(n => n.Weight, new ColumnEncryptionOptions { From = "WeightInClear", BatchSize = 1 });
        var again = await context.EncryptColumnAsync<Numbered>(n => n.Weight, new ColumnEncryptionOptions { From = "WeightInClear" });

        Assert.Equal((2, 2, 0), (done.Total, done.Encrypted, again.Encrypted));
        Assert.Equal([70, null, 90], (await context.Set<Numbered>().OrderBy(n => n.Id).ToListAsync()).Select(static n => n.Weight));
    }

    private void AssertRefused(string reason, Action<ModelBuilder> shape, DataClassRules? rules = null)
    {
        using var context = Open(shape, rules);
        Assert.Contains(reason, Assert.Throws<KeyreeveClientException>(() => context.Model).Message, StringComparison.Ordinal);
    }

    private Shaped Open(Action<ModelBuilder> shape, DataClassRules? rules = null) => new(
        new DbContextOptionsBuilder<Shaped>().UseSqlite(_connection).EnableServiceProviderCaching(false)
            .UseKeyreeve(new EntityProtection(_encryptor) { DataClasses = rules }).Options,
        shape);

    private sealed class Shaped(DbContextOptions<Shaped> options, Action<ModelBuilder> shape) : DbContext(options)
    {
        // Each has a model of its own, which Entity Framework would otherwise take from the first context with the same options.
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.EnableServiceProviderCaching(false);

        protected override void OnModelCreating(ModelBuilder modelBuilder) => shape(modelBuilder);
    }

    private sealed class Note
    {
        public Guid Id { get; set; }

        public string Text { get; set; } = "";

        public Author Author { get; set; } = new();
    }

    private sealed class Author
    {
        public string Name { get; set; } = "";

        [Protected("email")]
        public string? Email { get; set; }
    }

    private sealed class Marked
    {
        public Guid Id { get; set; }

        [Protected("email")]
        public string? Email { get; set; }
    }

    private class Numbered
    {
        public int Id { get; set; }

        public string Text { get; set; } = "";

        public int? Weight { get; set; }
    }

    private sealed class Titled : Numbered
    {
        public string? Title { get; set; }

        public Author? Author { get; set; }
    }
}

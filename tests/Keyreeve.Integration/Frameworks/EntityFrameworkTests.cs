using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Keyreeve.Integration.Client;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>What encrypted columns promise, on each database.</summary>
public abstract class EntityFrameworkContract(ServerFixture server) : IAsyncLifetime
{
    private KeyreeveProvider _provider = null!;
    private EnvelopeEncryptor _encryptor = null!;
    private BlindIndexKey _index = null!;

    private protected EntityProtection Protection { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = new KeyreeveProvider(new KeyreeveClient(ProviderConnections.OptionsOf(server, server.App, server.RestAddress)));
        foreach (var name in ProviderConnections.Keys)
            await EnsureKeyAsync(name);
        _encryptor = new EnvelopeEncryptor(_provider);
        _index = await BlindIndexKey.CreateAsync(_provider, "orders");
        Protection = new EntityProtection(_encryptor) { DataClasses = Clinic.Classes, IndexKey = _index };
        await OpenDatabaseAsync();
        await using var clinic = Open();
        await clinic.Database.EnsureCreatedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _index.Dispose();
        _encryptor.Dispose();
        await _provider.DisposeAsync();
        await CloseDatabaseAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task SaveChanges_RowsOfAllTypes_AreEnvelopesInTheDatabaseAndValuesInObjects()
    {
        var anna = Anna();
        await SaveAsync(anna);

        await using (var bare = OpenBare())
        {
            var row = await bare.Customers.SingleAsync();
            Assert.Equal("Ulm", row.City);
            Assert.DoesNotContain("Anna", row.Name, StringComparison.Ordinal);
            Assert.StartsWith("Sw", row.Email, StringComparison.Ordinal);
            Assert.Equal((byte)'K', row.Photo![0]);
            Assert.Equal(BlindIndexKey.TokenLength, row.EmailIndex!.Length);
            var visit = await bare.Visits.SingleAsync();
            Assert.DoesNotContain("healthy", visit.Diagnosis, StringComparison.Ordinal);
            Assert.Equal("12", visit.Room);
        }

        await using var clinic = Open();
        var read = await clinic.Customers.Include(c => c.Visits).SingleAsync();
        Assert.Equal(("Anna Lind", "Anna@Example.org", 1234.50m, new DateOnly(1990, 2, 1)), (read.Name, read.Email, read.Income, read.BornOn));
        Assert.Equal(anna.Photo, read.Photo);
        Assert.Equal(("healthy", "4111111111111111", "12"), (read.Visits[0].Diagnosis, read.Visits[0].Card, read.Visits[0].Room));
    }

    [Fact]
    public async Task SaveChanges_NothingEncryptedChanged_LeavesEnvelopesAsTheyAre()
    {
        await SaveAsync(Anna());
        var before = await BareCustomerAsync();
        await using (var clinic = Open())
        {
            var anna = await clinic.Customers.SingleAsync();
            anna.City = "Bonn";
            await clinic.SaveChangesAsync();
            Assert.Equal(0, await clinic.SaveChangesAsync());
        }

        var after = await BareCustomerAsync();
        Assert.Equal(("Bonn", before.Name, before.Email), (after.City, after.Name, after.Email));
    }

    [Fact]
    public async Task SaveChanges_ValueChangedOrTakenAway_IsWrittenWithItsIndex()
    {
        await SaveAsync(Anna());
        var before = await BareCustomerAsync();
        await using (var clinic = Open())
        {
            var anna = await clinic.Customers.SingleAsync();
            anna.Name = "Anna Berg";
            anna.Email = null;
            anna.Photo![0] = 99;
            Assert.Equal(1, await clinic.SaveChangesAsync());
        }

        var after = await BareCustomerAsync();
        Assert.NotEqual(before.Name, after.Name);
        Assert.NotEqual(before.Photo, after.Photo);
        Assert.Null(after.Email);
        Assert.Null(after.EmailIndex);
        await using var reading = Open();
        var read = await reading.Customers.SingleAsync();
        Assert.Equal(("Anna Berg", null, (byte)99), (read.Name, read.Email, read.Photo![0]));
    }

    [Fact]
    public void SaveChanges_AndQueries_WorkSynchronouslyToo()
    {
        using (var clinic = Open())
        {
            clinic.Customers.Add(Anna());
            clinic.SaveChanges();
        }

        using var reading = Open();
        Assert.Equal("Anna Lind", reading.Customers.AsNoTracking().Single().Name);
    }

    [Fact]
    public async Task Update_OfAnObjectFromElsewhere_WritesAllOfIt()
    {
        var anna = Anna();
        await SaveAsync(anna);
        await using (var clinic = Open())
        {
            clinic.Update(new Customer { Id = anna.Id, City = "Ulm", Name = "Anna Lind", Email = "new@example.org", Income = 1 });
            await clinic.SaveChangesAsync();
        }

        await using var reading = Open();
        var read = await reading.Customers.SingleAsync();
        Assert.Equal(("new@example.org", 1m, null), (read.Email, read.Income, read.Photo));
    }

    [Fact]
    public async Task Attach_OfAStub_LeavesWhatItHasNoValueFor()
    {
        var anna = Anna();
        await SaveAsync(anna);
        await using (var clinic = Open())
        {
            var stub = new Visit { CustomerId = anna.Id, Number = 1 };
            clinic.Attach(stub);
            stub.Card = "5500000000000004";
            await clinic.SaveChangesAsync();
        }

        await using var reading = Open();
        var visit = await reading.Visits.SingleAsync();
        Assert.Equal(("healthy", "5500000000000004"), (visit.Diagnosis, visit.Card));
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Query_EnvelopeOfAnotherRowColumnOrTable_DoesNotOpen()
    {
        var (anna, ben) = (Anna(), Anna());
        await SaveAsync(anna);
        await SaveAsync(ben);
        await using (var bare = OpenBare())
        {
            var rows = await bare.Customers.ToDictionaryAsync(c => c.Id);
            rows[ben.Id].Name = rows[anna.Id].Name;
            rows[anna.Id].Name = rows[anna.Id].Email!;
            await bare.SaveChangesAsync();
        }

        await using var clinic = Open();
        foreach (var id in new[] { anna.Id, ben.Id })
        {
            var failure = await Assert.ThrowsAsync<KeyreeveClientException>(() => clinic.Customers.SingleAsync(c => c.Id == id));
            Assert.Equal(ClientError.CryptographicFailure, failure.Error);
        }
    }

    [Fact]
    public async Task Query_PlaintextInTheColumn_IsNotTakenForAValue()
    {
        await SaveAsync(Anna());
        await using (var bare = OpenBare())
        {
            (await bare.Customers.SingleAsync()).Name = "Mallory";
            await bare.SaveChangesAsync();
        }

        await using var clinic = Open();
        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => clinic.Customers.ToListAsync())).Error);
        await using var insecure = Open(new EntityProtection(_encryptor) { DataClasses = Clinic.Classes, IndexKey = _index, InsecureReadPlaintext = true });
        Assert.Equal("Mallory", (await insecure.Customers.SingleAsync()).Name);
    }

    [Fact]
    public async Task Where_ByBlindIndex_FindsEqualValuesAlone()
    {
        await SaveAsync(Anna());
        var ben = Anna();
        ben.Email = "ben@example.org";
        await SaveAsync(ben);
        await using var clinic = Open();

        Assert.Single(await clinic.Customers.WhereEncryptedEquals(c => c.Email, " anna@EXAMPLE.org").ToListAsync());
        Assert.Equal(ben.Id, (await clinic.Customers.WhereEncryptedEquals(c => c.Email, "ben@example.org").SingleAsync()).Id);
        Assert.Empty(await clinic.Customers.WhereEncryptedEquals(c => c.Email, "nobody@example.org").ToListAsync());
        Assert.Equal(2, await clinic.Visits.WhereEncryptedEquals(v => v.Card, "4111111111111111").CountAsync());
        Assert.Throws<ArgumentException>(() => clinic.Customers.WhereEncryptedEquals(c => c.Name, "Anna Lind"));
        Assert.Throws<ArgumentException>(() => clinic.Customers.WhereEncryptedEquals(c => c.City, "Ulm"));
    }

    [Fact]
    public async Task Query_ComparingOrSortingByPlaintext_IsRefusedInsteadOfFindingNothing()
    {
        await SaveAsync(Anna());
        await using var clinic = Open();

        await Assert.ThrowsAsync<InvalidOperationException>(() => clinic.Customers.Where(c => c.Name == "Anna Lind").ToListAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => clinic.Customers.OrderBy(c => c.Name).ToListAsync());
        Assert.Equal(["Anna Lind"], await clinic.Customers.Select(c => c.Name).ToListAsync());
    }

    [Fact]
    public async Task EncryptColumn_Interrupted_GoesOnAndEndsWithEveryRowEncryptedOnce()
    {
        await FillWithPlaintextAsync(rows: 25);
        using var stop = new CancellationTokenSource();
        var seen = new List<ColumnEncryptionProgress>();
        await using (var clinic = Open())
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => clinic.EncryptColumnAsync<Customer>(
                c => c.Email, new ColumnEncryptionOptions { BatchSize = 5 }, new Now(report =>
                {
                    seen.Add(report);
                    if (report.Encrypted == 10) stop.Cancel();
                }), stop.Token));
        }

        Assert.Equal([5, 10], seen.Select(static report => report.Encrypted));
        await using (var clinic = Open())
        {
            var done = await clinic.EncryptColumnAsync<Customer>(c => c.Email, new ColumnEncryptionOptions { BatchSize = 7 });
            Assert.Equal((25, 15, 10, 0), (done.Total, done.Encrypted, done.AlreadyEncrypted, done.Retried));
            var again = await clinic.EncryptColumnAsync<Customer>(c => c.Email);
            Assert.Equal((0, 25, 0), (again.Encrypted, again.AlreadyEncrypted, again.Indexed));
            await clinic.EncryptColumnAsync<Customer>(c => c.Name);
        }

        await using var reading = Open();
        var emails = (await reading.Customers.ToListAsync()).Select(static c => c.Email).Order(StringComparer.Ordinal);
        Assert.Equal(Enumerable.Range(0, 25).Select(static i => $"user{i:D2}@example.org"), emails);
        Assert.Single(await reading.Customers.WhereEncryptedEquals(c => c.Email, "USER07@example.org").ToListAsync());
    }

    [Fact]
    public async Task EncryptColumn_RowChangedMeanwhile_KeepsTheChange()
    {
        await FillWithPlaintextAsync(rows: 3);
        await using var clinic = Open();
        var isChanged = false;
        clinic.Database.SetCommandTimeout(120);
        var done = await clinic.EncryptColumnAsync<Customer>(c => c.Email, new ColumnEncryptionOptions { BatchSize = 1 }, new Now(_ =>
        {
            if (isChanged) return;
            isChanged = true;
            using var other = OpenBare();
            var rows = other.Customers.AsEnumerable().Where(static c => c.Email!.Contains('@', StringComparison.Ordinal)).ToArray();
            rows[0].Email = "changed@example.org";
            other.SaveChanges();
        }));

        Assert.Equal(3, done.Encrypted);
        await clinic.EncryptColumnAsync<Customer>(c => c.Name);
        Assert.Single(await clinic.Customers.WhereEncryptedEquals(c => c.Email, "changed@example.org").ToListAsync());
    }

    [Fact]
    public async Task EncryptColumn_EnvelopeOfAnotherRow_StopsInsteadOfEncryptingTwice()
    {
        await SaveAsync(Anna());
        await SaveAsync(Anna());
        await using (var bare = OpenBare())
        {
            var rows = await bare.Customers.ToListAsync();
            rows[0].Email = rows[1].Email;
            await bare.SaveChangesAsync();
        }

        await using var clinic = Open();
        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => clinic.EncryptColumnAsync<Customer>(c => c.Email))).Error);
    }

    [Fact]
    public async Task EncryptColumn_IndexUnderAnotherKey_IsComputedAnew()
    {
        await SaveAsync(Anna());
        using var other = await BlindIndexKey.CreateAsync(_provider, "orders");
        await using var clinic = Open(new EntityProtection(_encryptor) { DataClasses = Clinic.Classes, IndexKey = other });
        Assert.Empty(await clinic.Customers.WhereEncryptedEquals(c => c.Email, "anna@example.org").ToListAsync());

        var done = await clinic.EncryptColumnAsync<Customer>(c => c.Email);

        Assert.Equal((0, 0, 1), (done.Encrypted, done.AlreadyEncrypted, done.Indexed));
        Assert.Single(await clinic.Customers.WhereEncryptedEquals(c => c.Email, "anna@example.org").ToListAsync());
    }

    protected abstract Task OpenDatabaseAsync();

    protected abstract Task CloseDatabaseAsync();

    protected abstract void Connect(DbContextOptionsBuilder builder);

    private protected Clinic Open(EntityProtection? protection = null)
    {
        var builder = new DbContextOptionsBuilder<Clinic>();
        Connect(builder);
        return new Clinic(builder.UseKeyreeve(protection ?? Protection).Options);
    }

    private protected BareClinic OpenBare()
    {
        var builder = new DbContextOptionsBuilder<BareClinic>();
        Connect(builder);
        return new BareClinic(builder.Options);
    }

    private static Customer Anna() => new()
    {
        City = "Ulm", Name = "Anna Lind", Email = "Anna@Example.org", Photo = [1, 2, 3], Income = 1234.50m, BornOn = new DateOnly(1990, 2, 1),
        Visits = { new Visit { Number = 1, Diagnosis = "healthy", Card = "4111111111111111", Room = "12" } },
    };

    private async Task SaveAsync(Customer customer)
    {
        await using var clinic = Open();
        clinic.Add(customer);
        await clinic.SaveChangesAsync();
    }

    private async Task<BareCustomer> BareCustomerAsync()
    {
        await using var bare = OpenBare();
        return await bare.Customers.SingleAsync();
    }

    private async Task FillWithPlaintextAsync(int rows)
    {
        await using (var clinic = Open())
        {
            clinic.AddRange(Enumerable.Range(0, rows).Select(static _ => new Customer { Income = 1 }));
            await clinic.SaveChangesAsync();
        }

        await using var bare = OpenBare();
        var i = 0;
        foreach (var row in await bare.Customers.ToListAsync())
        {
            row.Email = $"user{i++:D2}@example.org";
            row.Name = "somebody";
        }

        await bare.SaveChangesAsync();
    }

    private async Task EnsureKeyAsync(string name)
    {
        try
        {
            await _provider.Client.Keys.CreateAsync(new NewKey { Name = name });
        }
        catch (KeyreeveClientException e) when (e.Is("NonUniqueName"))
        {
            Assert.Equal(name, (await _provider.Client.Keys.GetAsync(name)).Name);
        }
    }

    /// <summary>Reports where it is called, unlike <see cref="Progress{T}"/>.</summary>
    private sealed class Now(Action<ColumnEncryptionProgress> report) : IProgress<ColumnEncryptionProgress>
    {
        public void Report(ColumnEncryptionProgress value) => report(value);
    }
}

using Keyreeve.Client;
using Keyreeve.Client.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Keyreeve.Integration.Frameworks;

/// <summary>What is promised of rows whose keys the database counts, and of records; on each database, with all that is promised of others.</summary>
public abstract class CountedKeyContract(ServerFixture server) : EntityFrameworkContract(server)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Attack", "39")]
    public async Task SaveChanges_KeysThatTheDatabaseCounts_AreWhatValuesAreBoundTo(bool isAsynchronous)
    {
        await using (var clinic = Open())
        {
            clinic.AddRange(InvoiceOf("4111111111111111", "tea"), InvoiceOf("5500000000000004", null));
            // As many as without encryption: the second write of a row does not count.
            Assert.Equal(4, isAsynchronous ? await clinic.SaveChangesAsync() : SaveSynchronously(clinic));
            Assert.Null(clinic.Database.CurrentTransaction);
            Assert.False(clinic.ChangeTracker.HasChanges());
            Assert.Equal(0, await clinic.SaveChangesAsync());
        }

        await using (var clinic = Open())
        {
            var read = await clinic.Invoices.Include(i => i.Lines).OrderBy(i => i.Id).ToListAsync();
            Assert.Equal(["4111111111111111", "5500000000000004"], read.Select(static i => i.Card));
            Assert.Equal(["tea", null], read.Select(static i => i.Lines.Single().Treatment));
            Assert.Equal([1, 2, 3], read[0].Scan!);
            Assert.Equal(read[1].Id, (await clinic.Invoices.WhereEncryptedEquals(i => i.Card, "5500000000000004").SingleAsync()).Id);
        }

        await using (var bare = OpenBare())
        {
            var rows = await bare.Invoices.OrderBy(i => i.Id).ToListAsync();
            Assert.All(rows, static row => Assert.StartsWith("Sw", row.Card, StringComparison.Ordinal));
            Assert.StartsWith("Sw", (await bare.InvoiceLines.OrderBy(l => l.InvoiceId).FirstAsync()).Treatment, StringComparison.Ordinal);
            (rows[0].Card, rows[1].Card) = (rows[1].Card, rows[0].Card);
            await bare.SaveChangesAsync();
        }

        await using var swapped = Open();
        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => swapped.Invoices.ToListAsync())).Error);
    }

    [Fact]
    public async Task SaveChanges_InATransactionOfTheCallers_BelongsToIt()
    {
        await using var clinic = Open();
        await using (await clinic.Database.BeginTransactionAsync())
        {
            clinic.Add(InvoiceOf("4111111111111111", "tea"));
            await clinic.SaveChangesAsync();
            Assert.NotNull(clinic.Database.CurrentTransaction);
            Assert.Equal(1, await clinic.Invoices.CountAsync());
        }

        Assert.Equal(0, await clinic.Invoices.CountAsync());
        clinic.ChangeTracker.Clear();
        await using (var transaction = await clinic.Database.BeginTransactionAsync())
        {
            clinic.Add(InvoiceOf("4111111111111111", "tea"));
            await clinic.SaveChangesAsync();
            await transaction.CommitAsync();
        }

        await using var reading = Open();
        Assert.Equal("4111111111111111", (await reading.Invoices.SingleAsync()).Card);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SaveChanges_FirstWriteFails_LeavesNothingAndTheCallersTransactionAsItWas(bool isAsynchronous)
    {
        async Task FailAsync(Clinic clinic)
        {
            // There is no such customer.
            clinic.AddRange(InvoiceOf("5500000000000004", "tea"), new Visit { CustomerId = Guid.NewGuid(), Number = 1 });
            if (isAsynchronous)
                await Assert.ThrowsAsync<DbUpdateException>(() => clinic.SaveChangesAsync());
            else
                Assert.Throws<DbUpdateException>(() => clinic.SaveChanges());
            clinic.ChangeTracker.Clear();
        }

        await using var clinic = Open();
        await FailAsync(clinic);
        Assert.Null(clinic.Database.CurrentTransaction);
        Assert.Equal(0, await clinic.Invoices.CountAsync());

        await using (var transaction = await clinic.Database.BeginTransactionAsync())
        {
            clinic.Add(InvoiceOf("4111111111111111", "tea"));
            await clinic.SaveChangesAsync();
            await FailAsync(clinic);
            await transaction.CommitAsync();
        }

        await using var reading = Open();
        Assert.Equal("4111111111111111", (await reading.Invoices.SingleAsync()).Card);
    }

    [Fact]
    public async Task Record_ManyProperties_AreOneEnvelopeThatChangesAsAWhole()
    {
        await using (var clinic = Open())
        {
            clinic.AddRange(
                new Chart { Ward = "A", Diagnosis = "healthy", Since = new DateOnly(2020, 2, 1), Allergies = ["nuts"], Note = "calls back" },
                new Chart { Ward = "B", Note = "no history" });
            Assert.Equal(2, await clinic.SaveChangesAsync());
        }

        string? before;
        await using (var bare = OpenBare())
        {
            var rows = await bare.Charts.OrderBy(c => c.Ward).ToListAsync();
            before = rows[0].MedicalHistoryRecord;
            Assert.StartsWith("Sw", before, StringComparison.Ordinal);
            Assert.Null(rows[1].MedicalHistoryRecord);
        }

        await using (var clinic = Open())
        {
            var chart = await clinic.Charts.SingleAsync(c => c.Ward == "A");
            Assert.Equal(("healthy", new DateOnly(2020, 2, 1), "calls back"), (chart.Diagnosis, chart.Since, chart.Note));
            Assert.Equal(["nuts"], chart.Allergies);
            Assert.Equal(0, await clinic.SaveChangesAsync());
            chart.Allergies!.Add("dust");
            chart.Since = null;
            Assert.Equal(1, await clinic.SaveChangesAsync());
        }

        await using var reading = Open();
        var read = await reading.Charts.SingleAsync(c => c.Ward == "A");
        Assert.Equal(("healthy", null), (read.Diagnosis, read.Since));
        Assert.Equal(["nuts", "dust"], read.Allergies);
        await using var after = OpenBare();
        Assert.NotEqual(before, (await after.Charts.SingleAsync(c => c.Ward == "A")).MedicalHistoryRecord);
    }

    [Fact]
    [Trait("Attack", "39")]
    public async Task Record_OfAnotherRow_DoesNotOpen()
    {
        await using (var clinic = Open())
        {
            clinic.AddRange(new Chart { Ward = "A", Diagnosis = "healthy" }, new Chart { Ward = "B", Diagnosis = "ill" });
            await clinic.SaveChangesAsync();
        }

        await using (var bare = OpenBare())
        {
            var rows = await bare.Charts.ToListAsync();
            rows[0].MedicalHistoryRecord = rows[1].MedicalHistoryRecord;
            await bare.SaveChangesAsync();
        }

        await using var reading = Open();
        Assert.Equal(ClientError.CryptographicFailure, (await Assert.ThrowsAsync<KeyreeveClientException>(() => reading.Charts.ToListAsync())).Error);
    }

    [Fact]
    public async Task Record_OfAnAttachedStub_IsNotHalfOverwritten()
    {
        var chart = new Chart { Ward = "A", Diagnosis = "healthy", Since = new DateOnly(2020, 2, 1) };
        await using (var clinic = Open())
        {
            clinic.Add(chart);
            await clinic.SaveChangesAsync();
        }

        await using (var clinic = Open())
        {
            var stub = new Chart { Id = chart.Id, Ward = "A" };
            clinic.Attach(stub);
            stub.Note = "calls back";
            Assert.Equal(1, await clinic.SaveChangesAsync());
            stub.Diagnosis = "ill";
            Assert.Equal(ClientError.InvalidOptions, (await Assert.ThrowsAsync<KeyreeveClientException>(() => clinic.SaveChangesAsync())).Error);
        }

        await using var reading = Open();
        var read = await reading.Charts.SingleAsync();
        Assert.Equal(("healthy", new DateOnly(2020, 2, 1), "calls back"), (read.Diagnosis, read.Since, read.Note));
    }

    private static int SaveSynchronously(Clinic clinic) => clinic.SaveChanges();

    private static Invoice InvoiceOf(string card, string? treatment) =>
        new() { Card = card, Scan = [1, 2, 3], Lines = { new InvoiceLine { Number = 1, Treatment = treatment } } };
}

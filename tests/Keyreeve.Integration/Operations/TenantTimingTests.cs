using System.Diagnostics;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>
/// What belongs to another tenant takes neither more work nor more time than what is not there. Work is counted; time is compared in
/// pairs, one right after the other, by medians, so that whatever else the machine does falls on both.
/// </summary>
[Trait("Speed", "Slow")]
public sealed class TenantTimingTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    private const int Warming = 50;
    private const int Pairs = 400;

    // Another tenant's object would have to be read, verified and unwrapped: many times the refusal.
    private const double MostTimes = 2;

    [Theory]
    [InlineData("by identifier")]
    [InlineData("by name")]
    [InlineData("attributes")]
    [InlineData("material")]
    [InlineData("ciphertext")]
    [Trait("Attack", "28")]
    public async Task Refusal_OfAnotherTenantsThing_CostsWhatThatOfAnAbsentOneCosts(string way)
    {
        var key = await fixture.RunAsync(new CreateKeyOperation(), new CreateKeyRequest { Name = "timed-" + way.Replace(' ', '-') });
        var name = key.Name!;
        using var plaintext = SecretBytes.CopyFrom("secret"u8);
        var envelope = (await fixture.RunAsync(new EncryptEnvelopeOperation(), new EncryptEnvelopeRequest(KeySelector.Of(key.Id), plaintext, EncryptionContext.Empty))).Envelope.ToArray();
        var ofNoKey = envelope.ToArray();
        ofNoKey[12] ^= 1;
        var absent = UniqueIdentifier.New(fixture.Time.GetUtcNow());
        Func<bool, ValueTask> ask = way switch
        {
            "by identifier" => isThere => AskAsync(() => fixture.RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Of(isThere ? key.Id : absent)), fixture.Stranger)),
            "by name" => isThere => AskAsync(() => fixture.RunAsync(new GetKeyOperation(), new GetKeyRequest(KeySelector.Parse(isThere ? name : name + "x")), fixture.Stranger)),
            "attributes" => isThere => AskAsync(() => fixture.RunAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = isThere ? key.Id : absent }, fixture.Stranger)),
            "material" => isThere => AskAsync(() => fixture.RunAsync(new GetOperation(), new GetRequest { Id = isThere ? key.Id : absent }, fixture.Stranger)),
            _ => isThere => AskAsync(() => fixture.RunAsync(new DecryptEnvelopeOperation(), new DecryptEnvelopeRequest(isThere ? envelope : ofNoKey, EncryptionContext.Empty), fixture.Stranger)),
        };

        for (var i = 0; i < Warming; i++)
        {
            await ask(true);
            await ask(false);
        }

        Assert.Equal(await WorkOfAsync(() => ask(false)), await WorkOfAsync(() => ask(true)));
        var ratio = await MedianRatioAsync(ask);
        Assert.InRange(ratio, 1 / MostTimes, MostTimes);
    }

    private async Task<int> WorkOfAsync(Func<ValueTask> ask)
    {
        var before = fixture.Store.Asked;
        await ask();
        return fixture.Store.Asked - before;
    }

    private static async Task<double> MedianRatioAsync(Func<bool, ValueTask> ask)
    {
        var (present, absent) = (new long[Pairs], new long[Pairs]);
        for (var i = 0; i < Pairs; i++)
        {
            // Now the one first, now the other.
            var isPresentFirst = (i & 1) == 0;
            var first = await TimeAsync(() => ask(isPresentFirst));
            var second = await TimeAsync(() => ask(!isPresentFirst));
            (present[i], absent[i]) = isPresentFirst ? (first, second) : (second, first);
        }

        Array.Sort(present);
        Array.Sort(absent);
        return (double)present[Pairs / 2] / absent[Pairs / 2];
    }

    private static async Task<long> TimeAsync(Func<ValueTask> ask)
    {
        var started = Stopwatch.GetTimestamp();
        await ask();
        return Stopwatch.GetTimestamp() - started;
    }

    private static async ValueTask AskAsync<T>(Func<ValueTask<T>> ask)
    {
        try
        {
            await ask();
        }
        catch (KeyreeveException refusal) when (refusal.Error is KeyreeveError.ItemNotFound or KeyreeveError.CryptographicFailure)
        {
            return;
        }

        Assert.Fail("It was there.");
    }
}

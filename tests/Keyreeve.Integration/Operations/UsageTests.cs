using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Check, leases, usage allocation, archive: whether and how much an object may be used.</summary>
public sealed class UsageTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    [Trait("Attack", "44")]
    public async Task GetUsageAllocation_ManyAtOnce_GivesOutExactlyWhatThereIs()
    {
        var id = await engine.CreateAesAsync(Limited(1000, UsageLimitsUnit.Byte));

        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            try
            {
                await engine.RunAsync(new GetUsageAllocationOperation(), new GetUsageAllocationRequest(id, 50));
                return KeyreeveError.None;
            }
            catch (KeyreeveException refusal)
            {
                return refusal.Error;
            }
        }));

        Assert.Equal(20, results.Count(r => r == KeyreeveError.None));
        Assert.All(results.Where(r => r != KeyreeveError.None), r => Assert.Equal(KeyreeveError.UsageLimitExceeded, r));
        Assert.Equal(KeyreeveError.UsageAllocationRefused, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[1] }));
    }

    [Fact]
    public async Task GetUsageAllocation_NotAllowed_IsRefused()
    {
        var id = await engine.CreateAesAsync();
        Assert.Equal(KeyreeveError.NoUsageLimits, await RefusedAsync(id, 1));
        var limited = await engine.CreateAesAsync(Limited(5, UsageLimitsUnit.Object));
        Assert.Equal(KeyreeveError.UsageLimitExceeded, await RefusedAsync(limited, long.MaxValue));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(limited, 0));
        Assert.Equal(KeyreeveError.InvalidField, await RefusedAsync(limited, long.MinValue));
        var young = await engine.CreateAesAsync(Limited(5, UsageLimitsUnit.Object), active: false);
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await RefusedAsync(young, 1));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetUsageAllocationOperation(), new GetUsageAllocationRequest(limited, 1), engine.Stranger));
        var administrator = EngineFixture.PrincipalOf("usage-admin", TenantId.Default, null, Role.KeyAdministrator);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new GetUsageAllocationOperation(), new GetUsageAllocationRequest(limited, 1), administrator));

        async ValueTask<KeyreeveError> RefusedAsync(UniqueIdentifier key, long count) =>
            await engine.RefusedAsync(new GetUsageAllocationOperation(), new GetUsageAllocationRequest(key, count));
    }

    [Theory]
    [InlineData(null, CryptographicUsageMask.Sign, null, KeyreeveError.IncompatibleUsageMask)]
    [InlineData(11L, null, null, KeyreeveError.UsageLimitExceeded)]
    [InlineData(null, null, uint.MaxValue, KeyreeveError.LeaseNotGranted)]
    [InlineData(11L, CryptographicUsageMask.Sign, 1u, KeyreeveError.IncompatibleUsageMask)]
    public async Task Check_NotMet_IsRefusedForThatReason(long? count, CryptographicUsageMask? mask, uint? lease, KeyreeveError expected)
    {
        var id = await engine.CreateAesAsync(Limited(10, UsageLimitsUnit.Object));
        var request = new CheckRequest { Id = id, UsageLimitsCount = count, CryptographicUsageMask = mask, LeaseTimeInSeconds = lease };

        Assert.Equal(expected, await engine.RefusedAsync(new CheckOperation(), request));
    }

    [Fact]
    public async Task Check_Met_ChangesNothing()
    {
        var id = await engine.CreateAesAsync(Limited(10, UsageLimitsUnit.Object));
        var before = await engine.AttributesOfAsync(id);
        var request = new CheckRequest { Id = id, UsageLimitsCount = 10, CryptographicUsageMask = CryptographicUsageMask.Encrypt, LeaseTimeInSeconds = 60 };

        Assert.Equal(id, (await engine.RunAsync(new CheckOperation(), request)).Id);

        Assert.Equal(before.Instances, (await engine.AttributesOfAsync(id)).Instances);
        var administrator = EngineFixture.PrincipalOf("check-admin", TenantId.Default, null, Role.KeyAdministrator);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new CheckOperation(), request, administrator));
    }

    [Fact]
    public async Task ObtainLease_KeyInUse_TellsTimeAndLastChangeAndNeverBeyondItsEnd()
    {
        var id = await engine.CreateAesAsync();
        var lease = await engine.RunAsync(new ObtainLeaseOperation(), new ObtainLeaseRequest(id));
        Assert.Equal(((IntervalValue)(await engine.AttributesOfAsync(id)).Find(AttributeName.LeaseTime)!).Seconds, lease.LeaseTimeInSeconds);
        Assert.Equal(AttributeValue.Of(lease.LastChangeDate), (await engine.AttributesOfAsync(id)).Find(AttributeName.LastChangeDate));

        var ending = await engine.CreateAesAsync(
            AttributeSet.Empty.With(AttributeName.DeactivationDate, AttributeValue.Of(engine.Time.GetUtcNow().AddMinutes(5))));
        Assert.InRange((await engine.RunAsync(new ObtainLeaseOperation(), new ObtainLeaseRequest(ending))).LeaseTimeInSeconds, 1u, 300u);

        await engine.RunAsync(new RevokeOperation(), new RevokeRequest { Id = id, RevocationReasonCode = RevocationReasonCode.Superseded });
        Assert.Equal(KeyreeveError.LeaseNotGranted, await engine.RefusedAsync(new ObtainLeaseOperation(), new ObtainLeaseRequest(id)));
    }

    [Fact]
    public async Task Archive_Key_IsNotUsedNorFoundUntilRecovered()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("archived-1"));
        await engine.RunAsync(new ArchiveOperation(), new ArchiveRequest(id));

        Assert.Equal(KeyreeveError.ObjectArchived, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
        Assert.Equal(KeyreeveError.ObjectArchived, await engine.RefusedAsync(new EncryptOperation(), new EncryptRequest { Id = id, Data = new byte[1] }));
        Assert.Equal(KeyreeveError.ObjectArchived, await engine.RefusedAsync(new ArchiveOperation(), new ArchiveRequest(id)));
        Assert.Equal(KeyreeveError.ObjectArchived, await engine.RefusedAsync(new DestroyOperation(), new DestroyRequest(id)));
        Assert.Equal(KeyreeveError.ObjectArchived, await engine.RefusedAsync(new ReKeyOperation(), new ReKeyRequest { Id = id }));
        Assert.True((await engine.AttributesOfAsync(id)).Has(AttributeName.ArchiveDate));
        Assert.Empty((await LocateAsync(StorageStatusMask.NotSet)).Ids);
        Assert.Equal([id], (await LocateAsync(StorageStatusMask.ArchivalStorage)).Ids);

        await engine.RunAsync(new RecoverOperation(), new RecoverRequest(id));

        Assert.False((await engine.AttributesOfAsync(id)).Has(AttributeName.ArchiveDate));
        Assert.Equal([id], (await LocateAsync(StorageStatusMask.OnLineStorage)).Ids);
        using var got = await engine.RunAsync(new GetOperation(), new GetRequest { Id = id });
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new RecoverOperation(), new RecoverRequest(id), engine.Stranger));

        ValueTask<LocateResponse> LocateAsync(StorageStatusMask mask) => engine.RunAsync(new LocateOperation(), new LocateRequest
        {
            Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.Name, Attributes.Name("archived-1"))],
            StorageStatusMask = mask,
        });
    }

    [Fact]
    [Trait("Attack", "44")]
    public async Task UsageLimits_EnvelopesAndWrapping_CountAsWell()
    {
        var key = await engine.CreateAesAsync(Limited(1, UsageLimitsUnit.Object));
        using var plaintext = SecretBytes.CopyFrom([1, 2, 3]);
        var request = new EncryptEnvelopeRequest(KeySelector.Of(key), plaintext, EncryptionContext.Empty);
        await engine.RunAsync(new EncryptEnvelopeOperation(), request);
        Assert.Equal(KeyreeveError.UsageAllocationRefused, await engine.RefusedAsync(new EncryptEnvelopeOperation(), request));

        var wrapping = (await engine.RunAsync(new CreateOperation(), new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = Attributes.Aes(256, CryptographicUsageMask.WrapKey).Merge(Limited(1, UsageLimitsUnit.Object)),
        })).Id;
        await engine.RunAsync(new ActivateOperation(), new ActivateRequest(wrapping));
        var get = new GetRequest
        {
            Id = await engine.CreateAesAsync(),
            KeyWrappingSpecification = new KeyWrappingSpecification
            {
                WrappingMethod = WrappingMethod.Encrypt,
                EncryptionKey = new WrappingKeyInformation(wrapping.ToString(), null),
                EncodingOption = EncodingOption.NoEncoding,
            },
        };
        (await engine.RunAsync(new GetOperation(), get)).Dispose();
        Assert.Equal(KeyreeveError.UsageAllocationRefused, await engine.RefusedAsync(new GetOperation(), get));
    }

    [Fact]
    public async Task Locate_MoreThanMayBeRead_IsRefusedAndSaysSo()
    {
        for (var i = 0; i < 6; i++) await engine.CreateAesAsync(AttributeSet.Empty.With(AttributeName.ContactInformation, AttributeValue.Of("bounded")));
        KeyValuePair<AttributeKey, AttributeValue>[] criteria = [new(AttributeName.ContactInformation, AttributeValue.Of("bounded"))];

        Assert.Equal(6, (await engine.RunAsync(new LocateOperation(6), new LocateRequest { Attributes = [.. criteria], CountAll = true })).LocatedItems);
        Assert.Single((await engine.RunAsync(new LocateOperation(5), new LocateRequest { Attributes = [.. criteria], MaximumItems = 1 })).Ids);
        Assert.Equal(
            KeyreeveError.ServerLimitExceeded,
            await engine.RefusedAsync(new LocateOperation(5), new LocateRequest { Attributes = [.. criteria], MaximumItems = 1, CountAll = true }));
    }

    [Fact]
    public async Task TimeLimit_Over_TheOperationIsGivenUp() =>
        Assert.Equal(KeyreeveError.ServerLimitExceeded, await engine.RefusedAsync(new EndlessOperation(), new LocateRequest { Attributes = [] }));

    private sealed class EndlessOperation : Operation<LocateRequest, LocateResponse>
    {
        public override OperationName Name => OperationName.Locate;

        public override OperationClass Class => OperationClass.Read;

        public override TimeSpan? TimeLimit => TimeSpan.FromMilliseconds(50);

        protected internal override ValueTask<OperationTarget> ResolveAsync(OperationScope scope, LocateRequest request, CancellationToken cancellationToken) => default;

        protected internal override async ValueTask<LocateResponse> ExecuteAsync(
            OperationScope scope, OperationTarget target, LocateRequest request, CancellationToken cancellationToken)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return new LocateResponse([], null);
        }
    }

    private static AttributeSet Limited(long total, UsageLimitsUnit unit) => AttributeSet.Empty.With(AttributeName.UsageLimits, AttributeValue.Of(
        new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(total)),
        new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(unit))));
}

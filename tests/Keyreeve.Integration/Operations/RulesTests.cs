using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Integration.Operations;

/// <summary>Constraints and defaults of new objects; adjusting, deactivating and obliterating what there is.</summary>
public sealed class RulesTests(EngineFixture engine) : IClassFixture<EngineFixture>
{
    [Fact]
    public async Task SetConstraints_KeysOtherwise_AreRefusedUntilTaken()
    {
        var principal = EngineFixture.PrincipalOf("constrained", new TenantId(2), null, Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);
        await SetAsync([Rule(256, "vault"), Rule(192)]);
        await engine.RestartAsync();

        Assert.Equal(KeyreeveError.ConstraintViolation, await RefusedAsync(256, null));
        await engine.CreateAesAsync(lengthInBits: 192, principal: principal, active: false);
        // What is said of its group comes before what is said of none.
        Assert.Equal(KeyreeveError.ConstraintViolation, await RefusedAsync(192, "vault"));
        await engine.CreateAesAsync(InGroup("vault"), principal: principal, active: false);
        var other = await engine.CreateAesAsync();
        Assert.Equal(2, (await engine.RunAsync(new GetConstraintsOperation(), new GetConstraintsRequest(), principal)).Constraints.Length);
        Assert.Empty((await engine.RunAsync(new GetConstraintsOperation(), new GetConstraintsRequest())).Constraints);
        Assert.NotEqual(default, other);

        await SetAsync([]);
        await engine.CreateAesAsync(principal: principal, active: false);

        async ValueTask SetAsync(ObjectRule[] rules) => await engine.RunAsync(new SetConstraintsOperation(), new SetConstraintsRequest([.. rules]), principal);

        async ValueTask<KeyreeveError> RefusedAsync(int lengthInBits, string? group) => await engine.RefusedAsync(
            new CreateOperation(),
            new CreateRequest { ObjectType = ObjectType.SymmetricKey, Attributes = Attributes.Aes(lengthInBits).Merge(group is null ? AttributeSet.Empty : InGroup(group)) },
            principal);
    }

    [Fact]
    public async Task SetConstraints_WithoutRightInTheWholeTenant_IsRefused()
    {
        var local = EngineFixture.PrincipalOf("local-admin", TenantId.Default, GroupName.Parse("payments"), Role.KeyAdministrator);
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new SetConstraintsOperation(), new SetConstraintsRequest([]), local));
        Assert.Equal(KeyreeveError.PermissionDenied, await engine.RefusedAsync(new SetDefaultsOperation(), new SetDefaultsRequest([]), local));
    }

    [Fact]
    public async Task SetDefaults_WhatIsNotStated_IsFilledIn()
    {
        var principal = EngineFixture.PrincipalOf("defaulted", new TenantId(2), null, Role.KeyAdministrator, Role.KeyUser, Role.KeyExporter);
        var defaults = new ObjectRule
        {
            ObjectTypes = [ObjectType.SymmetricKey],
            Attributes = Attributes.Aes(192, CryptographicUsageMask.WrapKey).With(AttributeName.Comment, AttributeValue.Of("by default")),
        };
        await engine.RunAsync(new SetDefaultsOperation(), new SetDefaultsRequest([defaults]), principal);

        var request = new CreateRequest
        {
            ObjectType = ObjectType.SymmetricKey,
            Attributes = AttributeSet.Empty.With(AttributeName.CryptographicLength, AttributeValue.Of(128)),
        };
        var id = (await engine.RunAsync(new CreateOperation(), request, principal)).Id;
        var attributes = (await engine.RunAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id }, principal)).Attributes;

        Assert.Equal(AttributeValue.Of(128), attributes.Find(AttributeName.CryptographicLength));
        Assert.Equal(AttributeValue.Of(CryptographicAlgorithm.AES), attributes.Find(AttributeName.CryptographicAlgorithm));
        Assert.Equal(AttributeValue.Of((int)CryptographicUsageMask.WrapKey), attributes.Find(AttributeName.CryptographicUsageMask));
        Assert.Equal(AttributeValue.Of("by default"), attributes.Find(AttributeName.Comment));
        var forged = defaults with { Attributes = AttributeSet.Empty.With(AttributeName.State, AttributeValue.Of(State.Active)) };
        Assert.Equal(KeyreeveError.AttributeReadOnly, await engine.RefusedAsync(new SetDefaultsOperation(), new SetDefaultsRequest([forged]), principal));
        await engine.RunAsync(new SetDefaultsOperation(), new SetDefaultsRequest([]), principal);
        Assert.Equal(KeyreeveError.MissingField, await engine.RefusedAsync(new CreateOperation(), request, principal));
    }

    [Fact]
    public async Task AdjustAttribute_Numbers_AreAddedToAndKeptInRange()
    {
        var id = await engine.CreateAesAsync(active: false);
        var count = AttributeKey.Custom("x", "count");
        await AdjustAsync(count, AdjustmentType.Increment, AttributeValue.Of(5));
        await AdjustAsync(count, AdjustmentType.Decrement, AttributeValue.Of(7));
        Assert.Equal(AttributeValue.Of(-2), await ValueAsync(count));
        await AdjustAsync(count, AdjustmentType.Negate);
        Assert.Equal(AttributeValue.Of(2), await ValueAsync(count));

        await AdjustAsync(AttributeName.ProtectionPeriod, AdjustmentType.Increment, new IntervalValue(60));
        await AdjustAsync(AttributeName.ProtectionPeriod, AdjustmentType.Increment);
        Assert.Equal(new IntervalValue(61), await ValueAsync(AttributeName.ProtectionPeriod));
        await AdjustAsync(AttributeName.QuantumSafe, AdjustmentType.Negate);
        Assert.Equal(AttributeValue.Of(value: true), await ValueAsync(AttributeName.QuantumSafe));

        Assert.Equal(KeyreeveError.NumericRange, await RefusedAsync(count, AdjustmentType.Increment, AttributeValue.Of(int.MaxValue)));
        Assert.Equal(KeyreeveError.NumericRange, await RefusedAsync(AttributeName.ProtectionPeriod, AdjustmentType.Decrement, new IntervalValue(62)));
        Assert.Equal(KeyreeveError.InvalidDataType, await RefusedAsync(count, AdjustmentType.Increment, AttributeValue.Of("five")));
        Assert.Equal(KeyreeveError.InvalidDataType, await RefusedAsync(AttributeName.ProtectionPeriod, AdjustmentType.Negate, null));
        Assert.Equal(KeyreeveError.AttributeReadOnly, await RefusedAsync(AttributeName.CryptographicLength, AdjustmentType.Increment, null));
        Assert.Equal(KeyreeveError.AttributeNotFound, await RefusedAsync(AttributeName.Comment, AdjustmentType.Increment, null));
        await engine.RunAsync(new AddAttributeOperation(), new AddAttributeRequest(id, count, AttributeValue.Of(9)));
        Assert.Equal(KeyreeveError.AttributeMultiValued, await RefusedAsync(count, AdjustmentType.Increment, null));

        async ValueTask AdjustAsync(AttributeKey key, AdjustmentType type, AttributeValue? value = null) =>
            await engine.RunAsync(new AdjustAttributeOperation(), new AdjustAttributeRequest { Id = id, Key = key, AdjustmentType = type, AdjustmentValue = value });

        async ValueTask<KeyreeveError> RefusedAsync(AttributeKey key, AdjustmentType type, AttributeValue? value) => await engine.RefusedAsync(
            new AdjustAttributeOperation(), new AdjustAttributeRequest { Id = id, Key = key, AdjustmentType = type, AdjustmentValue = value });

        async ValueTask<AttributeValue?> ValueAsync(AttributeKey key) => (await engine.AttributesOfAsync(id)).Find(key);
    }

    [Fact]
    public async Task Deactivate_ActiveKey_IsDeactivatedWithItsReason()
    {
        var id = await engine.CreateAesAsync();

        await engine.RunAsync(new DeactivateOperation(), new DeactivateRequest { Id = id, DeactivationMessage = "retired" });

        Assert.Equal(State.Deactivated, await engine.StateOfAsync(id));
        var reason = (StructureValue)(await engine.AttributesOfAsync(id)).Find(AttributeName.DeactivationReason)!;
        Assert.Equal(AttributeValue.Of(DeactivationReasonCode.Unspecified), reason[AttributeField.DeactivationReasonCode]);
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new DeactivateOperation(), new DeactivateRequest { Id = id }));
    }

    [Fact]
    public async Task Obliterate_Key_NothingOfItIsLeftAndItsNameIsFree()
    {
        var id = await engine.CreateAesAsync(Attributes.Named("obliterated"));
        Assert.Equal(KeyreeveError.WrongKeyLifecycleState, await engine.RefusedAsync(new ObliterateOperation(), new ObliterateRequest(id)));
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new ObliterateOperation(), new ObliterateRequest(id), engine.Stranger));
        await engine.RunAsync(new DeactivateOperation(), new DeactivateRequest { Id = id });

        await engine.RunAsync(new ObliterateOperation(), new ObliterateRequest(id));

        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetAttributesOperation(), new GetAttributesRequest { Id = id }));
        await engine.RestartAsync();
        Assert.Equal(KeyreeveError.ItemNotFound, await engine.RefusedAsync(new GetOperation(), new GetRequest { Id = id }));
        var located = await engine.RunAsync(new LocateOperation(), new LocateRequest
        {
            Attributes = [KeyValuePair.Create<AttributeKey, AttributeValue>(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))],
            StorageStatusMask = StorageStatusMask.OnLineStorage | StorageStatusMask.ArchivalStorage | StorageStatusMask.DestroyedStorage,
        });
        Assert.DoesNotContain(id, located.Ids);
        await engine.CreateAesAsync(Attributes.Named("obliterated"));
    }

    private static ObjectRule Rule(int lengthInBits, string? group = null) => new()
    {
        ObjectTypes = [ObjectType.SymmetricKey],
        ObjectGroups = group is null ? [] : [group],
        Attributes = AttributeSet.Empty
            .With(AttributeName.CryptographicAlgorithm, AttributeValue.Of(CryptographicAlgorithm.AES))
            .With(AttributeName.CryptographicLength, AttributeValue.Of(lengthInBits)),
    };

    private static AttributeSet InGroup(string group) => AttributeSet.Empty.With(AttributeName.ObjectGroup, AttributeValue.Of(group));
}

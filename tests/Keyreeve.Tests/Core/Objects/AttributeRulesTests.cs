using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Core.Objects;

public sealed class AttributeRulesTests
{
    [Fact]
    public void Table_EveryAttribute_HasARule()
    {
        // The mask by which KMIP 3.0 asks for classes is no attribute of an object.
        AttributeName[] without = [AttributeName.None, AttributeName.ObjectClassMask];

        Assert.Equal(Enum.GetValues<AttributeName>().Except(without), AttributeRules.All.Select(r => r.Name).Order());
    }

    [Fact]
    public void Table_WhatIsOurs_NoClientTouches() =>
        Assert.All(AttributeRules.All.Where(r => AttributeRules.IsInternal(r.Name)), rule =>
        {
            Assert.False(rule.IsStatedByClient);
            Assert.Equal(ClientRight.Never, rule.Change);
            Assert.False(rule.IsDeletable);
        });

    // spec: KMIP 2.1 §4.1 to §4.63, the rules of each attribute: "Modifiable by client", "Deletable by client", "Multiple
    // instances permitted", read from the standard's tables.
    [Theory]
    [InlineData(AttributeName.ActivationDate, true, false, false)]
    [InlineData(AttributeName.AlternativeName, true, true, true)]
    [InlineData(AttributeName.AlwaysSensitive, false, false, false)]
    [InlineData(AttributeName.ApplicationSpecificInformation, true, true, true)]
    [InlineData(AttributeName.ArchiveDate, false, false, false)]
    [InlineData(AttributeName.CertificateType, false, false, false)]
    [InlineData(AttributeName.CertificateLength, false, false, false)]
    [InlineData(AttributeName.Comment, true, true, false)]
    [InlineData(AttributeName.CompromiseDate, false, false, false)]
    [InlineData(AttributeName.CompromiseOccurrenceDate, false, false, false)]
    [InlineData(AttributeName.ContactInformation, true, true, false)]
    [InlineData(AttributeName.CryptographicAlgorithm, false, false, false)]
    [InlineData(AttributeName.CryptographicDomainParameters, false, false, false)]
    [InlineData(AttributeName.CryptographicLength, false, false, false)]
    [InlineData(AttributeName.CryptographicParameters, true, true, true)]
    [InlineData(AttributeName.CryptographicUsageMask, false, false, false)]
    [InlineData(AttributeName.DeactivationDate, true, false, false)]
    [InlineData(AttributeName.Description, true, true, false)]
    [InlineData(AttributeName.DestroyDate, false, false, false)]
    [InlineData(AttributeName.Digest, false, false, true)]
    [InlineData(AttributeName.Extractable, true, false, false)]
    [InlineData(AttributeName.Fresh, false, false, false)]
    [InlineData(AttributeName.InitialDate, false, false, false)]
    [InlineData(AttributeName.KeyFormatType, false, false, false)]
    [InlineData(AttributeName.KeyValueLocation, true, true, true)]
    [InlineData(AttributeName.KeyValuePresent, false, false, false)]
    [InlineData(AttributeName.LastChangeDate, false, false, false)]
    [InlineData(AttributeName.LeaseTime, false, false, false)]
    [InlineData(AttributeName.Link, true, true, true)]
    [InlineData(AttributeName.Name, true, true, true)]
    [InlineData(AttributeName.NeverExtractable, false, false, false)]
    [InlineData(AttributeName.NISTKeyType, false, false, true)]
    [InlineData(AttributeName.ObjectGroup, true, true, true)]
    [InlineData(AttributeName.ObjectType, false, false, false)]
    [InlineData(AttributeName.OpaqueDataType, false, false, false)]
    [InlineData(AttributeName.OriginalCreationDate, false, false, false)]
    [InlineData(AttributeName.PKCS12FriendlyName, true, true, false)]
    [InlineData(AttributeName.ProcessStartDate, true, false, false)]
    [InlineData(AttributeName.ProtectStopDate, true, false, false)]
    [InlineData(AttributeName.ProtectionLevel, true, true, false)]
    [InlineData(AttributeName.ProtectionPeriod, true, true, false)]
    [InlineData(AttributeName.ProtectionStorageMask, false, false, false)]
    [InlineData(AttributeName.QuantumSafe, true, true, false)]
    [InlineData(AttributeName.RandomNumberGenerator, false, false, false)]
    [InlineData(AttributeName.RevocationReason, false, false, false)]
    [InlineData(AttributeName.RotateAutomatic, false, false, false)]
    [InlineData(AttributeName.RotateDate, false, false, false)]
    [InlineData(AttributeName.RotateName, true, true, false)]
    [InlineData(AttributeName.Sensitive, true, false, false)]
    [InlineData(AttributeName.ShortUniqueIdentifier, false, false, false)]
    [InlineData(AttributeName.State, false, false, false)]
    [InlineData(AttributeName.UniqueIdentifier, false, false, false)]
    [InlineData(AttributeName.UsageLimits, true, true, false)]
    [InlineData(AttributeName.X509CertificateIdentifier, false, false, false)]
    [InlineData(AttributeName.X509CertificateIssuer, false, false, false)]
    [InlineData(AttributeName.X509CertificateSubject, false, false, false)]
    public void Table_AsTheStandardHasIt(AttributeName name, bool modifiable, bool deletable, bool multiInstance)
    {
        var rule = AttributeRules.For(name);

        Assert.Equal(modifiable, rule.Change is not (ClientRight.Never or ClientRight.Once));
        Assert.Equal(deletable, rule.IsDeletable);
        Assert.Equal(multiInstance, rule.IsMultiInstance);
    }

    [Theory]
    [InlineData(State.PreActive, true, true)]
    [InlineData(State.Active, false, true)]
    [InlineData(State.Deactivated, false, false)]
    [InlineData(State.Compromised, false, false)]
    [InlineData(State.Destroyed, false, false)]
    public void Dates_ChangeInTheirTime(State state, bool activation, bool deactivation)
    {
        Assert.Equal(activation, MayChange(state, AttributeName.ActivationDate));
        Assert.Equal(deactivation, MayChange(state, AttributeName.DeactivationDate));
        // spec: KMIP 2.1 §4.40 "only while in Pre-Active or Active state and as long as the Process Start Date has been not reached"
        Assert.Equal(deactivation, MayChange(state, AttributeName.ProcessStartDate));
        Assert.False(MayChange(state, AttributeName.ProcessStartDate, present: DateTimeOffset.UnixEpoch));
        Assert.Equal(deactivation, MayChange(state, AttributeName.ProtectStopDate, present: DateTimeOffset.MaxValue));
    }

    [Fact]
    public void Values_OfTheWrongKindOrShape_AreRefused()
    {
        foreach (var (key, value) in new (AttributeKey, AttributeValue)[]
        {
            (AttributeName.CryptographicLength, AttributeValue.Of("256")),
            (AttributeName.CryptographicLength, AttributeValue.Of(0)),
            (AttributeName.CryptographicAlgorithm, new EnumerationValue(0)),
            (AttributeName.Name, AttributeValue.Of("name")),
            (AttributeName.Name, AttributeValue.Of(new StructureField(AttributeField.NameValue, AttributeValue.Of("a")))),
            (AttributeName.Name, AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of("")), new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.URI)))),
            (AttributeName.Name, AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of("a")), new StructureField(AttributeField.NameValue, AttributeValue.Of("b")),
                new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.URI)))),
            (AttributeName.Name, AttributeValue.Of(
                new StructureField(AttributeField.NameValue, AttributeValue.Of("a")), new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.URI)),
                new StructureField(AttributeField.LinkType, AttributeValue.Of(LinkType.ChildLink)))),
            (AttributeName.UsageLimits, AttributeValue.Of(
                new StructureField(AttributeField.UsageLimitsTotal, AttributeValue.Of(-1L)), new StructureField(AttributeField.UsageLimitsUnit, AttributeValue.Of(UsageLimitsUnit.Byte)))),
        })
            Assert.Equal(
                KeyreeveError.InvalidAttributeValue, Assert.Throws<KeyreeveException>(() => AttributeRules.CheckStated(ObjectType.SymmetricKey, key, value)).Error);
    }

    [Theory]
    [InlineData("", "name")]
    [InlineData("a b", "name")]
    [InlineData("ä", "name")]
    [InlineData("x", "")]
    public void CustomAttribute_WithoutSoundName_IsRefused(string vendor, string name) => Assert.Equal(
        KeyreeveError.InvalidAttribute,
        Assert.Throws<KeyreeveException>(() => AttributeRules.CheckStated(ObjectType.SymmetricKey, AttributeKey.Custom(vendor, name), AttributeValue.Of(1))).Error);

    private static bool MayChange(State state, AttributeName name, DateTimeOffset? present = null)
    {
        var attributes = AttributeSet.Empty.With(AttributeName.State, AttributeValue.Of(state));
        if (present is { } date) attributes = attributes.With(name, AttributeValue.Of(date));
        var managedObject = new ManagedObject
        {
            Tenant = TenantId.Default, Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch), ObjectType = ObjectType.SymmetricKey, RowVersion = 1, Attributes = attributes,
        };
        try
        {
            AttributeRules.CheckChange(managedObject, name, AttributeValue.Of(DateTimeOffset.UnixEpoch.AddYears(60)), DateTimeOffset.UnixEpoch.AddYears(50));
            return true;
        }
        catch (KeyreeveException refusal) when (refusal.Error == KeyreeveError.WrongKeyLifecycleState)
        {
            return false;
        }
    }
}

using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Xunit;

namespace Keyreeve.Tests.Core.Operations.Standard;

public sealed class TemplateContentsTests
{
    private static readonly AttributeSet Template = AttributeSet.Empty
        .With(AttributeName.ContactInformation, AttributeValue.Of("of the template"))
        .With(AttributeName.ObjectGroup, AttributeValue.Of("group of the template"))
        .With(AttributeName.Name, AttributeValue.Of(new StructureField(AttributeField.NameValue, AttributeValue.Of("template"))));

    // spec: KMIP 1.2 §2.1.8: attributes given beside a template count; of those with several instances all do.
    [Fact]
    public void Merge_AttributeOfBoth_TheStatedOneCountsAndOfSeveralAll()
    {
        var stated = AttributeSet.Empty
            .With(AttributeName.ContactInformation, AttributeValue.Of("stated"))
            .With(AttributeName.ObjectGroup, AttributeValue.Of("stated group"));

        var merged = TemplateContents.Merge(Template.Without(AttributeName.Name), stated);

        Assert.Equal([AttributeValue.Of("stated")], merged.All(AttributeName.ContactInformation).ToArray().Select(i => i.Value));
        Assert.Equal(
            [AttributeValue.Of("group of the template"), AttributeValue.Of("stated group")], merged.All(AttributeName.ObjectGroup).ToArray().Select(i => i.Value));
    }

    [Fact]
    public void For_TemplateThatKeepsItsContents_GivesThoseButNoName()
    {
        var template = ObjectOf(AttributeSet.Empty
            .With(AttributeName.Comment, AttributeValue.Of("of the object itself"))
            .With(AttributeName.TemplateContents, TemplateContents.Of(Template)));

        var given = TemplateContents.For(ObjectType.SymmetricKey, template);

        Assert.Equal([AttributeName.ObjectGroup, AttributeName.ContactInformation], given.Instances.Select(i => i.Key.Name));
    }

    [Fact]
    public void For_TemplateOfBefore_GivesItsAttributes()
    {
        var given = TemplateContents.For(ObjectType.SymmetricKey, ObjectOf(Template));

        Assert.Equal([AttributeName.ObjectGroup, AttributeName.ContactInformation], given.Instances.Select(i => i.Key.Name));
    }

    private static ManagedObject ObjectOf(AttributeSet attributes) => new()
    {
        Tenant = TenantId.Default,
        Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch.AddYears(60)),
        ObjectType = ObjectType.Template,
        RowVersion = 1,
        Attributes = attributes,
    };
}

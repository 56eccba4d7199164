using Keyreeve.Client;
using Keyreeve.Crypto;
using Xunit;

namespace Keyreeve.Tests.Client;

public sealed class DataClassRulesTests
{
    [Fact]
    public void Parse_AllSettings_AreRead()
    {
        var rules = DataClassRules.Parse(
            """
            # Who may see what
            [email]
            level = field
            key = customers
            key-group = pii/contact
            cryptoperiod = 90d
            mask = domain
            search = yes
            [disk]
            level = volume
            """,
            "data-classes.conf");

        var email = rules["email"];
        Assert.Equal((ProtectionLevel.Field, "customers", "pii/contact", MaskRule.Domain, true), (email.Level, email.Key, email.KeyGroup, email.Mask, email.IsSearchAllowed));
        Assert.Equal(TimeSpan.FromDays(90), email.Cryptoperiod);
        Assert.Equal(("disk", MaskRule.Everything, false), (rules["disk"].Key, rules["disk"].Mask, rules["disk"].IsSearchAllowed));
        Assert.Null(rules.Find("other"));
        Assert.Throws<ClientConfigurationException>(() => rules["other"]);
    }

    [Fact]
    public void Parse_ManyFaults_AreReportedAtOnce()
    {
        var faults = Assert.Throws<ClientConfigurationException>(static () => DataClassRules.Parse(
            """
            [Email]
            level = page
            mask = half
            search = perhaps
            nonsense = 1
            [card]
            key = cards
            [home]
            level = field
            key = people
            key-group = pii/place
            [phone]
            level = field
            key = people
            key-group = pii/contact
            """,
            "classes")).Faults;

        Assert.All(
            new[] { "'level'", "'mask'", "'search'", "'nonsense'", "[Email]", "'level' is missing in section [card]", "'people' cannot be in several key groups: pii/place, pii/contact" },
            expected => Assert.Contains(faults, fault => fault.Contains(expected, StringComparison.Ordinal)));
        Assert.Throws<ClientConfigurationException>(static () => DataClassRules.Parse("# nothing", "classes"));
    }

    [Fact]
    public void Check_PropertiesWithoutRule_AreNamedAllAtOnce()
    {
        var rules = DataClassRules.Parse("[known]\nlevel = field", "classes");

        var faults = Assert.Throws<ClientConfigurationException>(() => rules.Check(typeof(DataClassRulesTests).Assembly)).Faults;

        Assert.Equal(2, faults.Length);
        Assert.Contains(faults, static fault => fault.Contains("Marked.Unknown", StringComparison.Ordinal) && fault.Contains("has no rule", StringComparison.Ordinal));
        Assert.Contains(faults, static fault => fault.Contains("Marked.Sought", StringComparison.Ordinal) && fault.Contains("searchable", StringComparison.Ordinal));
        DataClassRules.Parse("[known]\nlevel = field\nsearch = yes\n[unknown]\nlevel = record", "classes").Check(typeof(DataClassRulesTests).Assembly);
    }

    [Fact]
    public void Protected_WithoutAPackageThatEncrypts_IsLeftOutByMappers() =>
        Assert.True(Attribute.IsDefined(typeof(Marked).GetProperty(nameof(Marked.Unknown))!, typeof(System.ComponentModel.DataAnnotations.Schema.NotMappedAttribute)));

    private sealed class Marked
    {
        [Protected("known")]
        public string? Known { get; set; }

        [Protected("unknown")]
        public string? Unknown { get; set; }

        [Protected("known", Searchable = true)]
        public string? Sought { get; set; }
    }
}

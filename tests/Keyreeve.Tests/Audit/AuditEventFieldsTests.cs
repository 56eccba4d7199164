using System.Reflection;
using Keyreeve.Core;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Audit;

/// <summary>
/// The allow-list itself. A field that is added has to be added here, by somebody who asks whether a secret could land in it.
/// </summary>
public sealed class AuditEventFieldsTests
{
    private static readonly string[] AllowList =
    [
        "Algorithm", "Bytes", "ContextNames", "ContextValues", "CorrelationId", "Count", "Credential", "DecidingRule", "Decision", "Detail",
        "Group", "Id", "KeyName", "KeyVersion", "LatencyInMicroseconds", "ObjectId", "Operation", "Origin", "Principal", "Protocol", "Purpose",
        "Reason", "RequestId", "Result", "SourceAddress", "SourcePort", "Tenant", "Time",
    ];

    // None of them takes bytes, a buffer, a secret, or anything at all.
    private static readonly Type[] Types =
    [
        typeof(string), typeof(IReadOnlyList<string>), typeof(int), typeof(long), typeof(DateTimeOffset), typeof(UniqueIdentifier), typeof(UniqueIdentifier?),
        typeof(TenantId), typeof(Protocol), typeof(AuditDecision), typeof(AuditResult), typeof(KeyreeveError), typeof(AuditOrigin),
    ];

    private static PropertyInfo[] Properties => typeof(AuditEvent).GetProperties(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance);

    [Fact]
    [Trait("Attack", "52")]
    public void Event_Fields_AreTheAllowListAndNothingElse() =>
        Assert.Equal(AllowList, Properties.Select(p => p.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal);

    [Fact]
    [Trait("Attack", "52")]
    public void Event_Fields_HaveNoTypeThatASecretHas()
    {
        Assert.All(Properties, p => Assert.Contains(p.PropertyType, Types));
        Assert.All(typeof(AuditOrigin).GetProperties(BindingFlags.Public | BindingFlags.Instance), p => Assert.Equal(typeof(string), p.PropertyType));
    }

    [Theory]
    [InlineData("Material")]
    [InlineData("Nonce")]
    [InlineData("Tag")]
    [InlineData("Plaintext")]
    [InlineData("Ciphertext")]
    [InlineData("Digest")]
    [InlineData("Password")]
    [InlineData("Pin")]
    [Trait("Attack", "52")]
    public void Event_Fields_NoneIsNamedAfterASecret(string secret) =>
        Assert.DoesNotContain(Properties, p => p.Name.Contains(secret, StringComparison.OrdinalIgnoreCase));
}

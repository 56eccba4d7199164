using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Xunit;

namespace Keyreeve.Tests.Access;

public sealed class FailedAttemptsTests
{
    private readonly SetTime _time = new();
    private readonly Principal _principal = PrincipalOf("aa");
    private readonly Principal _other = PrincipalOf("bb");
    private readonly ManagedObject _account = AccountOf();

    [Fact]
    [Trait("Attack", "24")]
    public void Principal_WhateverNamesItTries_IsLockedAfterTen()
    {
        var attempts = new FailedAttempts(_time);
        for (var i = 0; i < 10; i++)
        {
            Assert.False(attempts.IsLocked(_principal, null));
            // Some it tries exist, and some do not.
            attempts.Failed(_principal, i % 2 == 0 ? null : AccountOf());
        }

        Assert.True(attempts.IsLocked(_principal, null));
        Assert.True(attempts.IsLocked(_principal, _account));
        Assert.False(attempts.IsLocked(_other, _account));
    }

    [Fact]
    public void Account_WhoeverTriesIt_IsLockedAfterTenForFiveMinutes()
    {
        var attempts = new FailedAttempts(_time);
        for (var i = 0; i < 10; i++) attempts.Failed(PrincipalOf($"{i:x2}"), _account);
        Assert.True(attempts.IsLocked(_principal, _account));
        Assert.False(attempts.IsLocked(_principal, null));

        // Who goes on trying does not prolong it.
        _time.Now += TimeSpan.FromMinutes(4);
        attempts.Failed(_principal, _account);
        _time.Now += TimeSpan.FromMinutes(1);
        Assert.False(attempts.IsLocked(_principal, _account));
        attempts.Failed(_principal, _account);
        Assert.False(attempts.IsLocked(_principal, _account));
    }

    [Fact]
    [Trait("Attack", "24")]
    public void Success_OfAnotherAccount_GivesNoNewTries()
    {
        var attempts = new FailedAttempts(_time);
        var own = AccountOf();
        for (var i = 0; i < 10; i++)
        {
            attempts.Failed(_principal, AccountOf());
            attempts.Succeeded(_principal, own);
        }

        Assert.True(attempts.IsLocked(_principal, null));
    }

    [Fact]
    public void Success_ForgivesWhatWasWrongBefore()
    {
        var attempts = new FailedAttempts(_time);
        for (var i = 0; i < 40; i++)
        {
            attempts.Failed(_principal, _account);
            if (i % 5 == 4) attempts.Succeeded(_principal, _account);
        }

        Assert.False(attempts.IsLocked(_principal, _account));
    }

    private static Principal PrincipalOf(string fingerprint) => new()
    {
        Tenant = TenantId.Default, Name = fingerprint, Fingerprint = fingerprint, HomeGroup = GroupName.Default, Bindings = [],
    };

    private static ManagedObject AccountOf() => new()
    {
        Tenant = TenantId.Default, Id = UniqueIdentifier.New(DateTimeOffset.UnixEpoch), ObjectType = ObjectType.User, RowVersion = 1, Attributes = AttributeSet.Empty,
    };

    private sealed class SetTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(50);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

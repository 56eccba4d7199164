using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Xunit;

namespace Keyreeve.Tests.Operations.Envelopes;

public sealed class KeyUseTests
{
    private const CryptographicUsageMask Both = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;

    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000);

    // spec: KMIP 2.1 §4.57
    [Theory]
    [InlineData(State.PreActive, KeyreeveError.WrongKeyLifecycleState, KeyreeveError.WrongKeyLifecycleState)]
    [InlineData(State.Active, KeyreeveError.None, KeyreeveError.None)]
    [InlineData(State.Deactivated, KeyreeveError.WrongKeyLifecycleState, KeyreeveError.None)]
    [InlineData(State.Compromised, KeyreeveError.WrongKeyLifecycleState, KeyreeveError.None)]
    [InlineData(State.Destroyed, KeyreeveError.ObjectDestroyed, KeyreeveError.ObjectDestroyed)]
    [InlineData(State.DestroyedCompromised, KeyreeveError.ObjectDestroyed, KeyreeveError.ObjectDestroyed)]
    [Trait("Attack", "40")]
    public void Use_OfEveryState_IsAsTheStandardSays(State state, KeyreeveError encrypting, KeyreeveError decrypting)
    {
        var key = Key(AttributeSet.Empty.With(AttributeName.State, AttributeValue.Of(state)), Both);

        AssertUse(encrypting, () => KeyUse.RequireForEncryption(key, Now));
        AssertUse(decrypting, () => KeyUse.RequireForDecryption(key, Now));
    }

    [Theory]
    [InlineData(AttributeName.Disabled)]
    [InlineData(AttributeName.DestructionDate)]
    [Trait("Attack", "40")]
    public void Use_OfAKeyThatIsOutOfUse_IsRefused(AttributeName name)
    {
        var value = name == AttributeName.Disabled ? AttributeValue.Of(true) : AttributeValue.Of(Now.AddDays(1));
        var key = Key(Active().With(name, value), Both);

        AssertUse(KeyreeveError.KeyDisabled, () => KeyUse.RequireForEncryption(key, Now));
        AssertUse(KeyreeveError.KeyDisabled, () => KeyUse.RequireForDecryption(key, Now));
    }

    [Theory]
    [InlineData(CryptographicUsageMask.Encrypt, KeyreeveError.None, KeyreeveError.IncompatibleUsageMask)]
    [InlineData(CryptographicUsageMask.Decrypt, KeyreeveError.IncompatibleUsageMask, KeyreeveError.None)]
    [InlineData(CryptographicUsageMask.WrapKey | CryptographicUsageMask.Sign, KeyreeveError.IncompatibleUsageMask, KeyreeveError.IncompatibleUsageMask)]
    [InlineData(CryptographicUsageMask.NotSet, KeyreeveError.IncompatibleUsageMask, KeyreeveError.IncompatibleUsageMask)]
    [Trait("Attack", "40")]
    public void Use_BeyondTheMask_IsRefused(CryptographicUsageMask mask, KeyreeveError encrypting, KeyreeveError decrypting)
    {
        var key = Key(Active(), mask);

        AssertUse(encrypting, () => KeyUse.RequireForEncryption(key, Now));
        AssertUse(decrypting, () => KeyUse.RequireForDecryption(key, Now));
    }

    // spec: KMIP 2.1 §4.40 Process Start Date, §4.41 Protect Stop Date
    [Theory]
    [InlineData(-1, KeyreeveError.WrongKeyLifecycleState)]
    [InlineData(0, KeyreeveError.WrongKeyLifecycleState)]
    [InlineData(1, KeyreeveError.None)]
    public void Encryption_FromTheProtectStopDateOn_IsRefused(int seconds, KeyreeveError expected)
    {
        var key = Key(Active().With(AttributeName.ProtectStopDate, AttributeValue.Of(Now.AddSeconds(seconds))), Both);

        AssertUse(expected, () => KeyUse.RequireForEncryption(key, Now));
        AssertUse(KeyreeveError.None, () => KeyUse.RequireForDecryption(key, Now));
    }

    [Theory]
    [InlineData(1, KeyreeveError.WrongKeyLifecycleState)]
    [InlineData(0, KeyreeveError.None)]
    public void Decryption_BeforeTheProcessStartDate_IsRefused(int seconds, KeyreeveError expected)
    {
        var key = Key(Active().With(AttributeName.ProcessStartDate, AttributeValue.Of(Now.AddSeconds(seconds))), Both);

        AssertUse(expected, () => KeyUse.RequireForDecryption(key, Now));
    }

    private static AttributeSet Active() => AttributeSet.Empty.With(AttributeName.State, AttributeValue.Of(State.Active));

    private static ManagedObject Key(AttributeSet attributes, CryptographicUsageMask mask) => new()
    {
        Tenant = TenantId.Default,
        Id = UniqueIdentifier.New(Now),
        ObjectType = ObjectType.SymmetricKey,
        RowVersion = 1,
        Attributes = attributes.With(AttributeName.CryptographicUsageMask, AttributeValue.Of((int)mask)),
    };

    private static void AssertUse(KeyreeveError expected, Action use)
    {
        var refusal = Record.Exception(use);
        Assert.Equal(expected, refusal is null ? KeyreeveError.None : Assert.IsType<KeyreeveException>(refusal).Error);
    }
}

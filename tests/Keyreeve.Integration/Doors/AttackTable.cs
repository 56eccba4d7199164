using System.Collections.Immutable;
using Keyreeve.Integration.Identity;
using Keyreeve.Integration.Kmip;

namespace Keyreeve.Integration.Doors;

/// <summary>An attack, and what it means at each door.</summary>
/// <param name="Number">Its line in the list of attacks.</param>
/// <param name="Run">Tries it at a door, and fails unless it is refused; null if other tests do, for all doors that have no reason here.</param>
internal sealed record Attack(int Number, Func<DoorHouse, Door, Task>? Run)
{
    /// <summary>The tests that try it, where they are not of this table.</summary>
    public (Type Class, string Method)? Elsewhere { get; init; }

    /// <summary>The doors at which it has no meaning, and why not.</summary>
    public ImmutableDictionary<string, string> NotAt { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The same, with one door more at which it has no meaning.</summary>
    public Attack Not(string door, string reason) => this with { NotAt = NotAt.Add(door, reason) };
}

/// <summary>The attacks on who calls and on what he may, 16 to 35: each at every door, or with the reason why not.</summary>
internal static class AttackTable
{
    private const string KernelSaysWho = "the agent asks for no certificate: the kernel names the user, and others are turned away (AgentTests)";
    private const string NoPasswords = "the agent knows users of the machine by the kernel's word: there is nothing to guess, lock or repeat";
    private const string NoRightsGiven = "nothing at this door gives rights to anybody";
    private const string KmipAsBefore = "the same messages on the same connection as at the door 'kmip', read by the same code before PKCS#11 is looked at";

    public static ImmutableArray<Attack> Rows { get; } =
    [
        new Attack(16, CredentialAttacks.WrongCertificateAsync).Not("agent", KernelSaysWho),
        new Attack(17, null) { Elsewhere = (typeof(CertificateDoorTests), nameof(CertificateDoorTests.Certificate_Revoked_IsRefusedOnTheOpenConnectionAndOnANewOne)) }.Not("agent", KernelSaysWho),
        new Attack(18, null) { Elsewhere = (typeof(CertificateDoorTests), nameof(CertificateDoorTests.List_ExpiresOrIsGone_NobodyIsServedAtAnyDoorUntilThereIsOneAgain)) }.Not("agent", KernelSaysWho),
        new Attack(19, CredentialAttacks.SameNameOtherKeyAsync).Not("agent", KernelSaysWho),
        new Attack(20, null) { Elsewhere = (typeof(ResumedSessionTests), nameof(ResumedSessionTests.Session_ResumedAfterItsPrincipalWasDisabled_IsRefused)) }
            .Not("agent", KernelSaysWho).Not("pkcs11", KmipAsBefore).Not("rest-http2", "a session is resumed by the handshake, which is the same before either version of HTTP"),
        new Attack(21, null) { Elsewhere = (typeof(CertificateDoorTests), nameof(CertificateDoorTests.Header_ThatClaimsACaller_IsIgnoredByKmipOverHttpsAndRest)) }
            .Not("agent", KernelSaysWho).Not("kmip", "KMIP over TLS has no headers of HTTP").Not("pkcs11", "KMIP over TLS has no headers of HTTP")
            .Not("rest-http2", "headers are read after the version of HTTP makes a difference no more"),
        new Attack(22, CredentialAttacks.WrongTokenAsync).Not("kmip", "KMIP over TLS has no place for such a token").Not("pkcs11", "KMIP over TLS has no place for such a token")
            .Not("agent", "the agent reads no Authorization header; whom it serves, the kernel says"),
        new Attack(23, CredentialAttacks.GuessingAsync).Not("agent", NoPasswords),
        new Attack(24, CredentialAttacks.LockOutAvoidedAsync).Not("agent", NoPasswords),
        new Attack(25, CredentialAttacks.ReplayAsync).Not("agent", NoPasswords),
        new Attack(26, CredentialAttacks.DisabledAsync),
        new Attack(27, RightsAttacks.LookAlikesAsync),
        new Attack(28, RightsAttacks.OtherTenantAsync),
        new Attack(29, RightsAttacks.ListingAsync).Not("agent", "the agent lists nothing"),
        new Attack(30, RightsAttacks.PatternsAsync),
        new Attack(31, RightsAttacks.MoreThanOneHasAsync).Not("pkcs11", NoRightsGiven).Not("agent", NoRightsGiven),
        new Attack(32, RightsAttacks.ApprovalAsync).Not("agent", "the agent encrypts and decrypts, which takes nobody's approval"),
        new Attack(33, RightsAttacks.CancellingAsync).Not("agent", "the agent has nothing that could be cancelled"),
        new Attack(34, RightsAttacks.InternalOperationsAsync),
        new Attack(35, RightsAttacks.MaterialAsync).Not("agent", "the agent gives no key to anybody; AttackDoorTests tries its routes under attack 34"),
    ];
}

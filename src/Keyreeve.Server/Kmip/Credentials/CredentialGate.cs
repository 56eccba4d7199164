using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Credentials;

/// <summary>
/// Examines the credentials that stand in a message. The certificate says who calls; a credential can only narrow that: to a user
/// behind the certificate, or to what a ticket allows. Thread safe.
/// </summary>
internal sealed class CredentialGate(KmipServices services)
{
    // Each may cost a password's work.
    private const int MostCredentials = 8;

    /// <summary>The call, narrowed to the user whose credential the certificate of the connection is, if it is one's.</summary>
    /// <exception cref="KeyreeveException">It is that of several.</exception>
    public async ValueTask<Call> IdentifyAsync(Call call, KmipCaller caller, CancellationToken cancellationToken) =>
        await services.Users.ByCertificateAsync(call.Principal, caller.Fingerprint, cancellationToken) is { } user ? WithUser(call, user) : call;

    /// <summary>The call, narrowed as the credentials say.</summary>
    /// <param name="call">The call.</param>
    /// <param name="authentication">The credentials.</param>
    /// <param name="answer">The answer, which may have to prove the server, too.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyreeveException">A credential does not hold.</exception>
    // spec: KMIP 2.1 §9.4 "If multiple Credential structures are provided then they must ALL be satisfied."
    public async ValueTask<Call> AuthenticateAsync(Call call, Authentication authentication, PendingMessage answer, CancellationToken cancellationToken)
    {
        if (authentication.Credentials.Length > MostCredentials)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A message has at most {MostCredentials} credentials.");
        foreach (var credential in authentication.Credentials)
        {
            call = credential.CredentialType switch
            {
                CredentialType.Ticket => await WithTicketAsync(call, Read<TicketCredential>(credential).Ticket, cancellationToken),
                CredentialType.UsernameAndPassword => WithUser(call, await ByPasswordAsync(call, Read<UsernameAndPasswordCredential>(credential), cancellationToken)),
                CredentialType.Device => WithUser(call, await ByDeviceAsync(call, Read<DeviceCredential>(credential), cancellationToken)),
                CredentialType.OneTimePassword => WithUser(call, await ByOneTimePasswordAsync(call, Read<OneTimePasswordCredential>(credential), cancellationToken)),
                CredentialType.HashedPassword => WithUser(call, await ByHashAsync(call, Read<HashedPasswordCredential>(credential), answer, cancellationToken)),
                CredentialType.Attestation => services.Attesters.Verify(call, Read<AttestationCredential>(credential)),
                _ => throw new KeyreeveException(KeyreeveError.AuthenticationFailed, $"Credentials of type {credential.CredentialType} do not stand in messages."),
            };
        }

        return call;
    }

    private ValueTask<ProvedUser> ByPasswordAsync(Call call, in UsernameAndPasswordCredential given, CancellationToken cancellationToken) =>
        services.Users.ByPasswordAsync(call, given.Username, given.Password.GetValueOrDefault(), cancellationToken);

    // spec: KMIP 2.1 §9.11 "The client SHALL provide at least one field."
    private ValueTask<ProvedUser> ByDeviceAsync(Call call, in DeviceCredential given, CancellationToken cancellationToken)
    {
        var device = new DeviceIdentity(
            given.DeviceSerialNumber, given.DeviceIdentifier, given.NetworkIdentifier, given.MachineIdentifier, given.MediaIdentifier);
        return services.Users.ByDeviceAsync(call, device, given.Password.GetValueOrDefault(), cancellationToken);
    }

    private ValueTask<ProvedUser> ByOneTimePasswordAsync(Call call, in OneTimePasswordCredential given, CancellationToken cancellationToken) =>
        services.Users.ByOneTimePasswordAsync(call, given.Username, given.Password, given.OneTimePassword, cancellationToken);

    private ValueTask<ProvedUser> ByHashAsync(Call call, in HashedPasswordCredential given, PendingMessage answer, CancellationToken cancellationToken)
    {
        if (given.Timestamp.Type != TtlvType.DateTimeExtended)
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Timestamp of a Hashed Password is a Date-Time Extended.");
        // spec: KMIP 2.1 §9.11 "The Hashing Algorithm SHALL default to SHA 256."
        var algorithm = (Core.Objects.HashingAlgorithm)(given.HashingAlgorithm ?? HashingAlgorithm.SHA_256);
        return ProvingAsync(services.Users.ByHashAsync(call, given.Username, algorithm, given.Timestamp.AsUnixMicroseconds(), given.HashedPassword, cancellationToken), answer);
    }

    private static async ValueTask<ProvedUser> ProvingAsync(ValueTask<ProvedUser> proving, PendingMessage answer)
    {
        var proved = await proving;
        answer.ServerHashedPassword = proved.ServerHash;
        return proved;
    }

    private static Call WithUser(Call call, ProvedUser proved) => call.User is null || call.User == proved.User
        ? call with { User = proved.User, UserRestsOn = call.UserRestsOn.AddRange(proved.RestsOn) }
        : throw new KeyreeveException(KeyreeveError.InvalidField, "The credentials of a message belong to one user.");

    private async ValueTask<Call> WithTicketAsync(Call call, Ticket ticket, CancellationToken cancellationToken)
    {
        if (call.Rights is not null) throw new KeyreeveException(KeyreeveError.InvalidField, "A message carries one ticket.");
        if (ticket.TicketType != TicketType.Login) throw new KeyreeveException(KeyreeveError.InvalidTicket, "The ticket is not valid.");
        var (user, rights) = services.Tickets.Redeem(call, ticket.TicketValue.Span);
        if (user is not null && !await services.Users.AreInUseAsync(call.Principal, user.RestsOn, cancellationToken))
        {
            // The user, or what it logged in by, is gone, and so is the ticket.
            services.Tickets.End(call, ticket.TicketValue.Span);
            throw new KeyreeveException(KeyreeveError.InvalidTicket, "The ticket is not valid.");
        }

        return (user is null ? call : WithUser(call, user)) with { Rights = rights };
    }

    private static TValue Read<TValue>(in Credential credential)
        where TValue : ICredentialValue<TValue>, new()
    {
        try
        {
            return credential.As<TValue>();
        }
        catch (TtlvException fault)
        {
            throw new KeyreeveException(KeyreeveError.InvalidMessage, $"The Credential Value cannot be read: {fault.Reason}.");
        }
    }
}

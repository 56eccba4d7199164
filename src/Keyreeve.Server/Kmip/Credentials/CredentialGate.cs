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
    /// <summary>The call, narrowed as the credentials say.</summary>
    /// <exception cref="KeyreeveException">A credential does not hold.</exception>
    // spec: KMIP 2.1 §9.4 "If multiple Credential structures are provided then they must ALL be satisfied."
    public async ValueTask<Call> AuthenticateAsync(Call call, Authentication authentication, CancellationToken cancellationToken)
    {
        foreach (var credential in authentication.Credentials)
        {
            call = credential.CredentialType switch
            {
                CredentialType.Ticket => WithTicket(call, Read<TicketCredential>(credential).Ticket),
                CredentialType.UsernameAndPassword => WithUser(call, await ByPasswordAsync(call, Read<UsernameAndPasswordCredential>(credential), cancellationToken)),
                CredentialType.Device => WithUser(call, await ByDeviceAsync(call, Read<DeviceCredential>(credential), cancellationToken)),
                CredentialType.OneTimePassword => WithUser(call, await ByOneTimePasswordAsync(call, Read<OneTimePasswordCredential>(credential), cancellationToken)),
                CredentialType.HashedPassword => WithUser(call, await ByHashAsync(call, Read<HashedPasswordCredential>(credential), cancellationToken)),
                CredentialType.Attestation => throw Unattested(Read<AttestationCredential>(credential)),
                _ => throw new KeyreeveException(KeyreeveError.AuthenticationFailed, $"Credentials of type {credential.CredentialType} do not stand in messages."),
            };
        }

        return call;
    }

    private ValueTask<CallUser> ByPasswordAsync(Call call, in UsernameAndPasswordCredential given, CancellationToken cancellationToken) =>
        services.Users.ByPasswordAsync(call, given.Username, given.Password.GetValueOrDefault(), cancellationToken);

    // spec: KMIP 2.1 §9.11 "The client SHALL provide at least one field."
    private ValueTask<CallUser> ByDeviceAsync(Call call, in DeviceCredential given, CancellationToken cancellationToken)
    {
        var device = new DeviceIdentity(
            given.DeviceSerialNumber, given.DeviceIdentifier, given.NetworkIdentifier, given.MachineIdentifier, given.MediaIdentifier);
        return services.Users.ByDeviceAsync(call, device, given.Password.GetValueOrDefault(), cancellationToken);
    }

    private ValueTask<CallUser> ByOneTimePasswordAsync(Call call, in OneTimePasswordCredential given, CancellationToken cancellationToken) =>
        services.Users.ByOneTimePasswordAsync(call, given.Username, given.Password.GetValueOrDefault(), given.OneTimePassword, cancellationToken);

    private ValueTask<CallUser> ByHashAsync(Call call, in HashedPasswordCredential given, CancellationToken cancellationToken)
    {
        if (given.Timestamp.Type != TtlvType.DateTimeExtended)
            throw new KeyreeveException(KeyreeveError.InvalidField, "The Timestamp of a Hashed Password is a Date-Time Extended.");
        return services.Users.ByHashAsync(call, given.Username, cancellationToken);
    }

    // The server gives out no Nonce, so that no attestation can be about one of its own.
    private static KeyreeveException Unattested(in AttestationCredential given) =>
        new(KeyreeveError.AttestationFailed, $"This server demands no attestation and verifies none, {given.AttestationType} included.");

    private static Call WithUser(Call call, CallUser user) => call.User is null || call.User == user
        ? call with { User = user }
        : throw new KeyreeveException(KeyreeveError.InvalidField, "The credentials of a message belong to one user.");

    private Call WithTicket(Call call, Ticket ticket)
    {
        if (call.Rights is not null) throw new KeyreeveException(KeyreeveError.InvalidField, "A message carries one ticket.");
        if (ticket.TicketType != TicketType.Login) throw new KeyreeveException(KeyreeveError.InvalidTicket, "The ticket is not valid.");
        var (user, rights) = services.Tickets.Redeem(call, ticket.TicketValue.Span);
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

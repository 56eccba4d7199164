using Keyreeve.Core;
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
    public ValueTask<Call> AuthenticateAsync(Call call, Authentication authentication, CancellationToken cancellationToken)
    {
        foreach (var credential in authentication.Credentials)
        {
            call = credential.CredentialType switch
            {
                CredentialType.Ticket => WithTicket(call, Read<TicketCredential>(credential).Ticket),
                _ => throw new KeyreeveException(KeyreeveError.AuthenticationFailed, $"Credentials of type {credential.CredentialType} are not taken."),
            };
        }

        return new(call);
    }

    private Call WithTicket(Call call, Ticket ticket)
    {
        if (call.Rights is not null) throw new KeyreeveException(KeyreeveError.InvalidField, "A message carries one ticket.");
        if (ticket.TicketType != TicketType.Login) throw new KeyreeveException(KeyreeveError.InvalidTicket, "The ticket is not valid.");
        var (user, rights) = services.Tickets.Redeem(call, ticket.TicketValue.Span);
        return call with { User = user ?? call.User, Rights = rights };
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

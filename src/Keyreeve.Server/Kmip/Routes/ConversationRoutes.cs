using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Conversation;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations about the conversation between client and server.</summary>
internal static class ConversationRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All(KmipServices services) =>
    [
        new KmipRoute<Wire.PingRequest, PingRequest, PingResponse, Wire.EmptyResponse>(
            Operation.Ping, ProtocolVersion.Kmip21, new PingOperation(), (_, _) => new PingRequest(), (_, _) => default),
        new KmipRoute<Wire.LogRequest, LogRequest, LogResponse, Wire.EmptyResponse>(
            Operation.Log, ProtocolVersion.Kmip20, new LogOperation(), (p, _) => new LogRequest(p.LogMessage), (_, _) => default),
        new KmipRoute<Wire.InteropRequest, InteropRequest, InteropResponse, Wire.EmptyResponse>(
            Operation.Interop, ProtocolVersion.Kmip20, new InteropOperation(services.Forget),
            (p, _) => new InteropRequest((Core.Operations.Conversation.InteropFunction)p.InteropFunction, p.InteropIdentifier), (_, _) => default)
        {
            OfferedTo = static (engine, call) => InteropOperation.IsOffered(engine.Modes, call.Principal),
        },
        new KmipRoute<Wire.LoginRequest, LoginRequest, LoginResponse, Wire.LoginResponse>(
            Operation.Login, ProtocolVersion.Kmip20, new LoginOperation(services.Tickets, isDelegated: false),
            (p, call) => new LoginRequest(Terms(p.LeaseTime, p.RequestCount, p.UsageLimits, null, call)), LoggedIn),
        new KmipRoute<Wire.DelegatedLoginRequest, LoginRequest, LoginResponse, Wire.LoginResponse>(
            Operation.DelegatedLogin, ProtocolVersion.Kmip20, new LoginOperation(services.Tickets, isDelegated: true),
            (p, call) => new LoginRequest(Terms(p.LeaseTime, p.RequestCount, p.UsageLimits, p.Rights, call)), LoggedIn),
        new KmipRoute<Wire.LogoutRequest, LogoutRequest, LogoutResponse, Wire.EmptyResponse>(
            Operation.Logout, ProtocolVersion.Kmip20, new LogoutOperation(services.Tickets),
            (p, _) => new LogoutRequest { Ticket = p.Ticket.TicketValue }, (_, _) => default),
        new KmipRoute<Wire.SetEndpointRoleRequest, SetEndpointRoleRequest, SetEndpointRoleResponse, Wire.SetEndpointRoleResponse>(
            Operation.SetEndpointRole, ProtocolVersion.Kmip20, new SetEndpointRoleOperation(),
            (p, call) => ToRole(p.EndpointRole, services, call), (r, _) => new() { EndpointRole = r.IsServer ? EndpointRole.Server : EndpointRole.Client }),
    ];

    private static SetEndpointRoleRequest ToRole(EndpointRole role, KmipServices services, KmipCall call)
    {
        if (role is not (EndpointRole.Client or EndpointRole.Server)) throw new KeyreeveException(KeyreeveError.InvalidField, "An Endpoint Role is Client or Server.");
        return new(role == EndpointRole.Server, call.Message.CanTurn ? () => call.Message.Turn ??= services.Turned.Reserve(call.Call, call.Version) : null);
    }

    private static Wire.LoginResponse LoggedIn(LoginResponse response, KmipCall call) => new()
    {
        Ticket = new Ticket { TicketType = TicketType.Login, TicketValue = call.Message.Wiped(response.Ticket) },
    };

    private static TicketTerms Terms(KmipValue? leaseTime, int? requestCount, Wire.TicketUsageLimits? limits, Wire.Rights? rights, KmipCall call)
    {
        if (requestCount < 0) throw new KeyreeveException(KeyreeveError.InvalidField, "A Request Count is 0 (no limit) or more.");
        var operations = Uses(limits);
        return new()
        {
            ExpiresAt = EndOf(leaseTime, call.Call.Time),
            Requests = requestCount is null or 0 ? null : requestCount,
            Rights = rights is null && operations is null ? null : new DelegatedRights(rights is null ? null : ToCore(rights, call), operations),
        };
    }

    // Of 0 the cases show that it sets no end of the client's own.
    private static DateTimeOffset? EndOf(KmipValue? leaseTime, DateTimeOffset now) => leaseTime switch
    {
        null => null,
        { Type: TtlvType.Interval } interval => interval.AsIntervalSeconds() == 0 ? null : now.AddSeconds(interval.AsIntervalSeconds()),
        { } date => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(date.AsUnixSeconds(), 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds())),
    };

    private static ImmutableArray<DelegatedRight> ToCore(Wire.Rights rights, KmipCall call) => [.. rights.Items.Select(right => new DelegatedRight
    {
        Operations = right.Operations?.Items.SelectMany(NamesOf).ToFrozenSet(),
        Objects = right.Objects?.Items.Select(id => Identifiers.Resolve(id, call)).ToFrozenSet(),
        ObjectGroups = right.ObjectGroups?.Items.ToFrozenSet(StringComparer.Ordinal),
        Uses = Uses(right.UsageLimits),
    })];

    // Operations of the wire and of the roles have the standard's names, but for PKCS#11's punctuation.
    private static IEnumerable<OperationName> NamesOf(Operation operation)
    {
        var name = operation.ToString().Replace("_", string.Empty, StringComparison.Ordinal);
        return Enum.TryParse<OperationName>(name, out var known) && Enum.IsDefined(operation) ? [known] : [];
    }

    private static long? Uses(Wire.TicketUsageLimits? limits)
    {
        if (limits is null) return null;
        if (limits.UsageLimitsUnit != UsageLimitsUnit.Object)
            throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "What a ticket allows is counted in operations (Usage Limits Unit Object), not in bytes.");
        return limits.UsageLimitsTotal >= 0
            ? limits.UsageLimitsTotal
            : throw new KeyreeveException(KeyreeveError.InvalidField, "Usage Limits Total is 0 or more.");
    }
}

using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Login asks for a ticket by which later requests are authenticated. KMIP 2.1 §6.1.30.</summary>
public sealed record LoginRequest : IRequestPayload<LoginRequest, LoginResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Login;

    /// <summary>How long the ticket shall hold: an Interval from now, or a Date-Time; 0 leaves it to the server.</summary>
    public KmipValue? LeaseTime { get; init; }

    /// <summary>How many requests can be made with it; 0 sets no limit.</summary>
    public int? RequestCount { get; init; }

    /// <summary>How many operations can be done with it.</summary>
    public TicketUsageLimits? UsageLimits { get; init; }

    /// <inheritdoc/>
    public static LoginRequest Exchange<TCodec>(ref TCodec codec, in LoginRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            LeaseTime = codec.OptionalLease(value.LeaseTime),
            RequestCount = codec.OptionalInteger(Tag.RequestCount, value.RequestCount),
            UsageLimits = codec.OptionalObject(Tag.UsageLimits, value.UsageLimits),
        };
}

/// <summary>The ticket.</summary>
public readonly struct LoginResponse : IWireStructure<LoginResponse>
{
    /// <summary>The ticket; whoever has it can use it.</summary>
    public Ticket Ticket { get; init; }

    /// <inheritdoc/>
    public static LoginResponse Exchange<TCodec>(ref TCodec codec, in LoginResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Ticket = codec.Structure(Tag.Ticket, value.Ticket) };
}

/// <summary>Delegated Login asks for a ticket that allows only what is stated. KMIP 2.1 §6.1.12.</summary>
public sealed record DelegatedLoginRequest : IRequestPayload<DelegatedLoginRequest, LoginResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.DelegatedLogin;

    /// <inheritdoc cref="LoginRequest.LeaseTime"/>
    public KmipValue? LeaseTime { get; init; }

    /// <inheritdoc cref="LoginRequest.RequestCount"/>
    public int? RequestCount { get; init; }

    /// <inheritdoc cref="LoginRequest.UsageLimits"/>
    public TicketUsageLimits? UsageLimits { get; init; }

    /// <summary>What the ticket allows: what at least one of these does.</summary>
    public Rights Rights { get; init; } = new();

    /// <inheritdoc/>
    public static DelegatedLoginRequest Exchange<TCodec>(ref TCodec codec, in DelegatedLoginRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            LeaseTime = codec.OptionalLease(value.LeaseTime),
            RequestCount = codec.OptionalInteger(Tag.RequestCount, value.RequestCount),
            UsageLimits = codec.OptionalObject(Tag.UsageLimits, value.UsageLimits),
            Rights = codec.Structure(Tag.Rights, value.Rights),
        };
}

/// <summary>Logout ends a ticket. KMIP 2.1 §6.1.31.</summary>
public readonly struct LogoutRequest : IRequestPayload<LogoutRequest, EmptyResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Logout;

    /// <summary>The ticket.</summary>
    public Ticket Ticket { get; init; }

    /// <inheritdoc/>
    public static LogoutRequest Exchange<TCodec>(ref TCodec codec, in LogoutRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Ticket = codec.Structure(Tag.Ticket, value.Ticket) };
}

/// <summary>A list of rights. KMIP 2.1 §7.35.</summary>
public sealed record Rights : IWireStructure<Rights>
{
    /// <summary>Each of them allows something.</summary>
    public ImmutableArray<Right> Items { get; init; } = [];

    /// <inheritdoc/>
    public static Rights Exchange<TCodec>(ref TCodec codec, in Rights value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Items = codec.Structures(Tag.Right, value.Items) };
}

/// <summary>What may be done with what; a field that is absent restricts nothing. KMIP 2.1 §7.34.</summary>
public sealed record Right : IWireStructure<Right>
{
    /// <summary>How often.</summary>
    public TicketUsageLimits? UsageLimits { get; init; }

    /// <summary>Which operations.</summary>
    public OperationList? Operations { get; init; }

    /// <summary>With which objects.</summary>
    public ObjectList? Objects { get; init; }

    /// <summary>With the objects of which Object Groups.</summary>
    public ObjectGroupList? ObjectGroups { get; init; }

    /// <inheritdoc/>
    public static Right Exchange<TCodec>(ref TCodec codec, in Right value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UsageLimits = codec.OptionalObject(Tag.UsageLimits, value.UsageLimits),
            Operations = codec.OptionalObject(Tag.Operations, value.Operations),
            Objects = codec.OptionalObject(Tag.Objects, value.Objects),
            ObjectGroups = codec.OptionalObject(Tag.ObjectGroups, value.ObjectGroups),
        };
}

/// <summary>A structure of operations. KMIP 2.1 §7.28.</summary>
public sealed record OperationList : IWireStructure<OperationList>
{
    /// <summary>The operations.</summary>
    public ImmutableArray<Operation> Items { get; init; } = [];

    /// <inheritdoc/>
    public static OperationList Exchange<TCodec>(ref TCodec codec, in OperationList value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Items = codec.Enumerations(Tag.Operation, value.Items) };
}

/// <summary>A structure of objects. KMIP 2.1 §7.27.</summary>
public sealed record ObjectList : IWireStructure<ObjectList>
{
    /// <summary>The objects.</summary>
    public ImmutableArray<UniqueIdentifier> Items { get; init; } = [];

    /// <inheritdoc/>
    public static ObjectList Exchange<TCodec>(ref TCodec codec, in ObjectList value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Items = codec.Identifiers(Tag.UniqueIdentifier, value.Items) };
}

/// <summary>A structure of Object Groups. KMIP 2.1 §7.25.</summary>
public sealed record ObjectGroupList : IWireStructure<ObjectGroupList>
{
    /// <summary>The groups.</summary>
    public ImmutableArray<string> Items { get; init; } = [];

    /// <inheritdoc/>
    public static ObjectGroupList Exchange<TCodec>(ref TCodec codec, in ObjectGroupList value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Items = codec.Texts(Tag.ObjectGroup, value.Items) };
}

/// <summary>Usage Limits of a ticket or a right. KMIP 2.1 §7.40.</summary>
public sealed record TicketUsageLimits : IWireStructure<TicketUsageLimits>
{
    /// <summary>How much in all.</summary>
    public long UsageLimitsTotal { get; init; }

    /// <summary>How much is left; a server sets it.</summary>
    public long? UsageLimitsCount { get; init; }

    /// <summary>Of what.</summary>
    public UsageLimitsUnit UsageLimitsUnit { get; init; }

    /// <inheritdoc/>
    public static TicketUsageLimits Exchange<TCodec>(ref TCodec codec, in TicketUsageLimits value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UsageLimitsTotal = codec.LongInteger(Tag.UsageLimitsTotal, value.UsageLimitsTotal),
            UsageLimitsCount = codec.OptionalLongInteger(Tag.UsageLimitsCount, value.UsageLimitsCount),
            UsageLimitsUnit = codec.Enumeration(Tag.UsageLimitsUnit, value.UsageLimitsUnit),
        };
}

internal static class LeaseCodec
{
    // spec: KMIP 2.1 §6.1.30 "The lease time Interval or Date Time for the ticket"
    public static KmipValue? OptionalLease<TCodec>(ref this TCodec codec, KmipValue? value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var read = codec.OptionalValue(Tag.LeaseTime, value);
        return read is { Type: not (TtlvType.Interval or TtlvType.DateTime) } ? throw codec.Invalid("Lease Time is neither an Interval nor a Date-Time") : read;
    }
}

using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>Check asks whether an object may be used so. KMIP 2.1 §6.1.7, 1.x §4.10 (1.0: §4.9).</summary>
public readonly record struct CheckRequest : IRequestPayload<CheckRequest, CheckResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.Check;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How much is to be protected, in the units of its Usage Limits.</summary>
    public long? UsageLimitsCount { get; init; }

    /// <summary>For what.</summary>
    public CryptographicUsageMask? CryptographicUsageMask { get; init; }

    /// <summary>For how long, in seconds.</summary>
    public uint? LeaseTime { get; init; }

    /// <inheritdoc/>
    public static CheckRequest Exchange<TCodec>(ref TCodec codec, in CheckRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            UsageLimitsCount = codec.OptionalLongInteger(Tag.UsageLimitsCount, value.UsageLimitsCount),
            CryptographicUsageMask = codec.OptionalMask(Tag.CryptographicUsageMask, value.CryptographicUsageMask),
            LeaseTime = codec.OptionalInterval(Tag.LeaseTime, value.LeaseTime),
        };
}

/// <summary>The object, or of what was asked that which it may not.</summary>
public readonly record struct CheckResponse : IWireStructure<CheckResponse>
{
    /// <summary>The object; absent if it may not be used so.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>The amount, if it is more than may be used.</summary>
    public long? UsageLimitsCount { get; init; }

    /// <summary>The use, if it is not allowed.</summary>
    public CryptographicUsageMask? CryptographicUsageMask { get; init; }

    /// <summary>The time, if it is longer than may be granted.</summary>
    public uint? LeaseTime { get; init; }

    /// <inheritdoc/>
    public static CheckResponse Exchange<TCodec>(ref TCodec codec, in CheckResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            UsageLimitsCount = codec.OptionalLongInteger(Tag.UsageLimitsCount, value.UsageLimitsCount),
            CryptographicUsageMask = codec.OptionalMask(Tag.CryptographicUsageMask, value.CryptographicUsageMask),
            LeaseTime = codec.OptionalInterval(Tag.LeaseTime, value.LeaseTime),
        };
}

/// <summary>Obtain Lease. KMIP 2.1 §6.1.35, 1.x §4.17 (1.0: §4.16).</summary>
public readonly record struct ObtainLeaseRequest : IRequestPayload<ObtainLeaseRequest, ObtainLeaseResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.ObtainLease;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <inheritdoc/>
    public static ObtainLeaseRequest Exchange<TCodec>(ref TCodec codec, in ObtainLeaseRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
        };
}

/// <summary>A lease.</summary>
public readonly record struct ObtainLeaseResponse : IWireStructure<ObtainLeaseResponse>
{
    /// <summary>Which object.</summary>
    public UniqueIdentifier UniqueIdentifier { get; init; }

    /// <summary>How long it may be used, in seconds; 0: without limit.</summary>
    public uint LeaseTime { get; init; }

    /// <summary>When the object was last changed.</summary>
    public DateTimeOffset LastChangeDate { get; init; }

    /// <inheritdoc/>
    public static ObtainLeaseResponse Exchange<TCodec>(ref TCodec codec, in ObtainLeaseResponse value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.Identifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            LeaseTime = codec.Interval(Tag.LeaseTime, value.LeaseTime),
            LastChangeDate = codec.DateTime(Tag.LastChangeDate, value.LastChangeDate),
        };
}

/// <summary>Get Usage Allocation. KMIP 2.1 §6.1.23, 1.x §4.18 (1.0: §4.17).</summary>
public readonly record struct GetUsageAllocationRequest : IRequestPayload<GetUsageAllocationRequest, IdentifierResponse>
{
    /// <inheritdoc/>
    public static Operation Operation => Operation.GetUsageAllocation;

    /// <summary>The object; absent: the ID Placeholder.</summary>
    public UniqueIdentifier? UniqueIdentifier { get; init; }

    /// <summary>How much is going to be protected, in the units of its Usage Limits.</summary>
    public long UsageLimitsCount { get; init; }

    /// <inheritdoc/>
    public static GetUsageAllocationRequest Exchange<TCodec>(ref TCodec codec, in GetUsageAllocationRequest value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            UniqueIdentifier = codec.OptionalIdentifier(Tag.UniqueIdentifier, value.UniqueIdentifier),
            UsageLimitsCount = codec.LongInteger(Tag.UsageLimitsCount, value.UsageLimitsCount),
        };
}

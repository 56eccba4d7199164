using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Cryptography;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for something to be done to data with a key that stays here.</summary>
public abstract record KeyDataRequest
{
    /// <summary>Which key.</summary>
    public required UniqueIdentifier Id { get; init; }

    /// <summary>The Cryptographic Parameters, or null for those of the key.</summary>
    public StructureValue? CryptographicParameters { get; init; }

    /// <summary>The data; may be a slice of the caller's buffer, which stays unchanged until the operation has ended.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Which part of the message it is; the whole, if nothing is said.</summary>
    public StreamPart Part { get; init; }
}

/// <summary>An operation that does something to data with a key.</summary>
/// <typeparam name="TRequest">Its request.</typeparam>
/// <typeparam name="TResponse">Its response.</typeparam>
public abstract class KeyDataOperation<TRequest, TResponse> : ObjectOperation<TRequest, TResponse>
    where TRequest : KeyDataRequest
{
    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Use;

    /// <inheritdoc/>
    protected override UniqueIdentifier IdOf(TRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Id;
    }
}

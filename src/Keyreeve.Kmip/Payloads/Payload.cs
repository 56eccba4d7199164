using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Payloads;

/// <summary>What an operation takes, and which response answers it.</summary>
/// <typeparam name="TSelf">The request payload.</typeparam>
/// <typeparam name="TResponse">The response payload.</typeparam>
public interface IRequestPayload<TSelf, TResponse> : IWireStructure<TSelf>
    where TSelf : IRequestPayload<TSelf, TResponse>, new()
    where TResponse : IWireStructure<TResponse>, new()
{
    /// <summary>The operation.</summary>
    static abstract Operation Operation { get; }
}

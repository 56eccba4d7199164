using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// What TLS receives through, each time in its turn on the processor. The runtime deciphers where it received, in an array of the shared pool that it gives back as it is, with
/// the keys of whoever registered one; so what it receives into is wiped before each read, and what it gave back after each.
/// </summary>
/// <remarks>
/// As far as it goes: the pool hands a thread the array that this thread gave back last, so <see cref="WipeGivenBack"/>, called by
/// whoever's read has just ended, finds it. Nothing else is promised by the runtime.
/// </remarks>
/// <param name="socket">The connection.</param>
/// <param name="work">Waits for the turn in which what was received is worked on.</param>
internal sealed class WipedReceiveStream(Socket socket, ProcessorTurn work) : NetworkStream(socket, ownsSocket: false)
{
    private int _arrayLength;
    private int _usedEnd;

    /// <summary>The turns of the connection.</summary>
    public ProcessorTurn Work => work;

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        CryptographicOperations.ZeroMemory(buffer.Span);
        if (MemoryMarshal.TryGetArray<byte>(buffer, out var segment) && segment.Array is { } array)
        {
            _usedEnd = array.Length == _arrayLength ? Math.Max(_usedEnd, segment.Offset + segment.Count) : segment.Offset + segment.Count;
            _arrayLength = array.Length;
        }

        return work.AfterAsync(base.ReadAsync(buffer, cancellationToken));
    }

    /// <summary>Wipes the array that TLS read into and has given back on this thread.</summary>
    public void WipeGivenBack()
    {
        if (_arrayLength == 0) return;
        var array = ArrayPool<byte>.Shared.Rent(_arrayLength);
        CryptographicOperations.ZeroMemory(array.AsSpan(0, Math.Min(_usedEnd, array.Length)));
        ArrayPool<byte>.Shared.Return(array);
    }
}

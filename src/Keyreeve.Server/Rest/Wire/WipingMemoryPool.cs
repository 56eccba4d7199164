using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// The blocks through which the web server's connections read and write: wiped when given back, because requests and
/// answers with plaintext and data keys pass through them.
/// </summary>
internal sealed class WipingMemoryPool : MemoryPool<byte>
{
    private const int BlockSizeInBytes = 4096;

    // More than this many idle blocks are left to the garbage collector.
    private const int MaxIdleBlocks = 4096;

    private readonly ConcurrentQueue<Block> _idle = new();
    private int _idleCount;

    public override int MaxBufferSize => BlockSizeInBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSizeInBytes);
        if (!_idle.TryDequeue(out var block)) return new Block(this);
        Interlocked.Decrement(ref _idleCount);
        block.Rent();
        return block;
    }

    protected override void Dispose(bool disposing) => _idle.Clear();

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _idleCount) <= MaxIdleBlocks) _idle.Enqueue(block);
        else Interlocked.Decrement(ref _idleCount);
    }

    /// <summary>Makes the pools that the web server asks for.</summary>
    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new WipingMemoryPool();
    }

    private sealed class Block(WipingMemoryPool pool) : IMemoryOwner<byte>
    {
        // Pinned, so that no copy is left behind when the collector compacts.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSizeInBytes, pinned: true);
        private int _isRented = 1;

        public Memory<byte> Memory => _bytes;

        public void Rent() => Volatile.Write(ref _isRented, 1);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isRented, 0) == 0) return;
            CryptographicOperations.ZeroMemory(_bytes);
            pool.Return(this);
        }
    }
}

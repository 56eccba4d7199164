using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Keyreeve.Crypto;

/// <summary>Encrypts or decrypts one chunk, and returns how many bytes of the destination it wrote.</summary>
internal delegate int ChunkWork(long index, ReadOnlySpan<byte> source, Span<byte> destination);

/// <summary>Where the chunks of a message stand in source and destination, and how long they are there; the last one is shorter.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ChunkRange(long SourceStart, long SourceLength, int SourceChunkSize, long DestinationStart, int DestinationChunkSize)
{
    /// <summary>How many chunks. There is a last one behind full ones, if an empty one.</summary>
    public long Count => SourceLength / SourceChunkSize + 1;
}

/// <summary>Goes through the chunks of a file in pieces, one thread a processor, each thread from reading to writing.</summary>
internal static class FilePieces
{
    /// <summary>The kernel lets one thread at a time write to a file, so more threads than this only wait for each other.</summary>
    private const int MostThreads = 4;

    public static async Task RunAsync(FileToFile files, ChunkRange chunks, int pieceInChunks, ChunkWork work, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var pieces = new Pieces(files, chunks, pieceInChunks, work, stop);
        var threads = (int)Math.Min(Math.Min(Environment.ProcessorCount, MostThreads), pieces.Count);

        // Threads of their own: they block in reads and writes, and the pool is everybody's.
        await Task.WhenAll(Enumerable.Range(0, threads).Select(_ => Task.Factory.StartNew(
            pieces.Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <exception cref="IOException">The file ends before.</exception>
    public static void ReadExactly(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            var read = RandomAccess.Read(file, buffer, offset);
            if (read == 0)
                throw new IOException("The file became shorter while it was read.");
            buffer = buffer[read..];
            offset += read;
        }
    }

    private sealed class Pieces(FileToFile files, ChunkRange chunks, int pieceInChunks, ChunkWork work, CancellationTokenSource stop)
    {
        private const int MebibyteShift = 20;

        private readonly Lock _progress = new();
        private long _next;
        private long _finished;
        private long _done;

        public long Count => (chunks.Count + pieceInChunks - 1) / pieceInChunks;

        /// <summary>One thread's work: the next piece, for as long as there is one.</summary>
        public void Work()
        {
            var source = ArrayPool<byte>.Shared.Rent(pieceInChunks * chunks.SourceChunkSize);
            var destination = ArrayPool<byte>.Shared.Rent(pieceInChunks * chunks.DestinationChunkSize);
            try
            {
                // The others end without a word when one failed: what is thrown is its failure.
                while (!stop.IsCancellationRequested && Interlocked.Increment(ref _next) - 1 is var piece && piece < Count)
                    Do(piece * pieceInChunks, source, destination);
            }
            catch
            {
                stop.Cancel();
                throw;
            }
            finally
            {
                // One of the two held plaintext.
                CryptographicOperations.ZeroMemory(source);
                CryptographicOperations.ZeroMemory(destination);
                ArrayPool<byte>.Shared.Return(source);
                ArrayPool<byte>.Shared.Return(destination);
            }
        }

        private void Do(long firstChunk, byte[] source, byte[] destination)
        {
            var offset = firstChunk * chunks.SourceChunkSize;
            var count = (int)Math.Min((long)pieceInChunks * chunks.SourceChunkSize, chunks.SourceLength - offset);
            ReadExactly(files.Source, source.AsSpan(0, count), chunks.SourceStart + offset);
            ReadOnlySpan<byte> rest = source.AsSpan(0, count);
            var written = 0;
            for (var index = firstChunk; index < Math.Min(firstChunk + pieceInChunks, chunks.Count); index++)
            {
                var chunk = rest[..Math.Min(rest.Length, chunks.SourceChunkSize)];
                written += work(index, chunk, destination.AsSpan(written));
                rest = rest[chunk.Length..];
            }

            RandomAccess.Write(files.Destination, destination.AsSpan(0, written), chunks.DestinationStart + firstChunk * chunks.DestinationChunkSize);
            Tell(Math.Min(count, written));
        }

        // The plaintext is the shorter of the two.
        private void Tell(int plaintextInBytes)
        {
            if (files.Progress is null)
                return;
            lock (_progress)
            {
                var before = _done;
                _done += plaintextInBytes;
                _finished++;
                if (_done >> MebibyteShift != before >> MebibyteShift || _finished == Count)
                    files.Progress(_done);
            }
        }
    }
}

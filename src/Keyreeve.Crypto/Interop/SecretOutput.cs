using System.Diagnostics.CodeAnalysis;

namespace Keyreeve.Crypto.Interop;

/// <summary>Writes a secret whose length is known only afterwards, or not written at all.</summary>
/// <returns>False when there is nothing to give out.</returns>
internal delegate bool SecretWriter<TState>(Span<byte> destination, TState state, out int written)
    where TState : allows ref struct;

/// <summary>Has native code write its result straight into locked memory.</summary>
internal static class SecretOutput
{
    /// <summary>Makes a secret of what <paramref name="write"/> writes, wiping every byte when it writes nothing.</summary>
    /// <param name="maxLengthInBytes">The most that will be written.</param>
    /// <param name="state">Handed to <paramref name="write"/>.</param>
    /// <param name="write">Writes the secret.</param>
    /// <param name="secret">The secret, of exactly the length written.</param>
    public static bool TryCreate<TState>(
        int maxLengthInBytes, TState state, SecretWriter<TState> write, [NotNullWhen(true)] out SecretBytes? secret)
        where TState : allows ref struct
    {
        var written = -1;
        var whole = SecretBytes.Create(
            maxLengthInBytes, new Call<TState>(state, write, ref written), static (bytes, call) => call.Run(bytes));
        if (written == maxLengthInBytes)
        {
            secret = whole;
            return true;
        }

        using (whole)
        using (var lease = whole.Reveal())
            secret = written < 0 ? null : SecretBytes.CopyFrom(lease.Span[..written]);
        return secret is not null;
    }

    private readonly ref struct Call<TState>(TState state, SecretWriter<TState> write, ref int written)
        where TState : allows ref struct
    {
        private readonly TState _state = state;
        private readonly ref int _written = ref written;

        public void Run(Span<byte> destination)
        {
            if (write(destination, _state, out var length))
                _written = length;
        }
    }
}

using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// Compares passwords with what is kept of them. It costs memory and time on purpose, so that few are worked out at once, and what was
/// right a moment ago is not worked out again. Thread safe.
/// </summary>
internal sealed class PasswordCheck(Engine engine) : IDisposable
{
    private const int MostRemembered = 4096;

    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    // An HMAC under a key of this process's own, of credential and password.
    private readonly byte[] _memoryKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _remembered = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _work = new(2, 2);

    /// <summary>The credential whose password it is, or null; without credentials it takes as long as with one.</summary>
    /// <param name="credentials">The credentials.</param>
    /// <param name="password">The password.</param>
    /// <param name="mayRemember">Whether it is enough that it was right a moment ago.</param>
    /// <param name="cancellationToken">Ends the wait for others.</param>
    public async ValueTask<ManagedObject?> CheckAsync(
        List<ManagedObject> credentials, ReadOnlyMemory<byte> password, bool mayRemember, CancellationToken cancellationToken)
    {
        var now = engine.Time.GetUtcNow();
        if (mayRemember && credentials.Find(c => IsRemembered(c, password.Span, now)) is { } known) return known;

        await _work.WaitAsync(cancellationToken);
        try
        {
            ManagedObject? right = null;
            foreach (var credential in credentials)
                if (IsRight(credential, password.Span)) right ??= credential;
            if (credentials.Count == 0) PasswordVerifier.Waste(password.Span);
            return right;
        }
        finally
        {
            _work.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_memoryKey);
        _work.Dispose();
    }

    private bool IsRight(ManagedObject credential, ReadOnlySpan<byte> password)
    {
        using var kept = engine.Objects.Unwrap(credential);
        using var lease = kept.Reveal();
        if (!PasswordVerifier.Verify(lease.Span, password)) return false;
        if (_remembered.Count >= MostRemembered) _remembered.Clear();
        _remembered[MemoryOf(credential, password)] = engine.Time.GetUtcNow() + Memory;
        return true;
    }

    // The credential's version is part of it: one that was changed or destroyed is not remembered.
    private bool IsRemembered(ManagedObject credential, ReadOnlySpan<byte> password, DateTimeOffset now) =>
        _remembered.TryGetValue(MemoryOf(credential, password), out var until) && until > now;

    private string MemoryOf(ManagedObject credential, ReadOnlySpan<byte> password)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _memoryKey);
        hash.AppendData(credential.Id.ToByteArray());
        hash.AppendData(BitConverter.GetBytes(credential.RowVersion));
        hash.AppendData(password);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

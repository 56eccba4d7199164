using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>
/// The PKCS#11 libraries that clients have begun with C_Initialize, by the Correlation Value that they were given. Each is the
/// principal's that began it, and its user's; bounded in number and time. They live in this process; who is cut off begins again.
/// Thread safe.
/// </summary>
internal sealed class Pkcs11Libraries(TimeProvider time)
{
    /// <summary>Of one principal.</summary>
    public const int MostPerPrincipal = 16;

    /// <summary>Of all.</summary>
    public const int MostInAll = 256;

    private const int CorrelationValueSizeInBytes = 16;

    /// <summary>From one call to the next.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<string, Pkcs11Library> _libraries = new(StringComparer.Ordinal);
    private readonly Lock _beginning = new();

    /// <summary>Begins one.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.TooManyRequests"/>.</exception>
    public Pkcs11Library Begin(Call call)
    {
        var library = new Pkcs11Library(RandomNumberGenerator.GetBytes(CorrelationValueSizeInBytes), Pkcs11Owner.Of(call)) { LastUsed = time.GetUtcNow() };
        lock (_beginning)
        {
            foreach (var (name, old) in _libraries)
                if (HasExpired(old)) _libraries.TryRemove(name, out _);
            var own = _libraries.Values.Count(other => other.Owner.IsOfSamePrincipal(library.Owner));
            if (own >= MostPerPrincipal || _libraries.Count >= MostInAll)
                throw new KeyreeveException(KeyreeveError.TooManyRequests, $"Too many PKCS#11 libraries are in use; a principal has at most {MostPerPrincipal}. Finalize one, or wait {LongestPause.TotalMinutes:0} minutes.");
            _libraries[NameOf(library.CorrelationValue.Span)] = library;
        }

        return library;
    }

    /// <summary>The caller's library of that Correlation Value; null if it has none such.</summary>
    public Pkcs11Library? Find(Call call, ReadOnlySpan<byte> correlationValue)
    {
        if (!_libraries.TryGetValue(NameOf(correlationValue), out var library) || library.Owner != Pkcs11Owner.Of(call) || HasExpired(library)) return null;
        library.LastUsed = time.GetUtcNow();
        return library;
    }

    /// <summary>Ends one.</summary>
    public void End(Pkcs11Library library) => _libraries.TryRemove(NameOf(library.CorrelationValue.Span), out _);

    private bool HasExpired(Pkcs11Library library) => time.GetUtcNow() - library.LastUsed >= LongestPause;

    private static string NameOf(ReadOnlySpan<byte> correlationValue) => Convert.ToHexString(correlationValue);
}

/// <summary>Whose a library is.</summary>
internal readonly record struct Pkcs11Owner(TenantId Tenant, string Fingerprint, string? User)
{
    public static Pkcs11Owner Of(Call call) => new(call.Principal.Tenant, call.Principal.Fingerprint, call.User?.Key);

    public bool IsOfSamePrincipal(Pkcs11Owner other) => Tenant == other.Tenant && string.Equals(Fingerprint, other.Fingerprint, StringComparison.Ordinal);
}

/// <summary>A library: its sessions, and the handles that its caller knows objects by. Thread safe.</summary>
internal sealed class Pkcs11Library(byte[] correlationValue, Pkcs11Owner owner)
{
    /// <summary>The most sessions at a time.</summary>
    public const int MostSessions = 64;

    /// <summary>The most objects that have handles.</summary>
    public const int MostObjects = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, Pkcs11Session> _sessions = [];
    private readonly Dictionary<ulong, UniqueIdentifier> _objects = [];
    private readonly Dictionary<UniqueIdentifier, ulong> _handles = [];
    private long _lastUsedTicks;
    private ulong _lastSession;

    /// <summary>What the client names it by.</summary>
    public ReadOnlyMemory<byte> CorrelationValue { get; } = correlationValue;

    /// <summary>Whose it is.</summary>
    public Pkcs11Owner Owner { get; } = owner;

    /// <summary>When it was called last.</summary>
    public DateTimeOffset LastUsed
    {
        get => new(Volatile.Read(ref _lastUsedTicks), TimeSpan.Zero);
        set => Volatile.Write(ref _lastUsedTicks, value.UtcTicks);
    }

    /// <summary>How many sessions there are.</summary>
    public int SessionCount
    {
        get
        {
            lock (_gate) return _sessions.Count;
        }
    }

    /// <summary>Opens a session; null if there are too many.</summary>
    public ulong? OpenSession()
    {
        lock (_gate)
        {
            if (_sessions.Count >= MostSessions) return null;
            _sessions.Add(++_lastSession, new Pkcs11Session());
            return _lastSession;
        }
    }

    /// <summary>The session of that handle; null if there is none.</summary>
    public Pkcs11Session? Session(ulong handle)
    {
        lock (_gate) return _sessions.GetValueOrDefault(handle);
    }

    /// <summary>Closes a session.</summary>
    /// <returns>Whether there was one.</returns>
    public bool CloseSession(ulong handle)
    {
        lock (_gate) return _sessions.Remove(handle);
    }

    /// <summary>Closes all sessions.</summary>
    public void CloseSessions()
    {
        lock (_gate) _sessions.Clear();
    }

    /// <summary>The handle of an object, the same each time; null if too many have one.</summary>
    public ulong? HandleOf(UniqueIdentifier id)
    {
        lock (_gate)
        {
            if (_handles.TryGetValue(id, out var known)) return known;
            if (_objects.Count >= MostObjects) return null;
            var handle = (ulong)_objects.Count + 1;
            _objects.Add(handle, id);
            _handles.Add(id, handle);
            return handle;
        }
    }

    /// <summary>The object of a handle; null if there is none.</summary>
    public UniqueIdentifier? ObjectOf(ulong handle)
    {
        lock (_gate) return _objects.TryGetValue(handle, out var id) ? id : null;
    }
}

/// <summary>A session: what its caller has begun in it. Each is taken out by the call that goes on with it.</summary>
internal sealed class Pkcs11Session
{
    private readonly ConcurrentDictionary<Pkcs11Function, Pkcs11Begun> _begun = [];

    /// <summary>Begins something.</summary>
    /// <returns>Whether nothing of its kind was begun.</returns>
    public bool Begin(Pkcs11Function init, Pkcs11Begun begun) => _begun.TryAdd(init, begun);

    /// <summary>Whether something of that kind was begun.</summary>
    public bool Has(Pkcs11Function init) => _begun.ContainsKey(init);

    /// <summary>Ends what was begun, which the caller goes on with; null if nothing was.</summary>
    public Pkcs11Begun? End(Pkcs11Function init) => _begun.TryRemove(init, out var begun) ? begun : null;
}

/// <summary>What was begun in a session: a search, or the use of a key.</summary>
internal abstract record Pkcs11Begun;

/// <summary>A search.</summary>
/// <param name="Handles">What was found and not told yet.</param>
internal sealed record Pkcs11Search(Queue<ulong> Handles) : Pkcs11Begun;

/// <summary>The use of a key, or of none.</summary>
/// <param name="Mechanism">How.</param>
/// <param name="Parameter">With which parameter.</param>
/// <param name="Key">With which key; null with digests.</param>
internal sealed record Pkcs11Use(Pkcs11Mechanism Mechanism, Pkcs11Parameter Parameter, Pkcs11Key? Key) : Pkcs11Begun;

/// <summary>What is known of a key that is used.</summary>
/// <param name="Id">Which.</param>
/// <param name="LengthInBits">Its Cryptographic Length.</param>
internal sealed record Pkcs11Key(UniqueIdentifier Id, int LengthInBits);

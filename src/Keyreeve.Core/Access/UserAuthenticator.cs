using System.Collections.Concurrent;
using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// Tells by a credential for whom a principal speaks. Users and their credentials are managed objects. Somebody unknown and a wrong
/// password get one answer after the same work, and count alike: a principal that errs too often waits, whatever names it tries, and
/// so does everybody who tries at one account. Thread safe.
/// </summary>
/// <param name="engine">Where users are kept.</param>
/// <param name="acceptsUnknown">Whether a credential of somebody unknown names an owner within the principal, without proof.</param>
public sealed class UserAuthenticator(Engine engine, bool acceptsUnknown) : IDisposable
{
    private const int MostFailures = 10;
    private const int LongestName = 255;
    private const int LongestPasswordInBytes = 1024;
    private const int MostRemembered = 4096;

    private static readonly TimeSpan LockOut = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    // What was right a moment ago is not worked out again: an HMAC under a key of this process's own, of credential and password.
    private readonly byte[] _memoryKey = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _remembered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Failures> _failures = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _work = new(2, 2);

    /// <summary>By user name and password.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<CallUser> ByPasswordAsync(Call call, string username, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, password);
        var user = await FindAsync(call, username, ObjectType.User, cancellationToken);
        var credentials = user is null ? [] : await CredentialsOfAsync(call, user, cancellationToken);
        if (user is null && acceptsUnknown) return Unproved(call, "user", username, password.Span);
        await VerifyAsync(call, user, credentials, password, cancellationToken);
        return new CallUser($"user:{user!.Id}", username);
    }

    /// <summary>By what a device says of itself, and its password.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text;
    /// <see cref="KeyreeveError.MissingField"/>: it says nothing.</exception>
    public async ValueTask<CallUser> ByDeviceAsync(Call call, DeviceIdentity device, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(device);
        CheckLengths(device.Label, password);
        var known = await FindAsync(call, device.Name, ObjectType.DeviceCredential, cancellationToken);
        if (known is null && acceptsUnknown) return Unproved(call, "device", device.Label, password.Span, device.Name);
        await VerifyAsync(call, known, known is null ? [] : [known], password, cancellationToken);
        return new CallUser($"device:{known!.Id}", device.Label);
    }

    /// <summary>By a password that holds once. The server keeps none, so that it can only be unproved.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<CallUser> ByOneTimePasswordAsync(
        Call call, string username, ReadOnlyMemory<byte> password, ReadOnlyMemory<byte> oneTimePassword, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, password);
        CheckLengths(username, oneTimePassword);
        // What holds once does not tell an owner from another by it: the next would be another owner.
        if (acceptsUnknown && await FindAsync(call, username, ObjectType.User, cancellationToken) is null)
            return Unproved(call, "user", username, password.Span);
        await VerifyAsync(call, null, [], oneTimePassword, cancellationToken);
        throw Refused();
    }

    /// <summary>By a hash of the password, of which the server keeps another that does not serve to compare: never right.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<CallUser> ByHashAsync(Call call, string username, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, default);
        await VerifyAsync(call, null, [], default, cancellationToken);
        throw Refused();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_memoryKey);
        _work.Dispose();
    }

    private async ValueTask<ManagedObject?> FindAsync(Call call, string name, ObjectType type, CancellationToken cancellationToken) =>
        await engine.Objects.FindByNameAsync(call.Principal.Tenant, name, cancellationToken) is { } found && found.ObjectType == type && IsInUse(found) ? found : null;

    private async ValueTask<List<ManagedObject>> CredentialsOfAsync(Call call, ManagedObject user, CancellationToken cancellationToken)
    {
        var credentials = new List<ManagedObject>();
        foreach (var instance in user.Attributes.All(AttributeName.Link).ToArray())
        {
            if (instance.Value is not StructureValue link || link[AttributeField.LinkType] is not EnumerationValue { Value: (uint)LinkType.CredentialLink }) continue;
            if (link[AttributeField.LinkedObjectIdentifier] is not TextValue text || !UniqueIdentifier.TryParse(text.Value, out var id)) continue;
            var linked = await engine.Objects.FindAsync(call.Principal.Tenant, id, cancellationToken);
            if (linked is { ObjectType: ObjectType.PasswordCredential } && IsInUse(linked)) credentials.Add(linked);
        }

        return credentials;
    }

    private static bool IsInUse(ManagedObject found) => found.State is not (State.Destroyed or State.DestroyedCompromised or State.Compromised)
        && !found.Attributes.Has(AttributeName.ArchiveDate);

    private async ValueTask VerifyAsync(
        Call call, ManagedObject? account, List<ManagedObject> credentials, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        // One counter for the principal, whatever it calls those it tries, and one for the account, whoever tries.
        string[] counters = account is null ? [$"principal:{call.Principal.Fingerprint}"] : [$"principal:{call.Principal.Fingerprint}", $"account:{account.Id}"];
        var now = engine.Time.GetUtcNow();
        var isLocked = counters.Any(c => _failures.TryGetValue(c, out var f) && f.IsLocked(now));
        if (!isLocked && credentials.Any(c => IsRemembered(c, password.Span, now))) return;

        await _work.WaitAsync(cancellationToken);
        try
        {
            var isRight = false;
            foreach (var credential in credentials) isRight |= IsRight(credential, password.Span);
            if (credentials.Count == 0) PasswordVerifier.Waste(password.Span);
            if (isRight && !isLocked)
            {
                foreach (var counter in counters) _failures.TryRemove(counter, out _);
                return;
            }
        }
        finally
        {
            _work.Release();
        }

        foreach (var counter in counters) _failures.AddOrUpdate(counter, _ => new Failures(1, now), (_, f) => f.OneMore(now));
        throw Refused();
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

    // Who comes with another password is another owner: nobody gets at what is not his by a name alone.
    private CallUser Unproved(Call call, string kind, string name, ReadOnlySpan<byte> password, string? identity = null)
    {
        using var lease = engine.RequestHashKey.Reveal();
        using var digest = new RequestDigest(lease.Span, OperationName.Authenticate);
        digest.Add(call.Principal.Fingerprint);
        digest.Add(kind);
        digest.Add(identity ?? name);
        digest.Add(password);
        return new CallUser($"unproved:{Convert.ToHexStringLower(digest.Finish())}", name);
    }

    private static void CheckLengths(string name, ReadOnlyMemory<byte> password)
    {
        if (name.Length is 0 or > LongestName || password.Length > LongestPasswordInBytes)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A name has 1 to {LongestName} characters, a password at most {LongestPasswordInBytes} bytes.");
    }

    private static KeyreeveException Refused() => new(KeyreeveError.AuthenticationFailed, "The credential is not accepted.");

    private sealed record Failures(int Count, DateTimeOffset Last)
    {
        public bool IsLocked(DateTimeOffset now) => Count >= MostFailures && now - Last < LockOut;

        // After a pause as long as the lock-out it begins anew.
        public Failures OneMore(DateTimeOffset now) => new(now - Last < LockOut ? Count + 1 : 1, now);
    }
}

using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;

namespace Keyreeve.Core.Access;

/// <summary>
/// Tells by a credential for whom a principal speaks. Users and their credentials are managed objects. Somebody unknown and a wrong
/// password get one answer after the same work, and count alike: a principal that errs too often waits, whatever names it tries, and
/// so does everybody who tries at one account. Thread safe.
/// </summary>
/// <param name="engine">Where users are kept.</param>
public sealed class UserAuthenticator(Engine engine) : IDisposable
{
    private const int LongestName = 255;
    private const int LongestPasswordInBytes = 1024;
    private const int MostRaces = 8;

    /// <summary>How far a client's clock may be from the server's.</summary>
    private static readonly TimeSpan ClockDifference = TimeSpan.FromMinutes(5);

    private readonly KnownUsers _users = new(engine);
    private readonly FailedAttempts _failures = new(engine.Time);
    private readonly PasswordCheck _passwords = new(engine);

    /// <summary>By user name and password. Who has one-time passwords needs one of those as well, and is refused here.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<ProvedUser> ByPasswordAsync(Call call, string username, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, password);
        var user = await _users.FindAsync(call, username, ObjectType.User, cancellationToken);
        var credentials = await _users.CredentialsOfAsync(user, cancellationToken);
        if (credentials.Exists(static c => c.ObjectType == ObjectType.OneTimePasswordCredential)) credentials.Clear();
        var right = await CheckPasswordAsync(call, user, OfType(credentials, ObjectType.PasswordCredential), password, cancellationToken);
        return Accepted(call, user, right, Proof(username, user, right));
    }

    /// <summary>By what a device says of itself, and its password. It is the user that is linked to it, or else itself one.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text;
    /// <see cref="KeyreeveError.MissingField"/>: it says nothing.</exception>
    public async ValueTask<ProvedUser> ByDeviceAsync(Call call, DeviceIdentity device, ReadOnlyMemory<byte> password, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(device);
        CheckLengths(device.Label, password);
        var known = await _users.FindAsync(call, device.Name, ObjectType.DeviceCredential, cancellationToken);
        var right = await CheckPasswordAsync(call, known, known is null ? [] : [known], password, cancellationToken);
        var user = right is null ? null : await _users.OfCredentialAsync(right, cancellationToken);
        return Accepted(call, known, right, right is null ? null : user ?? new ProvedUser(new CallUser($"device:{right.Id}", device.Label), [right.Id]));
    }

    /// <summary>By a password that holds once, together with the user's other password if it has one.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<ProvedUser> ByOneTimePasswordAsync(
        Call call, string username, ReadOnlyMemory<byte>? password, ReadOnlyMemory<byte> oneTimePassword, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, password ?? default);
        CheckLengths(username, oneTimePassword);
        var user = await _users.FindAsync(call, username, ObjectType.User, cancellationToken);
        var credentials = await _users.CredentialsOfAsync(user, cancellationToken);
        var passwords = OfType(credentials, ObjectType.PasswordCredential);
        var needsPassword = passwords.Count > 0 || password is not null;
        var other = needsPassword ? await CheckPasswordAsync(call, user, passwords, password ?? default, cancellationToken) : null;

        // Nothing is used up by who does not know the other password, or is locked out.
        var mayUse = !_failures.IsLocked(call.Principal, user) && (other is not null || !needsPassword);
        ManagedObject? right = null;
        foreach (var credential in OfType(credentials, ObjectType.OneTimePasswordCredential))
            if (await TryUseAsync(credential, (kept, firstGood) => OneTimePassword.Verify(kept, firstGood, engine.Time.GetUtcNow(), oneTimePassword.Span), mayUse, cancellationToken)) right ??= credential;
        return Accepted(call, user, right, Proof(username, user, right));
    }

    /// <summary>By a hash of name, password and time. Each time of a user serves once, and only forwards.</summary>
    /// <param name="call">Who calls.</param>
    /// <param name="username">The user.</param>
    /// <param name="algorithm">The hash function.</param>
    /// <param name="timestamp">The time that was hashed, in microseconds since 1970.</param>
    /// <param name="hash">The hash.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>, always with the same text.</exception>
    public async ValueTask<ProvedUser> ByHashAsync(
        Call call, string username, HashingAlgorithm algorithm, long timestamp, ReadOnlyMemory<byte> hash, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(username);
        CheckLengths(username, hash);
        var user = await _users.FindAsync(call, username, ObjectType.User, cancellationToken);
        var credentials = await _users.CredentialsOfAsync(user, cancellationToken);
        var now = (engine.Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var isTimely = timestamp >= 0 && Math.Abs(now - timestamp) <= (long)ClockDifference.TotalMicroseconds;
        var mayUse = isTimely && !_failures.IsLocked(call.Principal, user);
        ReadOnlyMemory<byte>? serverHash = null;
        ManagedObject? right = null;
        foreach (var credential in OfType(credentials, ObjectType.HashedPasswordCredential))
        {
            if (!await TryUseAsync(credential, Examine, mayUse, cancellationToken)) continue;
            right ??= credential;
        }

        if (credentials.Count == 0) HashedPassword.Verify([], algorithm, timestamp, hash.Span, out _);
        return Accepted(call, user, right, Proof(username, user, right) is { } proof ? proof with { ServerHash = serverHash } : null);

        // spec: KMIP 2.1 §9.11 "The timestamp … SHALL monotonically increase."
        long? Examine(ReadOnlySpan<byte> kept, long firstGood)
        {
            if (!HashedPassword.Verify(kept, algorithm, timestamp, hash.Span, out var own) || timestamp < firstGood) return null;
            serverHash = own;
            return timestamp + 1;
        }
    }

    /// <summary>By the certificate of the connection; null if it is no user's credential.</summary>
    /// <param name="principal">Who calls.</param>
    /// <param name="fingerprint">SHA-256 of the certificate's SubjectPublicKeyInfo, lower-case hexadecimal.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>: it is that of several.</exception>
    public ValueTask<ProvedUser?> ByCertificateAsync(Principal principal, string fingerprint, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return _users.OfCertificateAsync(principal, fingerprint, cancellationToken);
    }

    /// <summary>Whether everything that a proof rests on is still in use.</summary>
    public ValueTask<bool> AreInUseAsync(Principal principal, ImmutableArray<UniqueIdentifier> restsOn, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(principal);
        return restsOn.IsDefaultOrEmpty ? new(true) : _users.AreInUseAsync(principal.Tenant, restsOn, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _passwords.Dispose();

    private delegate long? Examination(ReadOnlySpan<byte> kept, long firstGood);

    private async ValueTask<ManagedObject?> CheckPasswordAsync(
        Call call, ManagedObject? account, List<ManagedObject> credentials, ReadOnlyMemory<byte> password, CancellationToken cancellationToken) =>
        await _passwords.CheckAsync(credentials, password, mayRemember: !_failures.IsLocked(call.Principal, account), cancellationToken);

    /// <summary>Uses a credential of which each value is good once: what is used up is on disk before it counts.</summary>
    private async ValueTask<bool> TryUseAsync(ManagedObject credential, Examination examine, bool mayUse, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var before = credential.Attributes.Find(AttributeName.CredentialUse) is LongIntegerValue used ? used.Value : 0;
            if (Examined(credential, examine, before) is not { } next || !mayUse) return false;
            var attributes = credential.Attributes.With(AttributeName.CredentialUse, AttributeValue.Of(next));
            try
            {
                var after = credential with { Attributes = attributes, RowVersion = checked(credential.RowVersion + 1) };
                await engine.Objects.CommitAsync([], [after], [], [], answer: null, audit: null, CancellationToken.None);
                return true;
            }
            catch (KeyreeveException lost) when (lost.Error == KeyreeveError.Conflict && attempt < MostRaces)
            {
                // Somebody else has used it meanwhile: perhaps the same value.
                if (await engine.Objects.FindAsync(credential.Tenant, credential.Id, cancellationToken) is not { Material: not null } current) return false;
                credential = current;
            }
        }
    }

    private long? Examined(ManagedObject credential, Examination examine, long before)
    {
        using var kept = engine.Objects.Unwrap(credential);
        using var lease = kept.Reveal();
        return examine(lease.Span, before);
    }

    private ProvedUser Accepted(Call call, ManagedObject? account, ManagedObject? right, ProvedUser? proof)
    {
        if (right is null || proof is null || _failures.IsLocked(call.Principal, account))
        {
            _failures.Failed(call.Principal, account);
            throw new KeyreeveException(KeyreeveError.AuthenticationFailed, "The credential is not accepted.");
        }

        _failures.Succeeded(call.Principal, account!);
        return proof;
    }

    private static ProvedUser? Proof(string username, ManagedObject? user, ManagedObject? credential) =>
        user is null || credential is null ? null : new ProvedUser(new CallUser($"user:{user.Id}", username), [user.Id, credential.Id]);

    private static List<ManagedObject> OfType(List<ManagedObject> credentials, ObjectType type) => credentials.FindAll(c => c.ObjectType == type);

    private static void CheckLengths(string name, ReadOnlyMemory<byte> password)
    {
        if (name.Length is 0 or > LongestName || password.Length > LongestPasswordInBytes)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A name has 1 to {LongestName} characters, a password at most {LongestPasswordInBytes} bytes.");
    }
}

using System.Collections.Concurrent;
using System.Collections.Immutable;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Storage;

namespace Keyreeve.Core.Access;

/// <summary>Users, devices and their credentials, as they are stored. Thread safe.</summary>
internal sealed class KnownUsers(Engine engine)
{
    private const int MostLinked = 16;
    private const int MostRemembered = 4096;

    // It is asked for with every message, and nearly always there is nobody.
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<(TenantId Tenant, string Fingerprint), (ProvedUser? User, DateTimeOffset Until)> _byCertificate = new();

    /// <summary>The user or device of a name, if it is in use.</summary>
    public async ValueTask<ManagedObject?> FindAsync(Call call, string name, ObjectType type, CancellationToken cancellationToken) =>
        await engine.Objects.FindByNameAsync(call.Principal.Tenant, name, cancellationToken) is { } found && found.ObjectType == type && IsInUse(found) ? found : null;

    /// <summary>The credentials of a user that are in use.</summary>
    public async ValueTask<List<ManagedObject>> CredentialsOfAsync(ManagedObject? user, CancellationToken cancellationToken)
    {
        var credentials = new List<ManagedObject>();
        if (user is null) return credentials;
        foreach (var id in Links.Of(user.Attributes, LinkType.CredentialLink).Take(MostLinked))
            if (await engine.Objects.FindAsync(user.Tenant, id, cancellationToken) is { } linked && IsInUse(linked)) credentials.Add(linked);
        return credentials;
    }

    /// <summary>The user whose credential the certificate of the connection is; null if it is nobody's.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>: it is of several.</exception>
    public async ValueTask<ProvedUser?> OfCertificateAsync(Principal principal, string fingerprint, CancellationToken cancellationToken)
    {
        var now = engine.Time.GetUtcNow();
        var key = (principal.Tenant, fingerprint);
        if (_byCertificate.TryGetValue(key, out var remembered) && remembered.Until > now) return remembered.User;
        var found = await ReadAsync(principal, fingerprint, cancellationToken);
        if (_byCertificate.Count >= MostRemembered) _byCertificate.Clear();
        _byCertificate[key] = (found, now + Memory);
        return found;
    }

    /// <summary>The user that is linked to a credential; null if none is.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.AuthenticationFailed"/>: several are.</exception>
    public async ValueTask<ProvedUser?> OfCredentialAsync(ManagedObject credential, CancellationToken cancellationToken)
    {
        ProvedUser? proved = null;
        foreach (var user in await LocateAsync(credential.Tenant, AttributeName.Link, Links.Value(LinkType.CredentialLink, credential.Id), cancellationToken))
        {
            if (user.ObjectType != ObjectType.User || user.Name is not { } name) continue;
            if (proved is not null) throw OfSeveral();
            proved = new ProvedUser(new CallUser($"user:{user.Id}", name), [user.Id, credential.Id]);
        }

        return proved;
    }

    /// <summary>Whether everything that a proof rests on is still in use.</summary>
    public async ValueTask<bool> AreInUseAsync(TenantId tenant, ImmutableArray<UniqueIdentifier> objects, CancellationToken cancellationToken)
    {
        foreach (var id in objects)
            if (await engine.Objects.FindAsync(tenant, id, cancellationToken) is not { } found || !IsInUse(found)) return false;
        return true;
    }

    private static KeyreeveException OfSeveral() =>
        new(KeyreeveError.AuthenticationFailed, "The certificate or device is the credential of several users; it can be that of one.");

    // Users and most credentials have no State; certificates have one.
    private static bool IsInUse(ManagedObject found) => found.State is State.NotSet or State.PreActive or State.Active && !found.IsArchived;

    private async ValueTask<ProvedUser?> ReadAsync(Principal principal, string fingerprint, CancellationToken cancellationToken)
    {
        ProvedUser? proved = null;
        foreach (var certificate in await LocateAsync(principal.Tenant, AttributeName.IdentifiedKey, AttributeValue.Of(fingerprint), cancellationToken))
        {
            if (await OfCredentialAsync(certificate, cancellationToken) is not { } found) continue;
            if (proved is not null && proved.User != found.User) throw OfSeveral();
            proved = found;
        }

        return proved;
    }

    private async ValueTask<List<ManagedObject>> LocateAsync(TenantId tenant, AttributeName name, AttributeValue value, CancellationToken cancellationToken)
    {
        var query = new ObjectQuery { Tenant = tenant, Conditions = IndexTerms.ConditionsFor(name, value, out _), Limit = MostLinked };
        var objects = new List<ManagedObject>();
        foreach (var id in (await engine.Objects.LocateAsync(query, cancellationToken)).Ids)
        {
            // What the index says is read again in the object, whose seal covers it.
            if (await engine.Objects.FindAsync(tenant, id, cancellationToken) is { } found && IsInUse(found)
                && found.Attributes.All(name).ToArray().Any(instance => instance.Value == value)) objects.Add(found);
        }

        return objects;
    }
}

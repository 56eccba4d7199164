using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Storage;

namespace Keyreeve.Server.Identity;

/// <summary>What is next in replacing the server's own authority.</summary>
public enum AuthorityStep
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A new authority is made. It is trusted beside the present one, and clients learn of it.</summary>
    Prepare,

    /// <summary>The new authority issues from now on; the one before is trusted still.</summary>
    Activate,

    /// <summary>The one before is trusted no more; connections with its certificates end.</summary>
    Retire,
}

/// <summary>
/// The server's own authorities: one issues, and while it is being replaced another is trusted beside it, the next one or the one before. Thread
/// safe.
/// </summary>
public sealed class OwnAuthorities : ICertificateIssuer
{
    private const string StateKind = "authority-state";
    private const string StateKey = "own";
    private const string FirstKey = "authority";

    private readonly IdentityParts _parts;
    private readonly DocumentSealer _sealer;
    private Generation _now;

    private OwnAuthorities(IdentityParts parts, DocumentSealer sealer, Generation now)
    {
        _parts = parts;
        _sealer = sealer;
        _now = now;
    }

    /// <summary>The one that issues.</summary>
    public CertificateAuthority Current => Volatile.Read(ref _now).Current;

    /// <summary>The one that will issue; null if none was prepared.</summary>
    public CertificateAuthority? Next => Volatile.Read(ref _now).Next;

    /// <summary>The one that issued before and is trusted still; null if there is none.</summary>
    public CertificateAuthority? Previous => Volatile.Read(ref _now).Previous;

    /// <summary>Whose certificates are trusted: the one that issues first. Another array after each change.</summary>
    public ImmutableArray<X509Certificate2> Trusted => Volatile.Read(ref _now).Trusted;

    /// <summary>The same, PEM.</summary>
    public string TrustedPem => string.Concat(Volatile.Read(ref _now).All.Select(static a => a.CertificatePem));

    /// <inheritdoc/>
    public string Examine(string request) => CertificateAuthority.Check(request);

    /// <inheritdoc/>
    public IssuedCertificate Issue(string request, string name, TenantId tenant) => Current.Issue(request, name, tenant);

    /// <summary>Opens them; null if none has been made.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.IntegrityFailure"/>: they were altered outside the server.</exception>
    internal static async ValueTask<OwnAuthorities?> FindAsync(IdentityParts parts, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        var document = await parts.Store.FindDocumentAsync(StateKind, StateKey, cancellationToken);
        var state = document is null
            ? new AuthorityState { Current = FirstKey, Made = 1 }
            : JsonSerializer.Deserialize(sealer.Open(document), IdentityJson.Default.AuthorityState)!;
        if (await CertificateAuthority.FindAsync(parts, sealer, state.Current, cancellationToken) is not { } current)
            return document is null ? null : throw Missing();
        return new OwnAuthorities(parts, sealer, new Generation(
            current, await RequireAsync(parts, sealer, state.Next, cancellationToken), await RequireAsync(parts, sealer, state.Previous, cancellationToken),
            state, document?.RowVersion ?? 0));
    }

    /// <summary>Makes the first one.</summary>
    internal static async ValueTask CreateAsync(IdentityParts parts, DocumentSealer sealer, CancellationToken cancellationToken)
    {
        CertificateAuthority.Make(parts, sealer, FirstKey, out var document);
        await parts.Store.CommitAsync(new StoreChanges { Documents = [document] }, cancellationToken);
    }

    /// <summary>Prepares a step: what is to be written, and what holds once it is.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is not the turn of this step.</exception>
    internal (ImmutableArray<StoredDocument> Documents, Action Apply) Take(AuthorityStep step)
    {
        var now = Volatile.Read(ref _now);
        var version = checked(now.RowVersion + 1);
        ImmutableArray<StoredDocument> documents = [];
        Generation then;
        switch (step)
        {
            case AuthorityStep.Prepare when now is { Next: null, Previous: null }:
                var number = now.State.Made + 1;
                var key = $"{FirstKey}-{number}";
                var made = CertificateAuthority.Make(_parts, _sealer, key, out var document);
                documents = [document];
                then = new Generation(now.Current, made, null, now.State with { Next = key, Made = number }, version);
                break;
            case AuthorityStep.Activate when now is { Next: { } next, State: { Next: { } nextKey } present }:
                then = new Generation(next, null, now.Current, present with { Current = nextKey, Next = null, Previous = present.Current }, version);
                break;
            case AuthorityStep.Retire when now.Previous is not null:
                then = new Generation(now.Current, null, null, now.State with { Previous = null }, version);
                break;
            default:
                throw new KeyreeveException(KeyreeveError.InvalidField, "It is not this step's turn: an authority is prepared, then activated, and then the one before is retired.");
        }

        var state = JsonSerializer.SerializeToUtf8Bytes(then.State, IdentityJson.Default.AuthorityState);
        return (documents.Add(_sealer.Seal(StateKind, StateKey, then.RowVersion, state)), () => Volatile.Write(ref _now, then));
    }

    private static async ValueTask<CertificateAuthority?> RequireAsync(IdentityParts parts, DocumentSealer sealer, string? key, CancellationToken cancellationToken) =>
        key is null ? null : await CertificateAuthority.FindAsync(parts, sealer, key, cancellationToken) ?? throw Missing();

    private static KeyreeveException Missing() => new(KeyreeveError.IntegrityFailure, "A certificate authority of the server's own is missing from the store.");

    private sealed class Generation(CertificateAuthority current, CertificateAuthority? next, CertificateAuthority? previous, AuthorityState state, long rowVersion)
    {
        public CertificateAuthority Current => current;

        public CertificateAuthority? Next => next;

        public CertificateAuthority? Previous => previous;

        public AuthorityState State => state;

        public long RowVersion => rowVersion;

        public ImmutableArray<CertificateAuthority> All { get; } = [.. new[] { current, next, previous }.OfType<CertificateAuthority>()];

        public ImmutableArray<X509Certificate2> Trusted { get; } = [.. new[] { current, next, previous }.OfType<CertificateAuthority>().Select(static a => a.Certificate)];
    }
}

/// <summary>Which authorities there are; by the keys of their documents.</summary>
internal sealed record AuthorityState
{
    public int V { get; init; } = 1;

    public required string Current { get; init; }

    public string? Next { get; init; }

    public string? Previous { get; init; }

    /// <summary>How many were ever made.</summary>
    public required int Made { get; init; }
}

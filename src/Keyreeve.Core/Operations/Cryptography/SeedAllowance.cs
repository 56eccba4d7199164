using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>How much each principal may still stir into the generator before it has drawn from it. Thread safe.</summary>
internal sealed class SeedAllowance
{
    /// <summary>
    /// What one reseeding of the generator takes.
    /// spec: NIST SP 800-90A Rev. 1 §10.2.1, Table 3: CTR_DRBG with AES-256 has a seedlen of 384 bits, and without a derivation
    /// function takes no more as additional input.
    /// </summary>
    public const int MostInBytes = 48;

    private const int MostPrincipals = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<(TenantId Tenant, string Name), int> _taken = [];

    /// <summary>Takes as much of a seed as there is room for, and says how much.</summary>
    public int Take(Principal principal, int lengthInBytes)
    {
        lock (_gate)
        {
            var key = (principal.Tenant, principal.Name);
            _taken.TryGetValue(key, out var before);
            var taken = Math.Min(lengthInBytes, MostInBytes - before);
            if (taken == 0) return 0;
            // More principals than that seed at once hardly; the oldest counts are worth no more than the memory they take.
            if (_taken.Count >= MostPrincipals) _taken.Clear();
            _taken[key] = before + taken;
            return taken;
        }
    }

    /// <summary>The principal has drawn from the generator.</summary>
    public void Drawn(Principal principal)
    {
        lock (_gate) _taken.Remove((principal.Tenant, principal.Name));
    }
}

namespace Keyreeve.Core.Access;

/// <summary>What somebody may do. None implies another; what each contains stands in <see cref="RoleCatalog"/>.</summary>
public enum Role
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Creates, changes, rotates, disables and destroys keys; cannot use them.</summary>
    KeyAdministrator,

    /// <summary>Uses keys in every way: encrypts, decrypts, signs, verifies, and has data keys generated.</summary>
    KeyUser,

    /// <summary>Gets key material.</summary>
    KeyExporter,

    /// <summary>Reads the audit trail.</summary>
    Auditor,

    /// <summary>Decides who may do what: principals, policy, the root of trust; no keys.</summary>
    SecurityOfficer,

    /// <summary>Sees to the server itself: whether its root of trust would open, and drills it; no keys, no policy.</summary>
    Operator,

    /// <summary>Knows which keys there are, and nothing more.</summary>
    KeyViewer,

    /// <summary>Encrypts, and cannot decrypt.</summary>
    Encrypter,

    /// <summary>Decrypts, and cannot encrypt.</summary>
    Decrypter,

    /// <summary>Has data keys generated and derived; opens none.</summary>
    DataKeyGenerator,

    /// <summary>Signs and makes authentication codes; verifies none.</summary>
    Signer,

    /// <summary>Verifies signatures and authentication codes; makes none.</summary>
    Verifier,

    /// <summary>Hands a part of its own rights on a key to others; those come from other roles.</summary>
    Granter,

    /// <summary>Sees the masks of values, as the server's configuration has them for their data classes, and never a value.</summary>
    MaskedReader,
}

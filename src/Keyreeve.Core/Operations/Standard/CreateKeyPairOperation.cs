using System.Collections.Immutable;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Asks for a new key pair.</summary>
public sealed record CreateKeyPairRequest
{
    /// <summary>Attributes of both halves.</summary>
    public AttributeSet CommonAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Attributes of the private key; they come before the common ones.</summary>
    public AttributeSet PrivateKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Attributes of the public key; they come before the common ones.</summary>
    public AttributeSet PublicKeyAttributes { get; init; } = AttributeSet.Empty;

    /// <summary>Names of templates for both halves (KMIP 1.x).</summary>
    public ImmutableArray<string> CommonTemplates { get; init; } = [];

    /// <summary>Names of templates for the private key (KMIP 1.x).</summary>
    public ImmutableArray<string> PrivateKeyTemplates { get; init; } = [];

    /// <summary>Names of templates for the public key (KMIP 1.x).</summary>
    public ImmutableArray<string> PublicKeyTemplates { get; init; } = [];

    /// <summary>The key group they are to be in; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }
}

/// <summary>The new key pair.</summary>
/// <param name="PrivateKeyId">The private key.</param>
/// <param name="PublicKeyId">The public key.</param>
public sealed record CreateKeyPairResponse(UniqueIdentifier PrivateKeyId, UniqueIdentifier PublicKeyId);

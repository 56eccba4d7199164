using System.Globalization;
using Keyreeve.Core.Objects;

namespace Keyreeve.Core.Operations.Keys;

/// <summary>Asks for a new key.</summary>
public sealed record CreateKeyRequest
{
    /// <summary>What a key is for if nothing else is said.</summary>
    public const CryptographicUsageMask DefaultUsage = CryptographicUsageMask.Encrypt | CryptographicUsageMask.Decrypt;

    /// <summary>Its name, see <see cref="KeySelector.IsName"/>; unique in the tenant.</summary>
    public required string Name { get; init; }

    /// <summary>Its key group; null for the caller's home group.</summary>
    public GroupName? Group { get; init; }

    /// <summary>The algorithm.</summary>
    public CryptographicAlgorithm Algorithm { get; init; } = CryptographicAlgorithm.AES;

    /// <summary>Length of the key in bits.</summary>
    public int LengthInBits { get; init; } = 256;

    /// <summary>What it may be used for.</summary>
    public CryptographicUsageMask Usage { get; init; } = DefaultUsage;

    internal string ForIdempotency => string.Create(
        CultureInfo.InvariantCulture, $"CreateKey\0{Name}\0{Group?.Value}\0{(uint)Algorithm}\0{LengthInBits}\0{(uint)Usage}");
}

/// <summary>Creates a named key: its first version, Active, which is the current one.</summary>
public sealed class CreateKeyOperation : Operation<CreateKeyRequest, NamedKey>
{
    /// <inheritdoc/>
    public override OperationName Name => OperationName.Create;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateKeyRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(request.Group ?? scope.Call.Principal.HomeGroup, null));

    /// <inheritdoc/>
    protected internal override async ValueTask<NamedKey> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateKeyRequest request, CancellationToken cancellationToken)
    {
        if (!KeySelector.IsName(request.Name))
        {
            throw new KeyreeveException(
                KeyreeveError.InvalidField,
                "A key's name has 1 to 128 letters, digits, '.', '_' and '-', begins with a letter or digit, and does not look like an identifier.");
        }

        if (await Idempotency.FindAsync(scope, request.ForIdempotency, cancellationToken) is { } made)
            return NamedKey.Of(await KeyVersions.RequireCurrentAsync(scope, KeySelector.Of(made), cancellationToken));

        var first = KeyVersions.MakeFirst(scope, request, target.Group!.Value);
        scope.Insert(first);
        scope.Audit.ObjectId = first.Id;
        scope.Audit.KeyName = first.Name;
        scope.Audit.KeyVersion = first.KeyVersion;
        scope.Audit.Algorithm = first.CryptographicAlgorithm.ToString();
        Idempotency.Remember(scope, request.ForIdempotency, first.Id);
        return NamedKey.Of(first);
    }
}

using Keyreeve.Core.Access;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Core.Operations.Approvals;

/// <summary>What acts on objects have in common, however they are asked for.</summary>
internal static class GuardedActs
{
    /// <summary>The end of an object, or of all versions of a key, that does not wait.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="found">The object.</param>
    /// <param name="what">What is done, to be followed by the object.</param>
    /// <param name="describe">Adds what the request says.</param>
    public static GuardedAct Destruction(OperationScope scope, ManagedObject found, string what, Action<RequestDigest> describe) => new()
    {
        Kind = ApprovalKind.Destroy,
        Summary = $"{what} {Name(found)}",
        IsWithoutWait = scope.Engine.Access.Of(scope.Tenant).Approvals.WaitIn(found.Group) is null,
        Describe = digest =>
        {
            digest.Add(what);
            describe(digest);
        },
    };

    /// <summary>The giving out of an object; null if nothing of it is secret.</summary>
    public static GuardedAct? Export(OperationScope scope, ManagedObject found, GetRequest request)
    {
        if (!IsSecret(found)) return null;
        var wrapping = request.KeyWrappingSpecification;
        var wrappedBy = wrapping?.EncryptionKey?.UniqueIdentifier;
        return new GuardedAct
        {
            Kind = ApprovalKind.Export,
            Summary = $"give out {Name(found)}{(wrappedBy is null ? "" : $", wrapped by {wrappedBy}")}",
            IsOwn = IsOwn(scope.Call.Principal, found),
            Describe = digest => Describe(request, digest),
        };
    }

    /// <summary>How an object is called for those who decide.</summary>
    public static string Name(ManagedObject found)
    {
        var name = found.KeyName is { } text ? $"'{text}' ({found.Id})" : found.Id.ToString();
        return $"{name}, a {found.ObjectType} in group {found.Group}, version {found.KeyVersion}, {found.State}";
    }

    /// <summary>What an operation would amount to, before anybody asks for it; null if nobody would have to agree.</summary>
    /// <param name="scope">Who looks.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="by">Who would ask.</param>
    /// <param name="group">In which key group; null if in none.</param>
    /// <param name="found">About which object; null if about none.</param>
    public static GuardedAct? Foreseen(OperationScope scope, OperationName operation, Principal by, GroupName? group, ManagedObject? found)
    {
        var kind = ApprovalKinds.Of(operation);
        if (kind == ApprovalKind.None || (kind == ApprovalKind.Export && found is not null && !IsSecret(found))) return null;
        return new GuardedAct
        {
            Kind = kind,
            Summary = operation.ToString(),
            IsOwn = kind == ApprovalKind.Export && found is not null && IsOwn(by, found),
            IsWithoutWait = group is { } name && scope.Engine.Access.Of(scope.Tenant).Approvals.WaitIn(name) is null,
            TakesTwoAlways = operation == OperationName.DeleteTenant,
            // Nothing is asked yet that could be altered.
            Describe = static _ => { },
        };
    }

    private static bool IsSecret(ManagedObject found) =>
        found.ObjectType is not (ObjectType.Certificate or ObjectType.CertificateRequest or ObjectType.PublicKey or ObjectType.Template);

    // A part of a key is no key of its own, nor what was put together from parts: whoever splits another's key would have it.
    private static bool IsOwn(Principal principal, ManagedObject found) => found.ObjectType != ObjectType.SplitKey && !found.Attributes.Has(AttributeName.Joined)
        && found.Attributes.Find(AttributeName.Owner) is TextValue owner && string.Equals(owner.Value, principal.Name, StringComparison.Ordinal);

    private static void Describe(GetRequest request, RequestDigest digest)
    {
        digest.Add((long)request.KeyFormatType);
        digest.Add((long)request.KeyWrapType);
        digest.Add(request.KeyCompressionType);
        digest.Add(request.KeyWrappingSpecification is null ? 0L : 1L);
        if (request.KeyWrappingSpecification is not { } wrapping) return;
        digest.Add((long)wrapping.WrappingMethod);
        digest.Add((long)wrapping.EncodingOption);
        foreach (var key in (WrappingKeyInformation?[])[wrapping.EncryptionKey, wrapping.MACSignatureKey])
        {
            digest.Add(key?.UniqueIdentifier);
            digest.Add(key?.CryptographicParameters is { } parameters ? AttributeSet.Empty.With(AttributeName.CryptographicParameters, parameters) : AttributeSet.Empty);
        }

        foreach (var attribute in wrapping.AttributeNames) digest.Add(attribute.ToString());
    }
}

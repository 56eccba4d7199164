using Keyreeve.Core.Operations.Users;
using Keyreeve.Kmip;
using Keyreeve.Server.Kmip.Credentials;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Routes;

/// <summary>Operations that make users, groups of users and credentials: KMIP 3.0 alone.</summary>
internal static class UserRoutes
{
    /// <summary>The rows.</summary>
    public static IEnumerable<KmipRoute> All() =>
    [
        new KmipRoute<Wire.CreateUserRequest, CreateUserRequest, CreateUserResponse, Wire.IdentifierResponse>(
            Operation.CreateUser, ProtocolVersion.Kmip30, new CreateUserOperation(isGroup: false),
            (p, _) => new CreateUserRequest(AttributeTranslator.ToSet(p.Attributes)), (r, call) => Made(UniqueIdentifierEnumeration.CreateUser, r.Id, call)),
        new KmipRoute<Wire.CreateGroupRequest, CreateUserRequest, CreateUserResponse, Wire.IdentifierResponse>(
            Operation.CreateGroup, ProtocolVersion.Kmip30, new CreateUserOperation(isGroup: true),
            (p, _) => new CreateUserRequest(AttributeTranslator.ToSet(p.Attributes)), (r, call) => Made(UniqueIdentifierEnumeration.CreateGroup, r.Id, call)),
        new KmipRoute<Wire.CreateCredentialRequest, CreateCredentialRequest, CreateCredentialResponse, Wire.IdentifierResponse>(
            Operation.CreateCredential, ProtocolVersion.Kmip30, new CreateCredentialOperation(),
            CredentialObjects.ToCore, (r, call) => Made(UniqueIdentifierEnumeration.CreateCredential, r.Id, call)),
    ];

    private static Wire.IdentifierResponse Made(UniqueIdentifierEnumeration operation, Core.Objects.UniqueIdentifier id, KmipCall call)
    {
        call.Results.Made(operation, id);
        return new() { UniqueIdentifier = Identifiers.ToWire(id) };
    }
}

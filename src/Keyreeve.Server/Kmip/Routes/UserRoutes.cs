using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Users;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
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
            Credential, (r, call) => Made(UniqueIdentifierEnumeration.CreateCredential, r.Id, call)),
    ];

    private static Wire.IdentifierResponse Made(UniqueIdentifierEnumeration operation, Core.Objects.UniqueIdentifier id, KmipCall call)
    {
        call.Results.Made(operation, id);
        return new() { UniqueIdentifier = Identifiers.ToWire(id) };
    }

    private static CreateCredentialRequest Credential(Wire.CreateCredentialRequest payload, KmipCall call)
    {
        var attributes = AttributeTranslator.ToSet(payload.Attributes);
        if (payload.Object.Fields is { Type: not TtlvType.Structure }) throw new KeyreeveException(KeyreeveError.InvalidField, "A credential is a structure.");
        switch (payload.Object.ObjectType)
        {
            case ObjectType.Certificate:
                var certificate = Objects.ToCore(payload.Object, call.KeyBlocks)!;
                call.Message.Owns(certificate);
                return new() { Attributes = attributes, Certificate = certificate };
            case ObjectType.PasswordCredential:
                // spec: KMIP 3.0: a password can also come salted, or by a link to secret data; what is kept is ours to choose.
                var password = Password(payload.Object.Fields!.Value, call)
                    ?? throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "A Password Credential states the Password itself; it is kept by scrypt.");
                return new() { Attributes = attributes, Password = password };
            case ObjectType.DeviceCredential:
                var fields = payload.Object.Fields!.Value;
                return new() { Attributes = attributes, Device = Device(fields), Password = Password(fields, call) };
            default:
                throw new KeyreeveException(KeyreeveError.FeatureNotSupported, $"Credentials of type {payload.CredentialType} are not kept; make one of type Password.");
        }
    }

    private static SecretBytes? Password(KmipValue fields, KmipCall call)
    {
        if (fields[Tag.Password] is not { Type: TtlvType.TextString } stated) return null;
        var password = SecretBytes.CopyFrom(stated.Encoded.Span);
        call.Message.Owns(password);
        return password;
    }

    private static DeviceIdentity Device(KmipValue fields) => new(
        Text(fields, Tag.DeviceSerialNumber), Text(fields, Tag.DeviceIdentifier), Text(fields, Tag.NetworkIdentifier),
        Text(fields, Tag.MachineIdentifier), Text(fields, Tag.MediaIdentifier));

    private static string? Text(KmipValue fields, Tag tag) => fields[tag] is { Type: TtlvType.TextString } stated ? stated.AsText() : null;
}

using System.Security.Cryptography.X509Certificates;
using System.Text;
using Keyreeve.Core.Access;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Attributes;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Messages;
using Keyreeve.Kmip.Objects;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Integration.Kmip;

/// <summary>Users and their credentials, made by an officer as KMIP 3.0 has it.</summary>
internal sealed class KmipPeople : IAsyncDisposable
{
    private readonly X509Certificate2 _certificate;

    public KmipPeople(KmipDoor door, string name)
    {
        _certificate = door.Enrol(name, "default", Role.SecurityOfficer, Role.KeyAdministrator, Role.KeyExporter);
        Officer = door.Client(_certificate, ProtocolVersion.Kmip30);
    }

    public KmipClient Officer { get; }

    public async ValueTask DisposeAsync()
    {
        await Officer.DisposeAsync();
        _certificate.Dispose();
    }

    public static ManagedObject Password(string password) =>
        ManagedObject.FromFields(ObjectType.PasswordCredential, KmipValue.Structure(new KmipField(Tag.Password, KmipValue.Text(password))));

    public async Task<UniqueIdentifier> CredentialAsync(CredentialType type, ManagedObject value)
    {
        using var made = await Officer.CreateCredentialAsync(new() { CredentialType = type, Object = value });
        return UniqueIdentifier.From(made.Payload.UniqueIdentifier.ToString());
    }

    public async Task<UniqueIdentifier> UserAsync(string name, params UniqueIdentifier[] credentials)
    {
        var attributes = new AttributeList(
        [
            new(Tag.Name, KmipValue.Text(name)),
            .. credentials.Select(static id => new KmipAttribute(Tag.CredentialLink, KmipValue.Text(TtlvType.Reference, Encoding.UTF8.GetBytes(id.ToString())))),
        ]);
        using var made = await Officer.CreateUserAsync(new() { Attributes = attributes });
        return UniqueIdentifier.From(made.Payload.UniqueIdentifier.ToString());
    }

    /// <summary>A user with a password.</summary>
    public async Task<(UniqueIdentifier User, UniqueIdentifier Credential)> UserAsync(string name, string password)
    {
        var credential = await CredentialAsync(CredentialType.Password, Password(password));
        return (await UserAsync(name, credential), credential);
    }

    /// <summary>The client, speaking for whom the credential proves.</summary>
    public static KmipClient As<TCredential>(KmipClient client, TCredential credential)
        where TCredential : ICredentialValue<TCredential>, new() =>
        client.With(new KmipRequestOptions { Authentication = new Authentication { Credentials = [Credential.From(credential)] } });

    public static KmipClient As(KmipClient client, string name, string? password) => As(
        client, new UsernameAndPasswordCredential { Username = name, Password = password is null ? default(ReadOnlyMemory<byte>?) : Encoding.UTF8.GetBytes(password) });
}

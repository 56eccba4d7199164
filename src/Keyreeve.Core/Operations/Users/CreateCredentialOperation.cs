using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Users;

/// <summary>Asks for a new credential: one of these, or a password and a device together.</summary>
// A class: a record's generated ToString would print the password.
public sealed class CreateCredentialRequest
{
    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>The password, of a password or of a device; null if there is none. Stays the caller's.</summary>
    public SecretBytes? Password { get; init; }

    /// <summary>The secret data that is the password, as it is now; null if the request has it itself.</summary>
    public UniqueIdentifier? PasswordId { get; init; }

    /// <summary>Of a device: what it says of itself.</summary>
    public DeviceIdentity? Device { get; init; }

    /// <summary>Of a hashed password: its hashes.</summary>
    public HashedPasswordSecret? HashedPassword { get; init; }

    /// <summary>Of one-time passwords: what is shared with the token.</summary>
    public OneTimePasswordSecret? OneTimePassword { get; init; }

    /// <summary>Of a certificate: it. Stays the caller's.</summary>
    public ObjectValue? Certificate { get; init; }
}

/// <summary>The new credential.</summary>
/// <param name="Id">Its identity.</param>
public sealed record CreateCredentialResponse(UniqueIdentifier Id);

/// <summary>KMIP 3.0 Create Credential: what a user or a device proves itself by. Of a password only its scrypt is kept.</summary>
public sealed class CreateCredentialOperation : Operation<CreateCredentialRequest, CreateCredentialResponse>
{
    private readonly RegisterOperation _register = new();

    /// <inheritdoc/>
    public override OperationName Name => OperationName.CreateCredential;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    protected internal override ValueTask<OperationTarget> ResolveAsync(
        OperationScope scope, CreateCredentialRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new OperationTarget(NewObject.GroupOf(scope, null), null));

    /// <inheritdoc/>
    protected internal override async ValueTask<CreateCredentialResponse> ExecuteAsync(
        OperationScope scope, OperationTarget target, CreateCredentialRequest request, CancellationToken cancellationToken)
    {
        if (request.Certificate is { } certificate)
            return new CreateCredentialResponse(await RegisterAsync(scope, target, request.Attributes, certificate, cancellationToken));

        var (type, attributes) = (ObjectType.PasswordCredential, request.Attributes);
        SecretBytes kept;
        if (request.HashedPassword is { } hashed)
        {
            type = ObjectType.HashedPasswordCredential;
            kept = HashedPassword.Keep(hashed);
        }
        else if (request.OneTimePassword is { } oneTime)
        {
            type = ObjectType.OneTimePasswordCredential;
            if (oneTime.Serial is { } serial) attributes = attributes.Add(AttributeName.AlternativeName, SerialNumber(serial));
            kept = OneTimePassword.Keep(oneTime);
        }
        else
        {
            if (request.Device is { } device)
            {
                type = ObjectType.DeviceCredential;
                attributes = attributes.Add(AttributeName.Name, NameOf(device));
            }

            scope.Spend(RequestWork.Password);
            kept = request.PasswordId is { } linked ? await OfSecretDataAsync(scope, linked, cancellationToken) : Verifier(request.Password);
        }

        using (kept) return new CreateCredentialResponse((await IdentityObject.StageAsync(scope, target.Group!.Value, type, attributes, kept, cancellationToken)).Id);
    }

    // Whoever shows this certificate is the user that is linked to it. Its key says which it is: a certificate that was renewed with
    // the same key is the same.
    private async ValueTask<UniqueIdentifier> RegisterAsync(
        OperationScope scope, OperationTarget target, AttributeSet attributes, ObjectValue certificate, CancellationToken cancellationToken)
    {
        var registration = new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = attributes, Value = certificate };
        var id = (await _register.ExecuteAsync(scope, target, registration, cancellationToken)).Id;
        scope.Amend(id, made => made.With(AttributeName.IdentifiedKey, AttributeValue.Of(FingerprintOf(certificate))));
        return id;
    }

    private static string FingerprintOf(ObjectValue certificate)
    {
        using var lease = certificate.Bytes!.Reveal();
        try
        {
            using var read = X509CertificateLoader.LoadCertificate(lease.Span);
            return Convert.ToHexStringLower(SHA256.HashData(read.PublicKey.ExportSubjectPublicKeyInfo()));
        }
        catch (CryptographicException malformed)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, "A certificate that is a credential is an X.509 certificate.", malformed);
        }
    }

    // A device without a password has an empty one.
    private static SecretBytes Verifier(SecretBytes? password)
    {
        if (password is null) return PasswordVerifier.Make([]);
        using var lease = password.Reveal();
        return PasswordVerifier.Make(lease.Span);
    }

    // Whether a password is right tells what it is, to who guesses: it is taken for who may have it.
    private static async ValueTask<SecretBytes> OfSecretDataAsync(OperationScope scope, UniqueIdentifier id, CancellationToken cancellationToken)
    {
        var found = await scope.RequireAsync(id, cancellationToken);
        if (!await scope.MayTakeAsync(OperationName.Get, found, cancellationToken)) throw KeyreeveException.NotFound();
        if (found.ObjectType != ObjectType.SecretData || found.Attributes.Find(AttributeName.SecretDataType) is not EnumerationValue { Value: (uint)SecretDataType.Password })
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "A Password Link leads to Secret Data of type Password.");
        if (found.Attributes.Has(AttributeName.KeyWrappingData) || found.Material is null)
            throw new KeyreeveException(KeyreeveError.InvalidObjectType, "The secret data of a Password Link is here, and not wrapped.");
        KeyUse.RequireInUse(found);
        using var password = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        return Verifier(password.Material);
    }

    private static AttributeValue NameOf(DeviceIdentity device)
    {
        _ = device.Label;
        return AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of(device.Name)),
            new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)));
    }

    // Alternative Name Type "Object Serial Number". KMIP 2.1 §11.2.
    private static AttributeValue SerialNumber(string serial) => AttributeValue.Of(
        new StructureField(AttributeField.AlternativeNameValue, AttributeValue.Of(serial)),
        new StructureField(AttributeField.AlternativeNameType, new EnumerationValue(0x00000003)));
}

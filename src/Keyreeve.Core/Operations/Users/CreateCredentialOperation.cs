using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Standard;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Users;

/// <summary>Asks for a new credential.</summary>
// A class: a record's generated ToString would print the password.
public sealed class CreateCredentialRequest
{
    /// <summary>Its attributes.</summary>
    public required AttributeSet Attributes { get; init; }

    /// <summary>The password, of a password or of a device; null if there is none. Stays the caller's.</summary>
    public SecretBytes? Password { get; init; }

    /// <summary>Of a device: what it says of itself.</summary>
    public DeviceIdentity? Device { get; init; }

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
        {
            var registration = new RegisterRequest { ObjectType = ObjectType.Certificate, Attributes = request.Attributes, Value = certificate };
            return new CreateCredentialResponse((await _register.ExecuteAsync(scope, target, registration, cancellationToken)).Id);
        }

        using var verifier = Verifier(request.Password);
        var type = request.Device is null ? ObjectType.PasswordCredential : ObjectType.DeviceCredential;
        var attributes = request.Device is { } device ? request.Attributes.Add(AttributeName.Name, NameOf(device)) : request.Attributes;
        var made = await IdentityObject.StageAsync(scope, target.Group!.Value, type, attributes, verifier, cancellationToken);
        return new CreateCredentialResponse(made.Id);
    }

    // A device without a password has an empty one.
    private static SecretBytes Verifier(SecretBytes? password)
    {
        if (password is null) return PasswordVerifier.Make([]);
        using var lease = password.Reveal();
        return PasswordVerifier.Make(lease.Span);
    }

    private static AttributeValue NameOf(DeviceIdentity device)
    {
        _ = device.Label;
        return AttributeValue.Of(
            new StructureField(AttributeField.NameValue, AttributeValue.Of(device.Name)),
            new StructureField(AttributeField.NameType, AttributeValue.Of(NameType.UninterpretedTextString)));
    }
}

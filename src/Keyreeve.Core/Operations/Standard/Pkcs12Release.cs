using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Envelopes;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Standard;

/// <summary>Private keys and certificates as PKCS#12 containers: what a Get puts into them, what a Register takes out. KMIP 2.1 §6.1.19, §4.39.</summary>
internal static class Pkcs12Release
{
    // spec: KMIP 2.1 §4.39 "If this attribute is absent for the object on which the Get is issued, the server SHOULD use an
    // alias/friendly name of “alias”."
    private const string DefaultFriendlyName = "alias";

    private const int LongestChain = 16;

    /// <summary>The container of a private key, or of a certificate, with the chain that its links make.</summary>
    public static async ValueTask<ObjectValue> OfAsync(
        OperationScope scope, ManagedObject found, GetRequest request, CancellationToken cancellationToken)
    {
        if (found.ObjectType is not (ObjectType.PrivateKey or ObjectType.Certificate))
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, $"An object of type {found.ObjectType} is not given as PKCS#12.");
        if (request.KeyWrappingSpecification is not null)
            throw new KeyreeveException(KeyreeveError.KeyWrapTypeNotSupported, "A PKCS#12 container is protected by its password and not wrapped.");
        if (found.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.KeyFormatTypeNotSupported, "A key that is kept wrapped is given in the format in which it was registered.");
        using var password = await PasswordAsync(scope, found.Attributes, OperationName.Get, cancellationToken);
        var chain = await ChainAsync(scope, found, cancellationToken);
        var isKey = found.ObjectType == ObjectType.PrivateKey;
        using var container = new Pkcs12Container
        {
            PrivateKey = isKey ? await PrivateKeyAsync(scope, found, cancellationToken) : null,
            Certificate = isKey && chain.Count > 0 ? chain[0] : null,
            Chain = isKey ? [.. chain.Skip(1)] : chain,
            FriendlyName = found.Attributes.Find(AttributeName.PKCS12FriendlyName) is TextValue name ? name.Value : DefaultFriendlyName,
        };
        try
        {
            scope.Spend(RequestWork.Iterations(Pkcs12Container.IterationsToEncode));
            var block = new KeyBlock { KeyFormatType = KeyFormatType.PKCS12, Material = SecretBytes.CopyFrom(container.Encode(password)) };
            return new ObjectValue { ObjectType = ObjectType.PrivateKey, KeyBlock = block };
        }
        catch (InvalidKeyException refused)
        {
            throw new KeyreeveException(KeyreeveError.InvalidField, $"No container can be made: {refused.Message}", refused);
        }
    }

    /// <summary>Opens a container that is registered, with the password that the attributes link to.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.BadPassword"/>, <see cref="KeyreeveError.InvalidField"/>.</exception>
    public static async ValueTask<Pkcs12Container> OpenAsync(
        OperationScope scope, AttributeSet stated, SecretBytes encoded, CancellationToken cancellationToken)
    {
        using var password = await PasswordAsync(scope, stated, null, cancellationToken);
        using var lease = encoded.Reveal();
        scope.Spend(RequestWork.Iterations(Pkcs12Container.CountIterations(lease.Span)));
        if (!Pkcs12Container.TryOpen(lease.Span, password, out var container))
            throw new KeyreeveException(KeyreeveError.BadPassword, "The PKCS#12 container does not open with the password that it is linked to.");
        if (container.PrivateKey is null)
        {
            container.Dispose();
            throw new KeyreeveException(KeyreeveError.InvalidField, "The PKCS#12 container holds no private key.");
        }

        // spec: KMIP 2.1 §4.39 "it informs the server of the alias/friendly name under which the private key and its associated
        // certificate chain SHALL be found in the Key Material"; the standard compares such names without case.
        if (stated.Find(AttributeName.PKCS12FriendlyName) is not TextValue wanted
            || container.FriendlyName is null
            || string.Equals(wanted.Value, container.FriendlyName, StringComparison.OrdinalIgnoreCase))
            return container;
        container.Dispose();
        throw new KeyreeveException(KeyreeveError.InvalidField, "The PKCS#12 container has no key of that friendly name.");
    }

    // spec: KMIP 2.1 §11.46 Bad Password: "Key Format Type is PKCS#12, but missing or multiple PKCS#12 Password Links, or not Secret
    // Data, or not Active"
    private static async ValueTask<SecretBytes> PasswordAsync(
        OperationScope scope, AttributeSet attributes, OperationName? use, CancellationToken cancellationToken)
    {
        var links = LinksOf(attributes, LinkType.PKCS12PasswordLink);
        var found = links.Count == 1 ? await scope.Engine.Objects.FindAsync(scope.Tenant, links[0], cancellationToken) : null;
        if (found is not { ObjectType: ObjectType.SecretData, State: State.Active, Material: not null } || !scope.MaySee(found))
            throw new KeyreeveException(KeyreeveError.BadPassword, "A PKCS#12 container needs one PKCS#12 Password Link to Secret Data that is Active.");
        if (found.Attributes.Has(AttributeName.KeyWrappingData))
            throw new KeyreeveException(KeyreeveError.BadPassword, "The password of the PKCS#12 container is itself wrapped.");
        // A container tells whether a guess of its password is right, as often as anybody likes: who has it made may have the password.
        if (use is { } needed && !await scope.MayTakeAsync(needed, found, cancellationToken))
            throw new KeyreeveException(KeyreeveError.BadPassword, $"{scope.Call.Principal.Name} may not {needed} the password of the PKCS#12 container.");
        KeyUse.RequireInUse(found);
        using var password = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        return password.Material.Clone();
    }

    private static async ValueTask<SecretBytes> PrivateKeyAsync(OperationScope scope, ManagedObject found, CancellationToken cancellationToken)
    {
        using var key = await scope.Engine.Keys.OpenAsync(found, cancellationToken);
        var content = ObjectContent.Of(
            found.ObjectType, found.Attributes, found.Material!.KeyFormatType, key.Material, new WrittenForm(KeyFormatType.PKCS8));
        return content.Bytes!;
    }

    // spec: KMIP 2.1 §6.1.19 "using the private key’s Public Key link to get the corresponding public key (where relevant), and then
    // using that public key’s PKCS#12 Certificate Link to get the base certificate, and then using each certificate’s Certificate
    // Link to build the certificate chain. It is an error if there is more than one valid certificate chain." OASIS' cases have
    // PKCS#12 Certificate Links all the way, the first on the private key.
    private static async ValueTask<List<byte[]>> ChainAsync(OperationScope scope, ManagedObject found, CancellationToken cancellationToken)
    {
        var chain = new List<byte[]>();
        var seen = new HashSet<UniqueIdentifier>();
        var next = found.ObjectType == ObjectType.Certificate ? found.Id : await BaseAsync(scope, found, cancellationToken);
        while (next is { } id && seen.Add(id))
        {
            if (chain.Count == LongestChain) throw new KeyreeveException(KeyreeveError.InvalidField, "The certificate chain is too long.");
            var certificate = await scope.Engine.Objects.FindAsync(scope.Tenant, id, cancellationToken);
            if (certificate is not { ObjectType: ObjectType.Certificate, Material: not null } || !scope.MaySee(certificate))
                throw new KeyreeveException(KeyreeveError.InvalidField, "A link of the certificate chain leads to no certificate.");
            using (var value = await scope.Engine.Keys.OpenAsync(certificate, cancellationToken))
            using (var lease = value.Material.Reveal())
                chain.Add(lease.Span.ToArray());
            next = OnlyOf(certificate.Attributes);
        }

        return chain;
    }

    private static async ValueTask<UniqueIdentifier?> BaseAsync(OperationScope scope, ManagedObject key, CancellationToken cancellationToken)
    {
        if (OnlyOf(key.Attributes) is { } direct) return direct;
        var links = LinksOf(key.Attributes, LinkType.PublicKeyLink);
        var publicKey = links.Count == 0 ? null : await scope.Engine.Objects.FindAsync(scope.Tenant, links[0], cancellationToken);
        return publicKey is null || !scope.MaySee(publicKey) ? null : OnlyOf(publicKey.Attributes);
    }

    private static UniqueIdentifier? OnlyOf(AttributeSet attributes)
    {
        var links = LinksOf(attributes, LinkType.PKCS12CertificateLink);
        if (links.Count == 0) links = LinksOf(attributes, LinkType.CertificateLink);
        return links.Count > 1
            ? throw new KeyreeveException(KeyreeveError.InvalidField, "There is more than one certificate chain.")
            : links.Count == 0 ? null : links[0];
    }

    private static List<UniqueIdentifier> LinksOf(AttributeSet attributes, LinkType type) => Links.Of(attributes, type);
}

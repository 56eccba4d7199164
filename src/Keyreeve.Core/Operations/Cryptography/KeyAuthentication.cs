using Keyreeve.Core.Objects;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>MACs and signatures of wrapped keys: a symmetric key MACs, a private key signs.</summary>
internal static class KeyAuthentication
{
    /// <summary>Computes the MAC or signature.</summary>
    public static async ValueTask<byte[]> ComputeAsync(
        OperationScope scope, ManagedObject found, StructureValue? parameters, SecretBytes content, CancellationToken cancellationToken)
    {
        var mode = scope.Engine.Modes.Of(found.Group);
        using var key = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
        if (IsMac(found))
        {
            using var mac = new MacStream(key, MacChoice.Of(found, parameters, mode));
            Add(content, mac.Update);
            return await mac.FinishAsync(scope, found, key, cancellationToken);
        }

        using var signature = new SignatureStream(SignatureChoice.Of(found, parameters, mode, null));
        Add(content, signature.Update);
        return await signature.SignAsync(scope, found, key, cancellationToken);
    }

    /// <summary>Whether the MAC or signature is that of the content.</summary>
    public static async ValueTask<bool> VerifyAsync(
        OperationScope scope, ManagedObject found, StructureValue? parameters, SecretBytes content, ReadOnlyMemory<byte> code, CancellationToken cancellationToken)
    {
        var mode = scope.Engine.Modes.Of(found.Group);
        if (IsMac(found))
        {
            using var macKey = await TokenUse.OpenUnlessInTokenAsync(scope, found, cancellationToken);
            using var mac = new MacStream(macKey, MacChoice.Of(found, parameters, mode));
            Add(content, mac.Update);
            return await mac.VerifyAsync(scope, found, macKey, code, cancellationToken);
        }

        using var key = await TokenUse.OpenForPublicUseAsync(scope, found, cancellationToken);
        using var signature = new SignatureStream(SignatureChoice.Of(found, parameters, mode, null));
        Add(content, signature.Update);
        return signature.Verify(key, code.Span);
    }

    /// <summary>Whether the key MACs; others sign.</summary>
    public static bool IsMac(ManagedObject key) => key.ObjectType == ObjectType.SymmetricKey;

    private static void Add(SecretBytes content, Taker taker)
    {
        using var lease = content.Reveal();
        taker(lease.Span);
    }

    private delegate void Taker(ReadOnlySpan<byte> data);
}

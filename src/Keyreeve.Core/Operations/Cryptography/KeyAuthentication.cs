using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>MACs and signatures of wrapped keys: a symmetric key MACs, a private key signs.</summary>
internal static class KeyAuthentication
{
    /// <summary>Computes the MAC or signature.</summary>
    public static byte[] Compute(in UsableKey key, StructureValue? parameters, GroupMode mode, ReadOnlySpan<byte> content)
    {
        if (IsMac(key.Object))
        {
            using var mac = new MacStream(key, MacChoice.Of(key.Object, parameters, mode));
            mac.Update(content);
            return mac.Finish(key);
        }

        using var signature = new SignatureStream(SignatureChoice.Of(key.Object, parameters, mode, null));
        signature.Update(content);
        return signature.Sign(key);
    }

    /// <summary>Whether the MAC or signature is that of the content.</summary>
    public static bool Verify(in UsableKey key, StructureValue? parameters, GroupMode mode, ReadOnlySpan<byte> content, ReadOnlySpan<byte> code)
    {
        if (IsMac(key.Object))
        {
            using var mac = new MacStream(key, MacChoice.Of(key.Object, parameters, mode));
            mac.Update(content);
            return mac.Verify(key, code);
        }

        using var signature = new SignatureStream(SignatureChoice.Of(key.Object, parameters, mode, null));
        signature.Update(content);
        return signature.Verify(key, code);
    }

    /// <summary>Whether the key MACs; others sign.</summary>
    public static bool IsMac(ManagedObject key) => key.ObjectType == ObjectType.SymmetricKey;
}

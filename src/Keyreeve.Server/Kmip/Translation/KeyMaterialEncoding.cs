using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;

namespace Keyreeve.Server.Kmip.Translation;

/// <summary>Key Material structures as TTLV, which is the same in every version. Thread safe.</summary>
internal sealed class KeyMaterialEncoding : IKeyMaterialEncoding
{
    /// <inheritdoc/>
    public SecretBytes Encode(TransparentKey key)
    {
        var secrets = new List<byte[]>();
        try
        {
            var blocks = new KeyBlocks(ProtocolVersion.Kmip21, secret =>
            {
                secrets.Add(secret);
                return secret;
            });
            using var writer = new TtlvWriter();
            blocks.ToStructure(key).WriteTo(writer, Tag.KeyMaterial);
            return SecretBytes.CopyFrom(writer.WrittenSpan);
        }
        finally
        {
            secrets.ForEach(static secret => CryptographicOperations.ZeroMemory(secret));
        }
    }
}

using System.Text;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Audit;

/// <summary>Signs checkpoints, and statements of the server's, with the trail's Ed25519 key. Thread safe.</summary>
internal sealed class AuditSigner : IDisposable
{
    private readonly EdwardsPrivateKey _key;

    /// <param name="seed">The private key's 32 bytes; copied.</param>
    public AuditSigner(SecretBytes seed)
    {
        _key = EdwardsPrivateKey.Import(EdwardsCurve.Ed25519, seed);
        Verifier = AuditVerifierKey.Of(_key.PublicKey.Export());
    }

    public AuditVerifierKey Verifier { get; }

    /// <summary>The checkpoint as a signed note.</summary>
    public string Sign(AuditCheckpoint checkpoint)
    {
        var signature = Eddsa.Sign(_key, Encoding.UTF8.GetBytes(checkpoint.ToText()));
        // spec: C2SP signed-note "— <key name> base64(32-bit key ID || signature)"
        return $"{checkpoint.ToText()}\n{AuditCheckpoint.SignaturePrefix}{Verifier.Name} {Convert.ToBase64String([.. Verifier.KeyId.Span, .. signature])}\n";
    }

    /// <summary>Signs a statement; it begins with a brace, as no checkpoint does.</summary>
    /// <returns>The 64 bytes of RFC 8032.</returns>
    public byte[] SignStatement(ReadOnlySpan<byte> statement) => !statement.IsEmpty && statement[0] == '{'
        ? Eddsa.Sign(_key, statement)
        : throw new ArgumentException("A statement is a JSON object.", nameof(statement));

    public void Dispose() => _key.Dispose();
}

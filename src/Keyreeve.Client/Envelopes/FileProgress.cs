using System.Runtime.InteropServices;

namespace Keyreeve.Client;

/// <summary>How far encrypting or decrypting a file has come.</summary>
/// <param name="DoneInBytes">Bytes of plaintext done.</param>
/// <param name="TotalInBytes">Bytes of plaintext in all; null when it is not known beforehand.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct FileProgress(long DoneInBytes, long? TotalInBytes);

/// <summary>What was encrypted or decrypted.</summary>
/// <param name="PlaintextLengthInBytes">Length of the plaintext.</param>
/// <param name="KeyId">Identifier of the key.</param>
/// <param name="KeyVersion">Version of the key.</param>
public sealed record EnvelopeOutcome(long PlaintextLengthInBytes, Guid KeyId, long KeyVersion);

using System.Security.Cryptography;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Sealing;
using Keyreeve.Crypto;

namespace Keyreeve.Core.Operations.Cryptography;

/// <summary>A message on its way to its authentication code, or the check of one.</summary>
internal sealed class MacStream : DataStream
{
    private readonly StreamingMac? _mac;
    private readonly HeldMessage _message = new();

    public MacStream(in UsableKey key, in MacChoice choice)
    {
        Choice = choice;
        // A token takes the message as a whole.
        _mac = key == default ? null : choice.Scheme switch
        {
            MacScheme.Hmac => StreamingMac.StartHmac(choice.Digest, key.Material),
            MacScheme.AesCmac => AesCmac.Start(key.Material),
            MacScheme.TripleDesCmac => InsecureTripleDesCmac.Start(key.Material),
            MacScheme.Poly1305 => InsecurePoly1305.Start(key.Material),
            // Plain CBC-MAC fills up the message, so it needs to know its end.
            _ => null,
        };
    }

    /// <summary>How.</summary>
    public MacChoice Choice { get; }

    /// <summary>The code to check; may come with any part.</summary>
    public byte[]? Code { get; set; }

    /// <inheritdoc/>
    public override int HeldInBytes => _message.LengthInBytes;

    /// <summary>Takes a part.</summary>
    public void Update(ReadOnlySpan<byte> data)
    {
        if (_mac is null) _message.Add(data);
        else _mac.Update(data);
    }

    /// <summary>The code of all parts.</summary>
    public byte[] Finish(in UsableKey key)
    {
        if (_mac is not null) return _mac.Final();
        using var message = _message.Take();
        using var lease = message.Reveal();
        return lease.Span.IsEmpty
            ? throw new KeyreeveException(KeyreeveError.InvalidField, "CBC-MAC has no code for an empty message.")
            : InsecureCbcMac.Compute(key.Material, lease.Span);
    }

    /// <summary>Whether the code is that of all parts.</summary>
    public bool Verify(in UsableKey key, ReadOnlySpan<byte> code)
    {
        var computed = Finish(key);
        var isValid = CryptographicOperations.FixedTimeEquals(computed, code);
        CryptographicOperations.ZeroMemory(computed);
        return isValid;
    }

    /// <summary>The code of all parts, made in the token if the key lives there.</summary>
    /// <param name="scope">The request.</param>
    /// <param name="found">The key's object.</param>
    /// <param name="key">The key, opened; none if it lives in the token.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async ValueTask<byte[]> FinishAsync(OperationScope scope, ManagedObject found, UsableKey key, CancellationToken cancellationToken)
    {
        if (!found.IsInToken) return Finish(key);
        using var message = _message.Take();
        return await TokenUse.AuthenticateAsync(scope, found, Choice, RsaKeys.CopyOf(message), cancellationToken);
    }

    /// <summary>Whether the code is that of all parts, found out in the token if the key lives there.</summary>
    public async ValueTask<bool> VerifyAsync(OperationScope scope, ManagedObject found, UsableKey key, ReadOnlyMemory<byte> code, CancellationToken cancellationToken)
    {
        var computed = await FinishAsync(scope, found, key, cancellationToken);
        var isValid = CryptographicOperations.FixedTimeEquals(computed, code.Span);
        CryptographicOperations.ZeroMemory(computed);
        return isValid;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _mac?.Dispose();
        _message.Dispose();
    }
}

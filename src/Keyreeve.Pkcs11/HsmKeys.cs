using Keyreeve.Core;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>Keys that live in a token. Thread safe.</summary>
/// <param name="token">The token.</param>
public sealed class HsmKeys(HsmToken token) : IKeyToken
{
    /// <summary>What every key of ours is labelled; which object it is for stands in its CKA_ID.</summary>
    internal const string Label = "keyreeve-key";

    private const int SecretWrapOverheadInBytes = 24;

    private enum Making
    {
        UnderWay,
        Done,
        GivenUp,
    }

    /// <inheritdoc/>
    public async ValueTask<TokenHandle> MakeAsync(TokenKeyWish wish, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wish);
        var making = new Turn();
        try
        {
            return await RunAsync(
                session =>
                {
                    var (key, handle) = HsmKeyMaking.Make(session, wish);
                    // Who waited may have given up while the token took its time: then nobody would ever use the key.
                    if (!making.TryTurn(Making.Done)) session.Destroy(key);
                    return handle;
                },
                isRepeatable: false, cancellationToken);
        }
        catch
        {
            making.TryTurn(Making.GivenUp);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(cipher);
        return await RunAsync(
            session =>
            {
                var iv = cipher.Iv.ToArray();
                return new TokenCiphertext(HsmMechanisms.Encrypt(session, Require(session, key), cipher, iv, data.Span), iv);
            },
            isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<TokenCiphertext> EncryptAsync(TokenHandle key, TokenCipher cipher, SecretBytes data, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(cipher);
        ArgumentNullException.ThrowIfNull(data);
        return await RunAsync(
            session =>
            {
                var iv = cipher.Iv.ToArray();
                using var lease = data.Reveal();
                return new TokenCiphertext(HsmMechanisms.Encrypt(session, Require(session, key), cipher, iv, lease.Span), iv);
            },
            isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes?> TryDecryptAsync(TokenHandle key, TokenCipher cipher, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(cipher);
        return await RunAsync(
            session =>
            {
                var handle = Require(session, key);
                return Attempt(session, () => HsmMechanisms.Decrypt(session, handle, cipher, data.Span));
            },
            isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]> SignAsync(TokenHandle key, TokenSignature how, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(how);
        return await RunAsync(session => HsmMechanisms.Sign(session, Require(session, key), how, content.Span), isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<byte[]> WrapAsync(TokenHandle key, bool withPadding, SecretBytes clear, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(clear);
        return await RunAsync(
            session =>
            {
                using var template = Transient();
                var transient = session.CreateObject(template, clear);
                try
                {
                    return session.WrapKey(MechanismOf(withPadding), Require(session, key), transient, clear.LengthInBytes + SecretWrapOverheadInBytes);
                }
                finally
                {
                    session.DestroyTransient(transient);
                }
            },
            isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<SecretBytes?> TryUnwrapAsync(TokenHandle key, bool withPadding, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return await RunAsync(
            session =>
            {
                var handle = Require(session, key);
                return Attempt(session, () =>
                {
                    using var template = Transient();
                    var transient = session.UnwrapKey(MechanismOf(withPadding), handle, wrapped.Span, template);
                    try
                    {
                        return session.ReadSecret(transient, session.LengthOf(transient, AttributeType.Value));
                    }
                    finally
                    {
                        session.DestroyTransient(transient);
                    }
                });
            },
            isRepeatable: true, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DestroyAsync(UniqueIdentifier id, string? serial, CancellationToken cancellationToken) => await RunAsync(
        session =>
        {
            if (serial is not null) RequireSerial(session, serial);
            using var template = new AttributeTemplate().With(AttributeType.Label, Label).With(AttributeType.Id, id.ToByteArray());
            foreach (var found in session.Find(template)) session.Destroy(found);
            return true;
        },
        isRepeatable: true, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<UniqueIdentifier>> ListAsync(CancellationToken cancellationToken) => await RunAsync(
        static session =>
        {
            using var template = new AttributeTemplate().With(AttributeType.Label, Label);
            return session.Find(template)
                .Select(found => IdOf(session, found))
                .Where(static id => id.Length == UniqueIdentifier.SizeInBytes)
                .Select(static id => UniqueIdentifier.FromBytes(id)).Distinct().ToList();
        },
        isRepeatable: true, cancellationToken);

    // What another session destroys after it was found is not there: SoftHSM says "general error" of it, or of its attribute that it is invalid if it
    // went between the two reads; others that the handle is none.
    private static byte[] IdOf(TokenSession session, nuint found)
    {
        try
        {
            return session.ReadBytes(found, AttributeType.Id);
        }
        catch (Pkcs11Exception gone) when (gone.Value is ReturnValue.GeneralError or ReturnValue.AttributeValueInvalid or ReturnValue.ObjectHandleInvalid)
        {
            session.RequireLogin();
            return [];
        }
    }

    private static nuint Require(TokenSession session, TokenHandle key)
    {
        RequireSerial(session, key.Serial);
        return session.Require(key.PublicKey.IsEmpty ? Cryptoki.ClassSecretKey : Cryptoki.ClassPrivateKey, key.Id.ToByteArray());
    }

    private static void RequireSerial(TokenSession session, string serial)
    {
        if (!string.Equals(session.Serial, serial, StringComparison.Ordinal))
            throw new KeyreeveException(KeyreeveError.TokenUnavailable, $"The key lives in the token with the serial number '{serial}', not in the one that is connected.");
    }

    // SoftHSM says "general error" of what does not authenticate; a token that is gone may say so too.
    private static SecretBytes? Attempt(TokenSession session, Func<SecretBytes> attempt)
    {
        try
        {
            return attempt();
        }
        catch (Pkcs11Exception refused) when (refused.Value is ReturnValue.GeneralError or ReturnValue.FunctionFailed or ReturnValue.EncryptedDataInvalid
            or ReturnValue.EncryptedDataLenRange or ReturnValue.DataInvalid or ReturnValue.DataLenRange or ReturnValue.WrappedKeyInvalid or ReturnValue.WrappedKeyLenRange)
        {
            session.RequireLogin();
            session.GenerateRandom(new byte[8]);
            return null;
        }
    }

    private async ValueTask<T> RunAsync<T>(Func<TokenSession, T> work, bool isRepeatable, CancellationToken cancellationToken)
    {
        try
        {
            return await token.RunAsync(work, isRepeatable, cancellationToken);
        }
        catch (HsmException unusable)
        {
            throw Translate(unusable);
        }
    }

    private static KeyreeveException Translate(HsmException unusable) => (unusable.InnerException as Pkcs11Exception)?.Value switch
    {
        ReturnValue.MechanismInvalid or ReturnValue.MechanismParamInvalid or ReturnValue.ArgumentsBad => new(
            KeyreeveError.CryptographicParametersNotSupported, "The token does not do that; keyreeve hsm check says what it has.", unusable),
        ReturnValue.KeyFunctionNotPermitted or ReturnValue.KeyTypeInconsistent => new(
            KeyreeveError.IncompatibleUsageMask, "The key was made in the token for other uses, which cannot be changed there.", unusable),
        ReturnValue.DataLenRange or ReturnValue.KeySizeRange => new(KeyreeveError.InvalidField, "The token does not take data, or a key, of that length.", unusable),
        _ => new KeyreeveException(KeyreeveError.TokenUnavailable, unusable.Message, unusable),
    };

    private static MechanismType MechanismOf(bool withPadding) => withPadding ? MechanismType.AesKeyWrapPad : MechanismType.AesKeyWrap;

    private static AttributeTemplate Transient() => new AttributeTemplate()
        .With(AttributeType.Class, Cryptoki.ClassSecretKey).With(AttributeType.KeyType, Cryptoki.KeyTypeGenericSecret)
        .With(AttributeType.Token, value: false).With(AttributeType.Sensitive, value: false).With(AttributeType.Extractable, value: true);

    /// <summary>Who of two was first.</summary>
    private sealed class Turn
    {
        private int _state;

        /// <summary>False if the other was.</summary>
        public bool TryTurn(Making to) => Interlocked.CompareExchange(ref _state, (int)to, (int)Making.UnderWay) == (int)Making.UnderWay;
    }
}

using System.Security.Cryptography;
using Keyreeve.Crypto;
using Keyreeve.Pkcs11.Interop;

namespace Keyreeve.Pkcs11;

/// <summary>
/// One session with a token, for the length of one piece of work on one thread. Everything throws
/// <see cref="Pkcs11Exception"/> when the token refuses.
/// </summary>
public sealed unsafe class TokenSession
{
    private const int GcmTagSizeInBytes = 16;
    private const int MostSearches = 4;

    private readonly CryptokiModule _module;
    private readonly nuint _session;
    private readonly Dictionary<(nuint Class, string Id), nuint> _handles = [];

    internal TokenSession(CryptokiModule module, nuint slot, nuint session, int generation, string serial)
    {
        _module = module;
        _session = session;
        Slot = slot;
        Generation = generation;
        Serial = serial;
    }

    /// <summary>The token's serial number.</summary>
    internal string Serial { get; }

    internal nuint Slot { get; }

    /// <summary>The connection that it belongs to.</summary>
    internal int Generation { get; }

    internal CryptokiModule Module => _module;

    private CryptokiFunctions* Functions => _module.Functions;

    /// <summary>Fills with the token's random bytes.</summary>
    public void GenerateRandom(Span<byte> destination)
    {
        if (destination.IsEmpty) return; // SoftHSM calls that bad arguments
        fixed (byte* pointer = destination)
            Check(Functions->GenerateRandom(_session, pointer, (nuint)destination.Length), "C_GenerateRandom");
    }

    /// <summary>Finds a key by its identity.</summary>
    /// <exception cref="HsmException">There is none, or there are several.</exception>
    internal nuint Require(nuint objectClass, byte[] id)
    {
        var key = (objectClass, Convert.ToHexStringLower(id));
        if (_handles.TryGetValue(key, out var known)) return known;
        using var template = new AttributeTemplate().With(AttributeType.Class, objectClass).With(AttributeType.Id, id);
        var found = Find(template);
        if (found.Count != 1)
        {
            throw new HsmException(
                HsmState.Failing, found.Count == 0 ? $"The token has no key with the id {key.Item2}." : $"The token has {found.Count} keys with the id {key.Item2}.");
        }

        return _handles[key] = found[0];
    }

    // Who is logged out is not told so when he searches: he just sees no private keys.
    internal void RequireLogin()
    {
        CkSessionInfo info;
        Check(Functions->GetSessionInfo(_session, &info), "C_GetSessionInfo");
        if (info.State is not (Cryptoki.StateReadOnlyUser or Cryptoki.StateReadWriteUser)) throw new Pkcs11Exception("C_GetSessionInfo", ReturnValue.UserNotLoggedIn);
    }

    internal List<nuint> Find(AttributeTemplate template)
    {
        var found = new List<nuint>();
        BeginFind(template);
        try
        {
            var batch = stackalloc nuint[16];
            while (true)
            {
                nuint count;
                Check(Functions->FindObjects(_session, batch, 16, &count), "C_FindObjects");
                if (count == 0) break;
                for (var i = 0; i < (int)count; i++) found.Add(batch[i]);
            }
        }
        finally
        {
            Functions->FindObjectsFinal(_session);
        }

        if (found.Count == 0) RequireLogin();
        return found;
    }

    // SoftHSM says "general error" of a search, for whatever it is, that comes upon an object which another session is just destroying; the next does not.
    private void BeginFind(AttributeTemplate template)
    {
        for (var attempt = 1; ; attempt++)
        {
            nuint returned;
            fixed (CkAttribute* attributes = template.Attributes)
                returned = Functions->FindObjectsInit(_session, attributes, (nuint)template.Attributes.Length);
            if (attempt < MostSearches && (ReturnValue)(uint)returned == ReturnValue.GeneralError) continue;
            Check(returned, "C_FindObjectsInit");
            return;
        }
    }

    internal nuint GenerateKey(MechanismType mechanism, AttributeTemplate template)
    {
        var how = new CkMechanism { Mechanism = (nuint)mechanism };
        nuint handle;
        fixed (CkAttribute* attributes = template.Attributes)
            Check(Functions->GenerateKey(_session, &how, attributes, (nuint)template.Attributes.Length, &handle), "C_GenerateKey");
        return handle;
    }

    internal (nuint PublicKey, nuint PrivateKey) GenerateKeyPair(MechanismType mechanism, AttributeTemplate publicTemplate, AttributeTemplate privateTemplate)
    {
        var how = new CkMechanism { Mechanism = (nuint)mechanism };
        nuint publicKey, privateKey;
        fixed (CkAttribute* publicAttributes = publicTemplate.Attributes, privateAttributes = privateTemplate.Attributes)
        {
            Check(
                Functions->GenerateKeyPair(
                    _session, &how, publicAttributes, (nuint)publicTemplate.Attributes.Length,
                    privateAttributes, (nuint)privateTemplate.Attributes.Length, &publicKey, &privateKey),
                "C_GenerateKeyPair");
        }

        return (publicKey, privateKey);
    }

    internal nuint CreateObject(AttributeTemplate template, SecretBytes value)
    {
        using var lease = value.Reveal();
        fixed (byte* secret = lease.Span)
        {
            CkAttribute[] attributes = [.. template.Attributes, new CkAttribute { Type = (nuint)AttributeType.Value, Value = secret, ValueLength = (nuint)lease.Span.Length }];
            nuint handle;
            fixed (CkAttribute* pointer = attributes)
                Check(Functions->CreateObject(_session, pointer, (nuint)attributes.Length, &handle), "C_CreateObject");
            return handle;
        }
    }

    internal void Destroy(nuint handle)
    {
        Check(Functions->DestroyObject(_session, handle), "C_DestroyObject");
        _handles.Clear();
    }

    internal bool ReadBoolean(nuint handle, AttributeType type)
    {
        byte value;
        var attribute = new CkAttribute { Type = (nuint)type, Value = &value, ValueLength = 1 };
        Check(Functions->GetAttributeValue(_session, handle, &attribute, 1), "C_GetAttributeValue");
        return value != 0;
    }

    internal byte[] ReadBytes(nuint handle, AttributeType type)
    {
        var attribute = new CkAttribute { Type = (nuint)type };
        Check(Functions->GetAttributeValue(_session, handle, &attribute, 1), "C_GetAttributeValue");
        var value = new byte[checked((int)attribute.ValueLength)];
        fixed (byte* pointer = value)
        {
            attribute.Value = pointer;
            Check(Functions->GetAttributeValue(_session, handle, &attribute, 1), "C_GetAttributeValue");
        }

        return value;
    }

    /// <summary>Reads a key's value straight into locked memory.</summary>
    internal SecretBytes ReadSecret(nuint handle, int lengthInBytes) => SecretBytes.Create(lengthInBytes, (this, handle), static (bytes, from) =>
    {
        fixed (byte* pointer = bytes)
        {
            var attribute = new CkAttribute { Type = (nuint)AttributeType.Value, Value = pointer, ValueLength = (nuint)bytes.Length };
            Check(from.Item1.Functions->GetAttributeValue(from.Item1._session, from.handle, &attribute, 1), "C_GetAttributeValue");
            if (attribute.ValueLength != (nuint)bytes.Length) throw new HsmException(HsmState.Failing, "The token unwrapped a key of another length.");
        }
    });

    /// <summary>Encrypts with AES-GCM.</summary>
    /// <param name="key">The key.</param>
    /// <param name="nonce">12 bytes; a token that makes its own nonce writes it here.</param>
    /// <param name="associatedData">What is authenticated with it.</param>
    /// <param name="plaintext">What is encrypted.</param>
    /// <returns>The ciphertext with its tag of 16 bytes.</returns>
    internal byte[] EncryptGcm(nuint key, Span<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> plaintext)
    {
        var output = new byte[plaintext.Length + GcmTagSizeInBytes];
        fixed (byte* iv = nonce, aad = associatedData)
        {
            var parameters = GcmParameters(iv, nonce.Length, aad, associatedData.Length);
            var mechanism = new CkMechanism { Mechanism = (nuint)MechanismType.AesGcm, Parameter = &parameters, ParameterLength = (nuint)sizeof(CkGcmParameters) };
            return Encrypt(&mechanism, key, plaintext, output);
        }
    }

    /// <summary>Decrypts AES-GCM; false if it does not authenticate.</summary>
    internal bool TryDecryptGcm(nuint key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associatedData, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        fixed (byte* iv = nonce, aad = associatedData)
        {
            var parameters = GcmParameters(iv, nonce.Length, aad, associatedData.Length);
            var mechanism = new CkMechanism { Mechanism = (nuint)MechanismType.AesGcm, Parameter = &parameters, ParameterLength = (nuint)sizeof(CkGcmParameters) };
            try
            {
                return Decrypt(&mechanism, key, ciphertext, plaintext) == plaintext.Length;
            }
            // SoftHSM says "general error" of a tag that does not fit.
            catch (Pkcs11Exception refused) when (refused.Value is ReturnValue.GeneralError or ReturnValue.EncryptedDataInvalid
                or ReturnValue.EncryptedDataLenRange or ReturnValue.FunctionFailed or ReturnValue.DataInvalid)
            {
                CryptographicOperations.ZeroMemory(plaintext);
                return false;
            }
        }
    }

    /// <summary>Encrypts in one piece.</summary>
    /// <param name="mechanism">How.</param>
    /// <param name="key">The key.</param>
    /// <param name="plaintext">What is encrypted.</param>
    /// <param name="output">Room for the answer; returned as it is, or cut to the answer's length.</param>
    internal byte[] Encrypt(CkMechanism* mechanism, nuint key, ReadOnlySpan<byte> plaintext, byte[] output)
    {
        Check(Functions->EncryptInit(_session, mechanism, key), "C_EncryptInit");
        var length = (nuint)output.Length;
        fixed (byte* from = NotNull(plaintext), to = output)
            Check(Functions->Encrypt(_session, from, (nuint)plaintext.Length, to, &length), "C_Encrypt");
        return (int)length == output.Length ? output : output[..(int)length];
    }

    /// <summary>Decrypts in one piece.</summary>
    /// <returns>How much was written.</returns>
    internal int Decrypt(CkMechanism* mechanism, nuint key, ReadOnlySpan<byte> ciphertext, Span<byte> plaintext)
    {
        Check(Functions->DecryptInit(_session, mechanism, key), "C_DecryptInit");
        // SoftHSM asks for room for as much as the ciphertext, tag and all.
        var room = Math.Max(Math.Max(ciphertext.Length, plaintext.Length), 1);
        var written = 0;
        using var decrypted = SecretBytes.Create(room, new Decryption(this, ciphertext, ref written), static (bytes, decryption) => decryption.Run(bytes));
        if (written > plaintext.Length) throw new Pkcs11Exception("C_Decrypt", ReturnValue.EncryptedDataLenRange);
        using var lease = decrypted.Reveal();
        lease.Span[..written].CopyTo(plaintext);
        return written;
    }

    /// <summary>Decrypts in one piece, straight into locked memory.</summary>
    internal SecretBytes DecryptSecret(CkMechanism* mechanism, nuint key, ReadOnlySpan<byte> ciphertext)
    {
        Check(Functions->DecryptInit(_session, mechanism, key), "C_DecryptInit");
        var written = 0;
        using var room = SecretBytes.Create(Math.Max(ciphertext.Length, 1), new Decryption(this, ciphertext, ref written), static (bytes, decryption) => decryption.Run(bytes));
        using var lease = room.Reveal();
        return SecretBytes.CopyFrom(lease.Span[..written]);
    }

    /// <summary>Destroys an object that ends with the session; the handles of others stay known.</summary>
    internal void DestroyTransient(nuint handle) => Check(Functions->DestroyObject(_session, handle), "C_DestroyObject");

    /// <summary>How long an attribute's value is.</summary>
    internal int LengthOf(nuint handle, AttributeType type)
    {
        var attribute = new CkAttribute { Type = (nuint)type };
        Check(Functions->GetAttributeValue(_session, handle, &attribute, 1), "C_GetAttributeValue");
        return checked((int)attribute.ValueLength);
    }

    internal byte[] Sign(CkMechanism* mechanism, nuint key, ReadOnlySpan<byte> message, int longestInBytes)
    {
        Check(Functions->SignInit(_session, mechanism, key), "C_SignInit");
        var signature = new byte[longestInBytes];
        var length = (nuint)signature.Length;
        fixed (byte* from = NotNull(message), to = signature)
            Check(Functions->Sign(_session, from, (nuint)message.Length, to, &length), "C_Sign");
        return signature[..checked((int)length)];
    }

    internal byte[] WrapKey(MechanismType mechanism, nuint wrappingKey, nuint key, int longestInBytes)
    {
        var how = new CkMechanism { Mechanism = (nuint)mechanism };
        var wrapped = new byte[longestInBytes];
        var length = (nuint)wrapped.Length;
        fixed (byte* pointer = wrapped) Check(Functions->WrapKey(_session, &how, wrappingKey, key, pointer, &length), "C_WrapKey");
        return wrapped[..checked((int)length)];
    }

    internal nuint UnwrapKey(MechanismType mechanism, nuint unwrappingKey, ReadOnlySpan<byte> wrapped, AttributeTemplate template)
    {
        var how = new CkMechanism { Mechanism = (nuint)mechanism };
        nuint handle;
        fixed (byte* pointer = wrapped)
        fixed (CkAttribute* attributes = template.Attributes)
        {
            Check(
                Functions->UnwrapKey(_session, &how, unwrappingKey, pointer, (nuint)wrapped.Length, attributes, (nuint)template.Attributes.Length, &handle),
                "C_UnwrapKey");
        }

        return handle;
    }

    /// <summary>Closes the session; what the module says to it no longer matters.</summary>
    internal void Close() => Functions->CloseSession(_session);

    private static CkGcmParameters GcmParameters(byte* iv, int ivLength, byte* aad, int aadLength) => new()
    {
        Iv = iv,
        IvLength = (nuint)ivLength,
        IvBits = (nuint)ivLength * 8,
        AdditionalData = aad,
        AdditionalDataLength = (nuint)aadLength,
        TagBits = GcmTagSizeInBytes * 8,
    };

    // A pointer to nothing means "how long would it be?" to these functions.
    private static ReadOnlySpan<byte> NotNull(ReadOnlySpan<byte> bytes) => bytes.IsEmpty ? new ReadOnlySpan<byte>(new byte[1]) : bytes;

    private static Span<byte> NotNull(Span<byte> bytes) => bytes.IsEmpty ? new byte[1] : bytes;

    private static void Check(nuint returned, string function) => CryptokiModule.Check(returned, function);

    private readonly ref struct Decryption(TokenSession session, ReadOnlySpan<byte> ciphertext, ref int written)
    {
        private readonly ReadOnlySpan<byte> _ciphertext = ciphertext;
        private readonly ref int _written = ref written;

        public void Run(Span<byte> plaintext)
        {
            var length = (nuint)plaintext.Length;
            fixed (byte* from = NotNull(_ciphertext), to = plaintext)
                Check(session.Functions->Decrypt(session._session, from, (nuint)_ciphertext.Length, to, &length), "C_Decrypt");
            _written = checked((int)length);
        }
    }
}

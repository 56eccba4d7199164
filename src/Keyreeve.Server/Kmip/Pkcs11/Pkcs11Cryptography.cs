using System.Formats.Asn1;
using System.Numerics;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Standard;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>Uses keys: encrypts, decrypts, digests, signs and verifies in one piece, and draws random bytes.</summary>
internal static class Pkcs11Cryptography
{
    /// <summary>Calls one of these functions.</summary>
    public static async ValueTask<Held<Pkcs11Result>> CallAsync(
        Pkcs11Call call, Pkcs11Session session, Pkcs11Function function, Pkcs11Reader reader, CancellationToken cancellationToken)
    {
        switch (function)
        {
            case Pkcs11Function.EncryptInit or Pkcs11Function.DecryptInit or Pkcs11Function.DigestInit or Pkcs11Function.SignInit or Pkcs11Function.VerifyInit:
                return await BeginAsync(call, session, function, reader, cancellationToken);
            case Pkcs11Function.GenerateRandom:
                return await DrawAsync(call, reader, cancellationToken);
            case Pkcs11Function.SeedRandom:
                var seed = reader.Bytes();
                reader.End();
                return await call.RunAsync(new RngSeedOperation(), new RngSeedRequest(seed), static _ => default, Pkcs11Errors.OfSeed, cancellationToken);
        }

        var init = function - 1;
        var data = reader.Bytes();
        if (function == Pkcs11Function.Verify)
        {
            var signature = reader.Bytes();
            reader.End();
            return session.End(init) is Pkcs11Use verification
                ? await VerifyAsync(call, verification, data, signature, cancellationToken)
                : call.Answer(Pkcs11Return.OperationNotInitialized);
        }

        var room = reader.Room();
        reader.End();
        if (session.End(init) is not Pkcs11Use use) return call.Answer(Pkcs11Return.OperationNotInitialized);
        var most = use.Mechanism.OutputFor(function, use, data.Length);
        // PKCS#11 §5.2: whoever asks for the length, or has too little room, goes on with what was begun.
        if (room is null || (room < most && function != Pkcs11Function.Decrypt))
        {
            session.Begin(init, use);
            return call.Answer(new Pkcs11Result(room is null ? Pkcs11Return.Ok : Pkcs11Return.BufferTooSmall, Pkcs11Writer.LengthAlone(most)));
        }

        Pkcs11Result Give(ReadOnlySpan<byte> output)
        {
            if (output.Length <= room) return Pkcs11Result.Of(call.Wiped(Pkcs11Writer.Output(output)));
            session.Begin(init, use);
            return new(Pkcs11Return.BufferTooSmall, Pkcs11Writer.LengthAlone(output.Length));
        }

        return await UseAsync(call, function, use, data, Give, cancellationToken);
    }

    private delegate Pkcs11Result Giver(ReadOnlySpan<byte> output);

    private static async ValueTask<Held<Pkcs11Result>> BeginAsync(
        Pkcs11Call call, Pkcs11Session session, Pkcs11Function init, Pkcs11Reader reader, CancellationToken cancellationToken)
    {
        var parameter = Pkcs11Parameter.Read(reader, out var mechanism);
        var handle = init == Pkcs11Function.DigestInit ? 0 : reader.Number();
        reader.End();
        if (session.Has(init)) return call.Answer(Pkcs11Return.OperationActive);
        if (mechanism is null || !mechanism.Does.HasFlag(DoesOf(init))) return call.Answer(Pkcs11Return.MechanismInvalid);
        if (parameter is null) return call.Answer(Pkcs11Return.MechanismParamInvalid);
        if (init == Pkcs11Function.DigestInit) return call.Answer(Begun(session, init, new Pkcs11Use(mechanism, parameter, null)));

        var (found, held) = await Pkcs11Objects.FindAsync(call, handle, Pkcs11Return.KeyHandleInvalid, cancellationToken);
        if (found is null) return held;
        if (!mechanism.Keys.Contains(found.Algorithm)) return held.Map(static _ => new Pkcs11Result(Pkcs11Return.KeyTypeInconsistent));
        if (!found.Usage.HasFlag(mechanism.UsageFor(init))) return held.Map(static _ => new Pkcs11Result(Pkcs11Return.KeyFunctionNotPermitted));
        var result = Begun(session, init, new Pkcs11Use(mechanism, parameter, new Pkcs11Key(call.Library.ObjectOf(handle)!.Value, found.LengthInBits)));
        return held.Map(_ => result);
    }

    private static Pkcs11Result Begun(Pkcs11Session session, Pkcs11Function init, Pkcs11Use use) =>
        new(session.Begin(init, use) ? Pkcs11Return.Ok : Pkcs11Return.OperationActive);

    private static ValueTask<Held<Pkcs11Result>> UseAsync(
        Pkcs11Call call, Pkcs11Function function, Pkcs11Use use, ReadOnlyMemory<byte> data, Giver give, CancellationToken cancellationToken)
    {
        uint? Refused(KeyreeveError error) => Pkcs11Errors.OfUse(error, function);
        switch (function)
        {
            case Pkcs11Function.Digest:
                var hash = new HashRequest { HashingAlgorithm = use.Mechanism.Hash, Data = data };
                return call.RunAsync(new HashOperation(), hash, response => give(response.Data!.Value.Span), Refused, cancellationToken);
            case Pkcs11Function.Encrypt:
                var encrypt = new EncryptRequest
                {
                    Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data, IVCounterNonce = use.Parameter.Iv,
                    AuthenticatedEncryptionAdditionalData = use.Parameter.AdditionalData,
                };
                // An authenticated ciphertext of PKCS#11 has its tag behind it.
                return call.RunAsync(
                    new EncryptOperation(), encrypt, response => give([.. response.Data.Span, .. response.AuthenticatedEncryptionTag.GetValueOrDefault().Span]), Refused, cancellationToken);
            case Pkcs11Function.Decrypt:
                return DecryptAsync(call, use, data, give, Refused, cancellationToken);
            case Pkcs11Function.Sign when use.Mechanism.Scheme == Pkcs11Scheme.Mac:
                var mac = new MacRequest { Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data };
                return call.RunAsync(new MacOperation(), mac, response => give(response.MacData!.Value.Span), Refused, cancellationToken);
            default:
                var sign = new SignRequest { Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data };
                return call.RunAsync(new SignOperation(), sign, response => give(SignatureOf(use, response.SignatureData!.Value)), Refused, cancellationToken);
        }
    }

    private static ValueTask<Held<Pkcs11Result>> DecryptAsync(
        Pkcs11Call call, Pkcs11Use use, ReadOnlyMemory<byte> data, Giver give, Func<KeyreeveError, uint?> refused, CancellationToken cancellationToken)
    {
        var tag = use.Parameter.TagSizeInBytes;
        if (data.Length < tag) return new(call.Answer(Pkcs11Return.EncryptedDataInvalid));
        var request = new DecryptRequest
        {
            Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data[..^tag], IVCounterNonce = use.Parameter.Iv,
            AuthenticatedEncryptionAdditionalData = use.Parameter.AdditionalData,
            AuthenticatedEncryptionTag = tag == 0 ? default(ReadOnlyMemory<byte>?) : data[^tag..],
        };
        return call.RunAsync(
            new DecryptOperation(), request,
            response =>
            {
                var plaintext = call.Wiped(response.Data.ToArray());
                return give(plaintext);
            },
            refused, cancellationToken);
    }

    private static ValueTask<Held<Pkcs11Result>> VerifyAsync(
        Pkcs11Call call, Pkcs11Use use, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> signature, CancellationToken cancellationToken)
    {
        static uint? Refused(KeyreeveError error) => Pkcs11Errors.OfUse(error, Pkcs11Function.Verify);
        static Pkcs11Result Verified(bool isValid) => new(isValid ? Pkcs11Return.Ok : Pkcs11Return.SignatureInvalid);
        if (use.Mechanism.Scheme == Pkcs11Scheme.Mac)
        {
            var mac = new MacVerifyRequest { Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data, MacData = signature };
            return call.RunAsync(new MacVerifyOperation(), mac, static response => Verified(response.IsValid is true), Refused, cancellationToken);
        }

        if (signature.Length != use.Mechanism.OutputFor(Pkcs11Function.Sign, use, data.Length)) return new(call.Answer(Pkcs11Return.SignatureLengthRange));
        var request = new SignatureVerifyRequest
        {
            Id = use.Key!.Id, CryptographicParameters = use.Parameter.CryptographicParameters, Data = data,
            SignatureData = use.Mechanism.Scheme == Pkcs11Scheme.Ecdsa ? DerOf(signature.Span) : signature,
        };
        return call.RunAsync(new SignatureVerifyOperation(), request, static response => Verified(response.IsValid is true), Refused, cancellationToken);
    }

    private static ValueTask<Held<Pkcs11Result>> DrawAsync(Pkcs11Call call, Pkcs11Reader reader, CancellationToken cancellationToken)
    {
        // How many bytes; a client may say besides that it has a place for them, or send what is in it.
        if (reader.Remaining == sizeof(uint) + 1) _ = reader.Flag();
        var count = reader.Count();
        if (count is < 1 or > RngRetrieveOperation.LongestInBytes) return new(call.Answer(Pkcs11Return.ArgumentsBad));
        if (!reader.IsAtEnd) _ = reader.Take(count);
        reader.End();
        return call.RunAsync(
            new RngRetrieveOperation(), new RngRetrieveRequest(count),
            bytes =>
            {
                using (bytes)
                {
                    using var lease = bytes.Reveal();
                    return Pkcs11Result.Of(call.Wiped(new Pkcs11Writer().Count(count).Raw(lease.Span).ToArray()));
                }
            },
            static _ => null, cancellationToken);
    }

    private static Pkcs11Does DoesOf(Pkcs11Function init) => init switch
    {
        Pkcs11Function.EncryptInit => Pkcs11Does.Encrypt,
        Pkcs11Function.DecryptInit => Pkcs11Does.Decrypt,
        Pkcs11Function.DigestInit => Pkcs11Does.Digest,
        Pkcs11Function.SignInit => Pkcs11Does.Sign,
        _ => Pkcs11Does.Verify,
    };

    // PKCS#11 has the two numbers of an ECDSA signature one behind the other, KMIP as DER.
    private static ReadOnlySpan<byte> SignatureOf(Pkcs11Use use, ReadOnlyMemory<byte> signature)
    {
        if (use.Mechanism.Scheme != Pkcs11Scheme.Ecdsa) return signature.Span;
        var size = use.Mechanism.OutputFor(Pkcs11Function.Sign, use, 0) / 2;
        var sequence = new AsnReader(signature, AsnEncodingRules.DER).ReadSequence();
        var both = new byte[2 * size];
        WriteNumber(sequence.ReadInteger(), both.AsSpan(0, size));
        WriteNumber(sequence.ReadInteger(), both.AsSpan(size));
        return both;
    }

    private static void WriteNumber(BigInteger number, Span<byte> room)
    {
        room.Clear();
        var length = number.GetByteCount(isUnsigned: true);
        number.TryWriteBytes(room[^length..], out _, isUnsigned: true, isBigEndian: true);
    }

    private static ReadOnlyMemory<byte> DerOf(ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(new BigInteger(signature[..(signature.Length / 2)], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature[(signature.Length / 2)..], isUnsigned: true, isBigEndian: true));
        }

        return writer.Encode();
    }
}

using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Users;
using Keyreeve.Crypto;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Ttlv;
using Keyreeve.Server.Kmip.Translation;
using Wire = Keyreeve.Kmip.Payloads;

namespace Keyreeve.Server.Kmip.Credentials;

/// <summary>Credentials as objects of KMIP 3.0, between the wire and Core.</summary>
internal static class CredentialObjects
{
    /// <summary>What Create Credential asks for.</summary>
    /// <exception cref="KeyreeveException">A field is missing, or not what it should be.</exception>
    public static CreateCredentialRequest ToCore(Wire.CreateCredentialRequest payload, KmipCall call)
    {
        var attributes = AttributeTranslator.ToSet(payload.Attributes);
        if (payload.Object.ObjectType == ObjectType.Certificate)
        {
            var certificate = Translation.Objects.ToCore(payload.Object, call.KeyBlocks)!;
            call.Message.Owns(certificate);
            return new() { Attributes = attributes, Certificate = certificate };
        }

        var fields = payload.Object.Fields is { Type: TtlvType.Structure } structure ? structure : throw Invalid("A credential is a structure.");
        return payload.Object.ObjectType switch
        {
            ObjectType.PasswordCredential => Password(fields, attributes, call),
            ObjectType.DeviceCredential => new() { Attributes = attributes, Device = Device(fields), Password = Secret(fields, Tag.Password, call) },
            ObjectType.HashedPasswordCredential => new() { Attributes = attributes, HashedPassword = Hashed(fields) },
            ObjectType.OneTimePasswordCredential => new() { Attributes = attributes, OneTimePassword = OneTime(fields, call) },
            _ => throw new KeyreeveException(KeyreeveError.FeatureNotSupported, $"Credentials of type {payload.CredentialType} are not kept."),
        };
    }

    // KMIP 3.0 also has passwords that come salted. What is kept is not the client's to choose: a hash that is fast would be guessed.
    private static CreateCredentialRequest Password(KmipValue fields, Core.Objects.AttributeSet attributes, KmipCall call)
    {
        if (Secret(fields, Tag.Password, call) is { } password) return new() { Attributes = attributes, Password = password };
        if (fields[Tag.PasswordLink] is { } link)
        {
            if (!UniqueIdentifier.TryFrom(link, out var id)) throw Invalid("A Password Link is a reference.");
            return new() { Attributes = attributes, PasswordId = Identifiers.Resolve(id, call) };
        }

        throw new KeyreeveException(KeyreeveError.FeatureNotSupported, "A Password Credential states the Password, or has a Password Link to it; it is kept by scrypt, so that none is taken that is salted already.");
    }

    private static DeviceIdentity Device(KmipValue fields) => new(
        Text(fields, Tag.DeviceSerialNumber), Text(fields, Tag.DeviceIdentifier), Text(fields, Tag.NetworkIdentifier),
        Text(fields, Tag.MachineIdentifier), Text(fields, Tag.MediaIdentifier));

    private static HashedPasswordSecret Hashed(KmipValue fields)
    {
        if (fields[Tag.CryptographicAlgorithm] is not null) throw Invalid("The hash function of a Hashed Password Credential is a Hashing Algorithm; SHA-256 if there is none.");
        return new()
        {
            HashingAlgorithm = Hash(fields, Tag.HashingAlgorithm) ?? Core.Objects.HashingAlgorithm.SHA256,
            HashedUsernamePassword = Bytes(fields, Tag.HashedUsernamePassword),
            HashedPasswordUsername = Bytes(fields, Tag.HashedPasswordUsername),
        };
    }

    private static OneTimePasswordSecret OneTime(KmipValue fields, KmipCall call)
    {
        var seed = SecretBytes.CopyFrom(Bytes(fields, Tag.OTPSeed).Span);
        call.Message.Owns(seed);
        return new()
        {
            Algorithm = (OneTimePasswordAlgorithm)(Value(fields, Tag.OTPAlgorithm, TtlvType.Enumeration)?.AsEnumeration() ?? throw Missing(Tag.OTPAlgorithm)),
            Digest = Hash(fields, Tag.OTPDigest) ?? Core.Objects.HashingAlgorithm.SHA1,
            Seed = seed,
            Digits = Value(fields, Tag.OTPDigits, TtlvType.Integer)?.AsInteger() ?? 6,
            Interval = TimeSpan.FromSeconds(Value(fields, Tag.OTPInterval, TtlvType.Interval)?.AsIntervalSeconds() ?? 30),
            Counter = Counter(fields[Tag.OTPCounter]),
            Serial = Text(fields, Tag.OTPSerial),
        };
    }

    // A counter has 64 bits; some send it as the shorter number.
    private static long Counter(KmipValue? stated) => stated switch
    {
        null => 0,
        { Type: TtlvType.Integer } value => value.AsInteger(),
        { Type: TtlvType.LongInteger } value => value.AsLongInteger(),
        _ => throw Invalid("The OTPCounter is a number."),
    };

    private static SecretBytes? Secret(KmipValue fields, Tag tag, KmipCall call)
    {
        if (Value(fields, tag, TtlvType.TextString) is not { } stated) return null;
        var secret = SecretBytes.CopyFrom(stated.Encoded.Span);
        call.Message.Owns(secret);
        return secret;
    }

    private static Core.Objects.HashingAlgorithm? Hash(KmipValue fields, Tag tag) =>
        Value(fields, tag, TtlvType.Enumeration) is { } stated ? (Core.Objects.HashingAlgorithm)stated.AsEnumeration() : null;

    private static string? Text(KmipValue fields, Tag tag) => Value(fields, tag, TtlvType.TextString)?.AsText();

    private static ReadOnlyMemory<byte> Bytes(KmipValue fields, Tag tag) => (Value(fields, tag, TtlvType.ByteString) ?? throw Missing(tag)).AsBytes();

    private static KmipValue? Value(KmipValue fields, Tag tag, TtlvType type) => fields[tag] switch
    {
        null => null,
        { } value when value.Type == type => value,
        _ => throw Invalid($"The {NameTables.DisplayName(tag)} of a credential is of another type."),
    };

    private static KeyreeveException Missing(Tag tag) => new(KeyreeveError.MissingField, $"The credential has no {NameTables.DisplayName(tag)}.");

    private static KeyreeveException Invalid(string what) => new(KeyreeveError.InvalidField, what);
}

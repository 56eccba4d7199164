using System.Collections.Immutable;
using Keyreeve.Kmip.Codec;

namespace Keyreeve.Kmip.Messages;

/// <summary>Who asks, beyond the certificate of the connection. KMIP 2.1 §9.4.</summary>
public sealed class Authentication : IWireStructure<Authentication>
{
    /// <summary>One or more credentials; all of them must hold.</summary>
    public ImmutableArray<Credential> Credentials { get; init; } = [];

    /// <inheritdoc/>
    public static Authentication Exchange<TCodec>(ref TCodec codec, in Authentication value)
        where TCodec : struct, IFieldCodec, allows ref struct
    {
        var credentials = codec.Structures(Tag.Credential, value.Credentials);
        // spec: KMIP 2.1 §9.4 "The Authentication structure SHALL contain one or more Credential structures"
        if (credentials.OrEmpty().IsEmpty) throw codec.Invalid("Authentication without a Credential");
        return new() { Credentials = credentials };
    }
}

/// <summary>
/// A credential: its type, and a value that depends on it. Read the value with <see cref="As{TValue}"/>; it is a view of the
/// message, for it holds a password. KMIP 2.1 §9.11.
/// </summary>
public readonly struct Credential : IWireStructure<Credential>
{
    /// <summary>Which kind.</summary>
    public CredentialType CredentialType { get; init; }

    /// <summary>The value as it came.</summary>
    public KmipValue CredentialValue { get; init; }

    /// <summary>Makes a credential of a typed value.</summary>
    public static Credential From<TValue>(TValue value)
        where TValue : ICredentialValue<TValue>, new() => new()
        {
            CredentialType = TValue.CredentialType,
            CredentialValue = KmipCodec.ToValue(value, ProtocolVersion.Kmip21),
        };

    /// <summary>The typed value.</summary>
    /// <exception cref="Ttlv.TtlvException">It is not what the type asks for.</exception>
    /// <exception cref="InvalidOperationException">The credential is of another type.</exception>
    public TValue As<TValue>()
        where TValue : ICredentialValue<TValue>, new() => TValue.CredentialType == CredentialType
            ? KmipCodec.FromValue<TValue>(CredentialValue, ProtocolVersion.Kmip21)
            : throw new InvalidOperationException($"The credential is of type {CredentialType}, not {TValue.CredentialType}.");

    /// <inheritdoc/>
    public static Credential Exchange<TCodec>(ref TCodec codec, in Credential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            CredentialType = codec.Enumeration(Tag.CredentialType, value.CredentialType),
            CredentialValue = codec.Value(Tag.CredentialValue, value.CredentialValue),
        };
}

/// <summary>A Credential Value that belongs to one Credential Type.</summary>
public interface ICredentialValue<TSelf> : IWireStructure<TSelf>
    where TSelf : ICredentialValue<TSelf>, new()
{
    /// <summary>The type it belongs to.</summary>
    static abstract CredentialType CredentialType { get; }
}

/// <summary>Username and Password. The password is UTF-8, a view of the message.</summary>
public readonly struct UsernameAndPasswordCredential : ICredentialValue<UsernameAndPasswordCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.UsernameAndPassword;

    /// <summary>Who.</summary>
    public string Username { get; init; }

    /// <summary>The password, if any.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <inheritdoc/>
    public static UsernameAndPasswordCredential Exchange<TCodec>(ref TCodec codec, in UsernameAndPasswordCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Username = codec.Text(Tag.Username, value.Username),
            Password = codec.OptionalUtf8(Tag.Password, value.Password),
        };
}

/// <summary>Device: a storage device or library; at least one field is given.</summary>
public readonly struct DeviceCredential : ICredentialValue<DeviceCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.Device;

    /// <summary>Device Serial Number.</summary>
    public string? DeviceSerialNumber { get; init; }

    /// <summary>A shared secret, UTF-8, a view of the message.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>Device Identifier.</summary>
    public string? DeviceIdentifier { get; init; }

    /// <summary>Network Identifier.</summary>
    public string? NetworkIdentifier { get; init; }

    /// <summary>Machine Identifier.</summary>
    public string? MachineIdentifier { get; init; }

    /// <summary>Media Identifier.</summary>
    public string? MediaIdentifier { get; init; }

    /// <inheritdoc/>
    public static DeviceCredential Exchange<TCodec>(ref TCodec codec, in DeviceCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            DeviceSerialNumber = codec.OptionalText(Tag.DeviceSerialNumber, value.DeviceSerialNumber),
            Password = codec.OptionalUtf8(Tag.Password, value.Password),
            DeviceIdentifier = codec.OptionalText(Tag.DeviceIdentifier, value.DeviceIdentifier),
            NetworkIdentifier = codec.OptionalText(Tag.NetworkIdentifier, value.NetworkIdentifier),
            MachineIdentifier = codec.OptionalText(Tag.MachineIdentifier, value.MachineIdentifier),
            MediaIdentifier = codec.OptionalText(Tag.MediaIdentifier, value.MediaIdentifier),
        };
}

/// <summary>Attestation: a measurement of the client's platform, or another's assertion about it.</summary>
public readonly struct AttestationCredential : ICredentialValue<AttestationCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.Attestation;

    /// <summary>The nonce that the server gave.</summary>
    public Nonce Nonce { get; init; }

    /// <summary>What kind of measurement.</summary>
    public AttestationType AttestationType { get; init; }

    /// <summary>The client's measurement.</summary>
    public ReadOnlyMemory<byte>? AttestationMeasurement { get; init; }

    /// <summary>A third party's assertion.</summary>
    public ReadOnlyMemory<byte>? AttestationAssertion { get; init; }

    /// <inheritdoc/>
    public static AttestationCredential Exchange<TCodec>(ref TCodec codec, in AttestationCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Nonce = codec.Structure(Tag.Nonce, value.Nonce),
            AttestationType = codec.Enumeration(Tag.AttestationType, value.AttestationType),
            AttestationMeasurement = codec.OptionalBytes(Tag.AttestationMeasurement, value.AttestationMeasurement),
            AttestationAssertion = codec.OptionalBytes(Tag.AttestationAssertion, value.AttestationAssertion),
        };
}

/// <summary>One Time Password. The passwords are UTF-8, views of the message.</summary>
public readonly struct OneTimePasswordCredential : ICredentialValue<OneTimePasswordCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.OneTimePassword;

    /// <summary>Who.</summary>
    public string Username { get; init; }

    /// <summary>The password, if any.</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>The password that holds once.</summary>
    public ReadOnlyMemory<byte> OneTimePassword { get; init; }

    /// <inheritdoc/>
    public static OneTimePasswordCredential Exchange<TCodec>(ref TCodec codec, in OneTimePasswordCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Username = codec.Text(Tag.Username, value.Username),
            Password = codec.OptionalUtf8(Tag.Password, value.Password),
            OneTimePassword = codec.Utf8(Tag.OneTimePassword, value.OneTimePassword),
        };
}

/// <summary>Hashed Password. KMIP 2.1 §9.11 says how the hash is made.</summary>
public readonly struct HashedPasswordCredential : ICredentialValue<HashedPasswordCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.HashedPassword;

    /// <summary>Who.</summary>
    public string Username { get; init; }

    /// <summary>The Date-Time Extended that was hashed.</summary>
    public KmipValue Timestamp { get; init; }

    /// <summary>Which hash; SHA-256 if absent.</summary>
    public HashingAlgorithm? HashingAlgorithm { get; init; }

    /// <summary>The hash.</summary>
    public ReadOnlyMemory<byte> HashedPassword { get; init; }

    /// <inheritdoc/>
    public static HashedPasswordCredential Exchange<TCodec>(ref TCodec codec, in HashedPasswordCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            Username = codec.Text(Tag.Username, value.Username),
            Timestamp = codec.Value(Tag.TimeStamp, value.Timestamp),
            HashingAlgorithm = codec.OptionalEnumeration(Tag.HashingAlgorithm, value.HashingAlgorithm),
            HashedPassword = codec.Bytes(Tag.HashedPassword, value.HashedPassword),
        };
}

/// <summary>Ticket: what Login returned.</summary>
public readonly struct TicketCredential : ICredentialValue<TicketCredential>
{
    /// <inheritdoc/>
    public static CredentialType CredentialType => CredentialType.Ticket;

    /// <summary>The ticket.</summary>
    public Ticket Ticket { get; init; }

    /// <inheritdoc/>
    public static TicketCredential Exchange<TCodec>(ref TCodec codec, in TicketCredential value)
        where TCodec : struct, IFieldCodec, allows ref struct => new() { Ticket = codec.Structure(Tag.Ticket, value.Ticket) };
}

/// <summary>A ticket. KMIP 2.1 §7.</summary>
public readonly struct Ticket : IWireStructure<Ticket>
{
    /// <summary>Which kind.</summary>
    public TicketType TicketType { get; init; }

    /// <summary>Its value; a view of the message.</summary>
    public ReadOnlyMemory<byte> TicketValue { get; init; }

    /// <inheritdoc/>
    public static Ticket Exchange<TCodec>(ref TCodec codec, in Ticket value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            TicketType = codec.Enumeration(Tag.TicketType, value.TicketType),
            TicketValue = codec.Bytes(Tag.TicketValue, value.TicketValue),
        };
}

/// <summary>A random value that the server sends and the client attests to. KMIP 2.1 §9.14.</summary>
public readonly struct Nonce : IWireStructure<Nonce>
{
    /// <summary>Which nonce.</summary>
    public ReadOnlyMemory<byte> NonceId { get; init; }

    /// <summary>Its value.</summary>
    public ReadOnlyMemory<byte> NonceValue { get; init; }

    /// <inheritdoc/>
    public static Nonce Exchange<TCodec>(ref TCodec codec, in Nonce value)
        where TCodec : struct, IFieldCodec, allows ref struct => new()
        {
            NonceId = codec.Bytes(Tag.NonceID, value.NonceId),
            NonceValue = codec.Bytes(Tag.NonceValue, value.NonceValue),
        };
}

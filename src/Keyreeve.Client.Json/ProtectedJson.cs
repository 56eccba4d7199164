using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Keyreeve.Crypto;

namespace Keyreeve.Client.Json;

/// <summary>
/// Writes and reads JSON whose properties marked <see cref="ProtectedAttribute"/> are encrypted, each by the rule of its class: what stands
/// in the document is an envelope, as a string.
/// </summary>
/// <remarks>
/// <para>Thread safe; lives as long as the program. It is synchronous, as the serializer is: where no data key is in the cache of the
/// encryptor, the thread waits for one question to the key provider.</para>
/// <para>A value is bound to the context that is given, to its class and to the name of its property. Two values of the same property within
/// one document (items of a list) can be exchanged for each other unnoticed; a document where that matters is encrypted as a whole.</para>
/// </remarks>
public sealed class ProtectedJson
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private readonly JsonSerializerOptions _options;

    /// <summary>Encrypts by <paramref name="encryptor"/>, as <paramref name="rules"/> say.</summary>
    /// <param name="encryptor">Encrypts and decrypts; stays the caller's.</param>
    /// <param name="rules">How classes are protected.</param>
    /// <param name="options">How JSON is written otherwise; null for the serializer's defaults.</param>
    public ProtectedJson(EnvelopeEncryptor encryptor, DataClassRules rules, JsonSerializerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(encryptor);
        ArgumentNullException.ThrowIfNull(rules);
        _options = new JsonSerializerOptions(options ?? JsonSerializerOptions.Default);
        var resolver = _options.TypeInfoResolver ?? new DefaultJsonTypeInfoResolver();
        _options.TypeInfoResolver = resolver.WithAddedModifier(type => Protect(type, encryptor, rules));
        _options.MakeReadOnly();
    }

    /// <summary>Writes a document.</summary>
    /// <param name="value">What it holds.</param>
    /// <param name="context">What the document is, such as its id; needed again to read it.</param>
    /// <exception cref="ClientConfigurationException">A class has no rule.</exception>
    public string Serialize<T>(T value, EncryptionContext context)
    {
        using (DocumentContext.Enter(context))
            return JsonSerializer.Serialize(value, _options);
    }

    /// <summary>Reads a document.</summary>
    /// <param name="json">What <see cref="Serialize"/> gave.</param>
    /// <param name="context">The same as when it was written.</param>
    /// <exception cref="KeyreeveClientException"><see cref="ClientError.CryptographicFailure"/>: a value does not open.</exception>
    /// <exception cref="JsonException">It is no JSON, or not of this type.</exception>
    public T? Deserialize<T>(string json, EncryptionContext context)
    {
        using (DocumentContext.Enter(context))
            return JsonSerializer.Deserialize<T>(json, _options);
    }

    private static void Protect(JsonTypeInfo type, EnvelopeEncryptor encryptor, DataClassRules rules)
    {
        // A converter of the program's own writes such a type as it likes: in clear, for all that is known here.
        if (type.Kind == JsonTypeInfoKind.None && MarkedOf(type.Type) is { } hidden)
            throw new ClientConfigurationException([$"{type.Type}.{hidden.Name} is protected, and {type.Converter.GetType()} writes the whole of it: leave the converter out of the options."]);
        foreach (var property in type.Properties)
        {
            var marks = property.AttributeProvider?.GetCustomAttributes(typeof(ProtectedAttribute), inherit: true) ?? [];
            if (marks is not [ProtectedAttribute mark])
                continue;
            var rule = rules[mark.DataClass];
            if (rule.Level == ProtectionLevel.Field)
                property.CustomConverter = (JsonConverter)Activator.CreateInstance(typeof(EncryptedConverter<>).MakeGenericType(property.PropertyType), encryptor, rule, property.Name)!;
            else if (rule.Level == ProtectionLevel.Record)
                throw new ClientConfigurationException([$"{type.Type}.{property.Name}: the data class '{rule.Name}' is protected by record: encrypt the document as a whole."]);
        }
    }

    private static PropertyInfo? MarkedOf(Type? type) => type is null
        ? null
        : type.GetProperties(Declared).FirstOrDefault(static property => property.IsDefined(typeof(ProtectedAttribute))) ?? MarkedOf(type.BaseType);
}

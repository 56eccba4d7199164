using System.Text.Json.Serialization;
using Keyreeve.Client;

namespace Keyreeve.Cli.Agent;

// Classes, not records: a generated ToString would print what they hold.
#pragma warning disable CA1812 // made by the serializer

/// <summary>A value to be encrypted.</summary>
internal sealed class AgentEncryption
{
    /// <summary>Name or identifier of the key; null takes the configuration's.</summary>
    public string? Key { get; init; }

    public required byte[] Plaintext { get; init; }

    /// <summary>What the value belongs to; <c>{}</c> for nothing, never left out.</summary>
    public required Dictionary<string, string> Context { get; init; }
}

/// <summary>An envelope to be decrypted.</summary>
internal sealed class AgentDecryption
{
    public required byte[] Ciphertext { get; init; }

    public required Dictionary<string, string> Context { get; init; }
}

/// <summary>An envelope.</summary>
internal sealed class AgentCiphertext
{
    public required byte[] Ciphertext { get; init; }
}

/// <summary>A value.</summary>
internal sealed class AgentPlaintext
{
    public required byte[] Plaintext { get; init; }
}

/// <summary>How it stands with the key servers.</summary>
internal sealed class AgentHealth
{
    public required string Provider { get; init; }

    public required IReadOnlyList<KeyServerCondition> Servers { get; init; }
}

/// <summary>A refusal; spec: RFC 9457.</summary>
internal sealed class AgentProblem
{
    public required string Type { get; init; }

    public required int Status { get; init; }

    public required string Detail { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 8)]
[JsonSerializable(typeof(AgentEncryption))]
[JsonSerializable(typeof(AgentDecryption))]
[JsonSerializable(typeof(AgentCiphertext))]
[JsonSerializable(typeof(AgentPlaintext))]
[JsonSerializable(typeof(AgentHealth))]
[JsonSerializable(typeof(AgentProblem))]
internal sealed partial class AgentJson : JsonSerializerContext;

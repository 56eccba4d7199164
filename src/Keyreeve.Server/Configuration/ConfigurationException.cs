using System.Collections.Immutable;

namespace Keyreeve.Server.Configuration;

/// <summary>One thing that is wrong with the configuration.</summary>
/// <param name="Source">Where, such as <c>keyreeve.conf:12</c>.</param>
/// <param name="Message">What, and what is allowed.</param>
public sealed record ConfigurationFault(string Source, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Source}: {Message}";
}

/// <summary>The configuration cannot be used. Its message lists every fault, one a line.</summary>
public sealed class ConfigurationException : Exception
{
    /// <summary>Creates it from all that was found.</summary>
    public ConfigurationException(IEnumerable<ConfigurationFault> faults)
        : this([.. faults])
    {
    }

    private ConfigurationException(ImmutableArray<ConfigurationFault> faults)
        : base(string.Join('\n', faults)) => Faults = faults;

    /// <summary>Everything that is wrong.</summary>
    public ImmutableArray<ConfigurationFault> Faults { get; }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Keyreeve.Client.HealthChecks;

/// <summary>
/// Whether a key can be used: the key manager answers, and the key is Active. Degraded where the key manager answers and one of its
/// servers does not, or the key may only decrypt.
/// </summary>
/// <param name="provider">Who keeps the key.</param>
/// <param name="key">Name or identifier of the key.</param>
public sealed class KeyProviderHealthCheck(IKeyProvider provider, string key) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var found = await provider.FindKeyAsync(key, cancellationToken).ConfigureAwait(false);
            return StateOf(found.State, Absent());
        }
        catch (KeyreeveClientException e)
        {
            // The reason alone: health is read by people who may not know of keys, and messages speak of them.
            return new HealthCheckResult(FailureOf(context), e.IsOutage ? "No key server serves." : $"The key cannot be used: {e.Error}.");
        }
    }

    private static HealthCheckResult StateOf(string state, string[] absent) => state switch
    {
        "Active" when absent.Length == 0 => HealthCheckResult.Healthy("The key is Active."),
        "Active" => HealthCheckResult.Degraded($"The key is Active; not serving: {string.Join(", ", absent)}."),
        "Deactivated" => HealthCheckResult.Degraded("The key is Deactivated: it decrypts, and encrypts no more."),
        _ => HealthCheckResult.Unhealthy($"The key is {state}."),
    };

    private static HealthStatus FailureOf(HealthCheckContext? context) => context?.Registration?.FailureStatus ?? HealthStatus.Unhealthy;

    private string[] Absent()
    {
        var servers = provider switch
        {
            KeyreeveProvider keyreeve => keyreeve.Client.Servers,
            KmipProvider kmip => kmip.Servers,
            _ => [],
        };
        return [.. servers.Where(static server => !server.Serves).Select(static server => server.Name)];
    }
}

/// <summary>Adds the check.</summary>
public static class KeyreeveHealthCheckExtensions
{
    /// <summary>Checks whether a key can be used.</summary>
    /// <param name="builder">The checks of the program.</param>
    /// <param name="provider">Who keeps the key; stays the caller's.</param>
    /// <param name="key">Name or identifier of the key.</param>
    /// <param name="name">What the check is called.</param>
    /// <param name="failureStatus">What a failure counts as; null: unhealthy.</param>
    /// <param name="tags">By which endpoints choose checks.</param>
    public static IHealthChecksBuilder AddKeyreeve(
        this IHealthChecksBuilder builder, IKeyProvider provider, string key, string name = "keyreeve", HealthStatus? failureStatus = null, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentException.ThrowIfNullOrEmpty(key);
        return builder.Add(new HealthCheckRegistration(name, _ => new KeyProviderHealthCheck(provider, key), failureStatus, tags));
    }
}

using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Keyreeve.Core.Access;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>Who reads the trail on and on: so many at a time, and none once the server stops. Thread safe.</summary>
internal sealed class AuditReaders : IDisposable
{
    public const int MostOfAPrincipal = 8;
    public const int MostOfATenant = 32;

    private readonly ConnectionAdmission _principals = new(MostOfAPrincipal);
    private readonly ConnectionAdmission _tenants = new(MostOfATenant);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when the server stops.</summary>
    public CancellationToken Stopping => _stop.Token;

    /// <summary>Admits one more, until what is returned is disposed.</summary>
    public bool TryEnter(Principal principal, [NotNullWhen(true)] out IDisposable? place)
    {
        place = null;
        var tenant = principal.Tenant.Value.ToString(CultureInfo.InvariantCulture);
        if (!_principals.TryEnter($"{tenant} {principal.Name}", out var own)) return false;
        if (_tenants.TryEnter(tenant, out var shared))
        {
            place = new Place(own, shared);
            return true;
        }

        own.Dispose();
        return false;
    }

    /// <summary>Ends what goes on, since it would not end by itself.</summary>
    public void Stop() => _stop.Cancel();

    public void Dispose() => _stop.Dispose();

    private sealed record Place(IDisposable Own, IDisposable Shared) : IDisposable
    {
        public void Dispose()
        {
            Own.Dispose();
            Shared.Dispose();
        }
    }
}

using System.Text;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Keys;
using Keyreeve.Core.Operations.Offboarding;
using Keyreeve.Server.Hosting;

namespace Keyreeve.Server.Offboarding;

/// <summary>What became of a key.</summary>
/// <param name="Exposure">What the trail tells of it.</param>
/// <param name="Outcome">In words: rotated to which version, disabled, left, or why not.</param>
internal sealed record TreatedKey(KeyExposure Exposure, string Outcome);

/// <summary>A report as it is signed.</summary>
/// <param name="Text">The report, JSON; what is signed is its UTF-8.</param>
/// <param name="Signature">The Ed25519 signature by the key that signs the trail's checkpoints.</param>
/// <param name="Verifier">The public key, as the trail's <c>verifier.pub</c> has it.</param>
internal sealed record SignedReport(string Text, byte[] Signature, string Verifier);

/// <summary>
/// Offboards: first shuts out, then looks in the trail for what may be exposed, sees to the keys, and signs a report. What comes after
/// the shutting out may take its time.
/// </summary>
internal sealed class OffboardingService(ServerFoundation foundation)
{
    private static readonly TimeSpan SearchLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan IndexLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IndexPoll = TimeSpan.FromMilliseconds(20);

    private static readonly RotateKeyOperation Rotate = new();
    private static readonly DisableKeyOperation Disable = new();

    private readonly OffboardOperation _offboard = new(foundation.Identity.Principals);

    /// <summary>Offboards, or finds out what that would do.</summary>
    /// <exception cref="KeyreeveException">It is refused; nothing was changed.</exception>
    public async Task<SignedReport> RunAsync(Call call, OffboardRequest request, CancellationToken cancellationToken)
    {
        var held = await foundation.Pipeline.RunAsync(_offboard, call, request, cancellationToken);
        var plan = await held.ReleaseAsync(cancellationToken);

        // What they did until this moment is to be found.
        var size = foundation.Trail.Size;
        var isIndexed = await WaitForIndexAsync(size, cancellationToken);
        var finder = new ExposureFinder(foundation.AuditIndexer, TimeProvider.System, SearchLimit);
        var exposures = finder.Find(plan.Tenant, plan.Principals, cancellationToken);
        // Another tenant's keys have no names here.
        if (plan.Tenant != call.Principal.Tenant) exposures = [.. exposures.Select(static e => e with { Name = null, Group = null })];

        var treated = new List<TreatedKey>();
        foreach (var exposure in exposures)
            treated.Add(new TreatedKey(exposure, request.IsDryRun ? Intended(request.Keys) : await TreatAsync(call, plan, exposure, request.Keys)));
        var report = new OffboardingReport
        {
            Plan = plan,
            Call = call,
            IsDryRun = request.IsDryRun,
            Keys = [.. treated],
            RecordsRead = finder.Read,
            IsComplete = finder.IsComplete && isIndexed,
            TrailSize = size,
            Verifier = foundation.Trail.Verifier.ToString(),
        };
        var text = report.Write();
        return new SignedReport(text, foundation.Trail.SignStatement(Encoding.UTF8.GetBytes(text)), report.Verifier);
    }

    private async Task<bool> WaitForIndexAsync(long size, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (foundation.AuditIndexer.Count < size)
        {
            if (TimeProvider.System.GetElapsedTime(started) > IndexLimit) return false;
            await Task.Delay(IndexPoll, cancellationToken);
        }

        return true;
    }

    private static string Intended(KeyMeasure measure) => measure switch
    {
        KeyMeasure.Rotate => "would be rotated",
        KeyMeasure.Disable => "would be disabled",
        _ => "would be left",
    };

    // In the server's own name, in one record each under the request's correlation id: the officer who decides about it administers no key.
    private async Task<string> TreatAsync(Call call, OffboardingPlan plan, KeyExposure exposure, KeyMeasure measure)
    {
        if (measure == KeyMeasure.Leave || plan.Subject.Kind == OffboardingKind.Tenant) return plan.Subject.Kind == OffboardingKind.Tenant ? "frozen with the tenant" : "left";
        var asServer = call with
        {
            Principal = new Principal
            {
                Tenant = plan.Tenant, Name = ServerEvents.PrincipalName, Fingerprint = "", HomeGroup = GroupName.Default, Bindings = [new RoleBinding(Role.KeyAdministrator, null)],
            },
            Protocol = Protocol.Internal,
            User = null,
            Rights = null,
            IdempotencyKey = null,
        };
        var selector = exposure.Name is { } name ? KeySelector.Parse(name) : KeySelector.Of(exposure.Id);
        try
        {
            if (measure == KeyMeasure.Disable)
            {
                await (await foundation.Pipeline.RunAsync(Disable, asServer, new DisableKeyRequest(selector), CancellationToken.None)).ReleaseAsync(CancellationToken.None);
                return "disabled";
            }

            var rotated = await (await foundation.Pipeline.RunAsync(Rotate, asServer, new RotateKeyRequest(selector), CancellationToken.None)).ReleaseAsync(CancellationToken.None);
            return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rotated to version {rotated.CurrentVersion}");
        }
        catch (KeyreeveException refusal)
        {
            // The report says so, and somebody sees to it by hand.
            return $"not {(measure == KeyMeasure.Disable ? "disabled" : "rotated")}: {refusal.Error}: {refusal.Message}";
        }
    }
}

using System.Globalization;
using Keyreeve.Core.Access.Approvals;
using Keyreeve.Core.Operations.Approvals;

namespace Keyreeve.Core.Operations.Sealing;

/// <summary>Asks that the store may be put back to an older copy.</summary>
/// <param name="Reason">Why.</param>
/// <param name="ValidFor">For how long: an hour to thirty days.</param>
public sealed record PermitRestoreRequest(string Reason, TimeSpan ValidFor);

/// <summary>A permission to put the store back.</summary>
/// <param name="Until">Until when a server may start with the older store.</param>
public sealed record RestorePermit(DateTimeOffset Until)
{
    /// <summary>How long one holds if nothing is said.</summary>
    public static readonly TimeSpan StandardValidity = TimeSpan.FromDays(1);

    private const string Beginning = "the store may be put back until ";
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <summary>What the record says.</summary>
    public string Told(string reason) => Beginning + Until.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture) + ": " + reason;

    /// <summary>Reads what a record says; null if it is none that permits.</summary>
    public static RestorePermit? ReadTold(string? detail) =>
        detail is not null && detail.StartsWith(Beginning, StringComparison.Ordinal) && detail.Length >= Beginning.Length + 20
            && DateTimeOffset.TryParseExact(
                detail.AsSpan(Beginning.Length, 20), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var until)
            ? new RestorePermit(until)
            : null;
}

/// <summary>
/// Permits to put the store back to an older copy, once. The permission stands in the audit trail alone, where the copy cannot bring it
/// nor take it away: a server that finds its store older than the trail looks for it there.
/// </summary>
public sealed class PermitRestoreOperation : SealOperation<PermitRestoreRequest, RestorePermit>, IGuarded<PermitRestoreRequest>
{
    private const int MostCharacters = 200;

    private static readonly TimeSpan Least = TimeSpan.FromHours(1);
    private static readonly TimeSpan Most = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public override OperationName Name => OperationName.PermitRestore;

    /// <inheritdoc/>
    public override OperationClass Class => OperationClass.Change;

    /// <inheritdoc/>
    public GuardedAct? Examine(OperationScope scope, OperationTarget target, PermitRestoreRequest request)
    {
        Check(request);
        return new GuardedAct
        {
            Kind = ApprovalKind.Restore,
            Summary = $"let the store be put back to an older copy, once, within {System.Xml.XmlConvert.ToString(request.ValidFor)}: {request.Reason}",
            Describe = digest =>
            {
                digest.Add(request.Reason);
                digest.Add(request.ValidFor.Ticks);
            },
        };
    }

    /// <inheritdoc/>
    protected internal override ValueTask<RestorePermit> ExecuteAsync(
        OperationScope scope, OperationTarget target, PermitRestoreRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Check(request);
        var permit = new RestorePermit(scope.Now + request.ValidFor);
        scope.Audit.Detail = permit.Told(request.Reason);
        return ValueTask.FromResult(permit);
    }

    private static void Check(PermitRestoreRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (string.IsNullOrWhiteSpace(request.Reason) || request.Reason.Length > MostCharacters)
            throw new KeyreeveException(KeyreeveError.InvalidField, $"A reason says why, in at most {MostCharacters} characters.");
        if (request.ValidFor < Least || request.ValidFor > Most)
            throw new KeyreeveException(KeyreeveError.InvalidField, "Such a permission holds for an hour to thirty days.");
    }
}

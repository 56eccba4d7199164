using System.Collections.Concurrent;
using Keyreeve.Core;
using Keyreeve.Core.Access;
using Keyreeve.Core.Audit;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Identity;

/// <summary>
/// Notes the first use of a renewed key, aside from the request that it came with: a store that is slow, or cannot be written, holds nobody
/// up. What could not be noted is noted at the next use. Thread safe.
/// </summary>
internal sealed class RenewedKeys : IAsyncDisposable
{
    private readonly OperationPipeline _pipeline;
    private readonly ServerIdentity _identity;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SupersedeCredentialOperation _supersede;
    private readonly ConcurrentDictionary<string, Task> _noting = new(StringComparer.Ordinal);

    public RenewedKeys(OperationPipeline pipeline, ServerIdentity identity, TimeProvider time, ILogger logger)
    {
        _pipeline = pipeline;
        _identity = identity;
        _time = time;
        _logger = logger;
        _supersede = new SupersedeCredentialOperation(identity.Principals);
        identity.Clients.RenewedKeyShown = Note;
    }

    public async ValueTask DisposeAsync()
    {
        _identity.Clients.RenewedKeyShown = null;
        await Task.WhenAll(_noting.Values);
    }

    private void Note(Principal shown)
    {
        if (_noting.ContainsKey(shown.Credential)) return;
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_noting.TryAdd(shown.Credential, NoteAsync(shown, begin.Task))) begin.SetResult();
        else begin.SetCanceled();
    }

    private async Task NoteAsync(Principal shown, Task begin)
    {
        try
        {
            await begin;
        }
        catch (OperationCanceledException)
        {
            // Another request was first.
            return;
        }

        try
        {
            var held = await _pipeline.RunAsync(_supersede, CallFor(shown.Tenant), new SupersedeCredentialRequest(shown.Fingerprint, shown.Credential), CancellationToken.None);
            await held.ReleaseAsync(CancellationToken.None);
        }
        catch (KeyreeveException failure)
        {
            _logger.LogWarning("That '{Principal}' uses its renewed key could not be noted; its earlier one goes on holding, and it is tried again: {Reason}", shown.Name, failure.Message);
        }
#pragma warning disable CA1031 // nobody waits for this; a defect is told, and the server goes on
        catch (Exception defect)
#pragma warning restore CA1031
        {
            _logger.LogError(defect, "That '{Principal}' uses its renewed key could not be noted because of a defect.", shown.Name);
        }
        finally
        {
            _noting.TryRemove(shown.Credential, out _);
        }
    }

    private Call CallFor(TenantId tenant) => new()
    {
        Principal = Principal.Local(tenant) with { Name = PrincipalName.Server, Bindings = [] },
        Protocol = Protocol.Internal,
        SourceAddress = "",
        SourcePort = 0,
        CorrelationId = Guid.NewGuid().ToString("N"),
        Time = _time.GetUtcNow(),
    };
}

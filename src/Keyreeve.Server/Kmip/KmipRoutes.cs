using System.Collections.Frozen;
using System.Collections.Immutable;
using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;
using Keyreeve.Server.Kmip.Routes;

namespace Keyreeve.Server.Kmip;

/// <summary>Every operation that the KMIP front door offers, one row each.</summary>
internal sealed class KmipRoutes
{
    private readonly FrozenDictionary<Operation, KmipRoute> _routes;

    /// <summary>Builds the table.</summary>
    public KmipRoutes(KmipServices services)
    {
        IReadOnlyList<KmipRoute> routes =
        [
            .. CreationRoutes.All(),
            .. RetrievalRoutes.All(),
            .. AttributeRoutes.All(),
            .. LifecycleRoutes.All(),
            .. CryptographicRoutes.All(),
            .. AuthenticationRoutes.All(),
            .. RandomRoutes.All(),
            .. SplitKeyRoutes.All(),
            .. TransferRoutes.All(),
            .. ReplacementRoutes.All(),
            .. UsageRoutes.All(),
            .. RuleRoutes.All(),
            .. CertificateRoutes.All(),
            .. ConversationRoutes.All(services),
            .. AsynchronousRoutes.All(services),
            .. UserRoutes.All(),
            new ReProvisionRoute(services),
            new Pkcs11Route(services),
        ];
        _routes = routes.Concat(ServerRoutes.All(routes)).ToFrozenDictionary(r => r.Operation);
    }

    /// <summary>The versions spoken, the preferred one first.</summary>
    public static ImmutableArray<ProtocolVersion> SupportedVersions { get; } =
    [
        ProtocolVersion.Kmip30, ProtocolVersion.Kmip21, ProtocolVersion.Kmip20, ProtocolVersion.Kmip14, ProtocolVersion.Kmip13,
        ProtocolVersion.Kmip12, ProtocolVersion.Kmip11, ProtocolVersion.Kmip10,
    ];

    /// <summary>Runs a batch item.</summary>
    /// <exception cref="KeyreeveException">A refusal; its audit record is durable.</exception>
    public async ValueTask<PendingItem> RunAsync(
        OperationPipeline pipeline, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        if (_routes.TryGetValue(item.Operation, out var route) && call.Version >= route.Since)
            return await route.RunAsync(pipeline, item, await AsItemSaysAsync(pipeline, route, item, call, cancellationToken), cancellationToken);

        var refusal = new KeyreeveException(KeyreeveError.OperationNotSupported, $"The operation {item.Operation} is not offered in KMIP {call.Version}.");
        await pipeline.RefuseAsync(OperationName.ReadMessage, call.Call, refusal, cancellationToken);
        throw refusal;
    }

    private static async ValueTask<KmipCall> AsItemSaysAsync(
        OperationPipeline pipeline, KmipRoute route, RequestBatchItem item, KmipCall call, CancellationToken cancellationToken)
    {
        try
        {
            return PurposeExtension.Apply(item, EphemeralItem.Apply(item, call));
        }
        catch (KeyreeveException refusal)
        {
            await pipeline.RefuseAsync(route.Name, call.Call, refusal, cancellationToken);
            throw;
        }
    }
}

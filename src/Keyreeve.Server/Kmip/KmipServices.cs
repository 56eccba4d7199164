using Keyreeve.Core.Access;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Principals;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Keyreeve.Server.Kmip.Asynchronous;
using Keyreeve.Server.Kmip.Attestation;
using Keyreeve.Server.Kmip.Credentials;
using Keyreeve.Server.Kmip.Notifications;
using Keyreeve.Server.Kmip.Pkcs11;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Kmip;

/// <summary>What the KMIP door works with, one for all its connections, and what it keeps of conversations between messages.</summary>
internal sealed class KmipServices : IAsyncDisposable
{
    /// <summary>Joins the parts.</summary>
    /// <param name="engine">Store, keys and the rest.</param>
    /// <param name="pipeline">Where everything is decided and recorded.</param>
    /// <param name="unknown">Records refusals of whom nobody knows.</param>
    /// <param name="options">Limits.</param>
    /// <param name="logger">For the operator.</param>
    public KmipServices(Engine engine, OperationPipeline pipeline, UnknownCallers unknown, KmipOptions options, ILogger logger)
    {
        Engine = engine;
        Pipeline = pipeline;
        Unknown = unknown;
        Options = options;
        Logger = logger;
        Tickets = new TicketBook(engine.Time);
        Pkcs11 = new Pkcs11Libraries(engine.Time);
        Pending = new PendingRequests(this);
        Users = new UserAuthenticator(engine);
        Attesters = new Attesters(options, engine.Time);
        Gate = new CredentialGate(this);
        Changes = new ChangeFeed(engine);
        Turned = new TurnedConnections(Changes, pipeline, options, engine.Time, logger);
        Routes = new KmipRoutes(this);
    }

    public Engine Engine { get; }

    public OperationPipeline Pipeline { get; }

    public UnknownCallers Unknown { get; }

    public KmipOptions Options { get; }

    public ILogger Logger { get; }

    public TimeProvider Time => Engine.Time;

    /// <summary>The table of operations.</summary>
    public KmipRoutes Routes { get; }

    /// <summary>Replaces callers' credentials; null where none are kept.</summary>
    public ReProvisionOperation? ReProvision { get; init; }

    /// <summary>Tickets that Login gave out.</summary>
    public TicketBook Tickets { get; }

    /// <summary>PKCS#11 libraries that callers have begun.</summary>
    public Pkcs11Libraries Pkcs11 { get; }

    /// <summary>Users and devices behind certificates.</summary>
    public UserAuthenticator Users { get; }

    /// <summary>Requests that are answered later.</summary>
    public PendingRequests Pending { get; }

    /// <summary>Verifies attestations.</summary>
    public Attesters Attesters { get; }

    /// <summary>Tells of what is committed.</summary>
    public ChangeFeed Changes { get; }

    /// <summary>Connections on which the server is the client.</summary>
    public TurnedConnections Turned { get; }

    /// <summary>Examines the credentials that stand in a message.</summary>
    public CredentialGate Gate { get; }

    /// <summary>Forgets what is kept of a caller's conversations.</summary>
    public void Forget(Call call)
    {
        Tickets.EndAll(call.Principal);
        Pending.ForgetAll(call.Principal);
    }

    /// <summary>Ends what goes on between messages; no door may be open any more.</summary>
    public async ValueTask DisposeAsync()
    {
        await Pending.DisposeAsync();
        Users.Dispose();
        Attesters.Dispose();
    }
}

using Keyreeve.Core.Operations;
using Keyreeve.Server.Configuration;
using Keyreeve.Server.Identity;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>What the REST door stands on; one for the life of the server.</summary>
internal sealed class RestServices : IDisposable
{
    public RestServices(OperationPipeline pipeline, Engine engine, ServerIdentity identity, RestOptions options, ILogger logger)
    {
        Pipeline = pipeline;
        Engine = engine;
        Authenticator = new RestAuthenticator(identity.Clients, pipeline, logger);
        Principals = new PrincipalServices(identity, options.EnrolmentsPerMinute);
        Surround = new RestPipeline(logger);
        Dispatcher = new RestDispatcher(this);
    }

    public OperationPipeline Pipeline { get; }

    public Engine Engine { get; }

    public RestAuthenticator Authenticator { get; }

    public PrincipalServices Principals { get; }

    public RestPipeline Surround { get; }

    public RestDispatcher Dispatcher { get; }

    public TimeProvider Time => Engine.Time;

    public void Dispose()
    {
        Authenticator.Dispose();
        Principals.Dispose();
    }
}

using Keyreeve.Core.Operations;
using Microsoft.Extensions.Logging;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>What the REST door stands on; one for the life of the server.</summary>
internal sealed class RestServices
{
    public RestServices(OperationPipeline pipeline, Engine engine, RestAuthenticator authenticator, ILogger logger)
    {
        Pipeline = pipeline;
        Engine = engine;
        Authenticator = authenticator;
        Surround = new RestPipeline(logger);
        Dispatcher = new RestDispatcher(this);
    }

    public OperationPipeline Pipeline { get; }

    public Engine Engine { get; }

    public RestAuthenticator Authenticator { get; }

    public RestPipeline Surround { get; }

    public RestDispatcher Dispatcher { get; }

    public TimeProvider Time => Engine.Time;
}

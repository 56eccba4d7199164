using Keyreeve.Core;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Pkcs11;

namespace Keyreeve.Server.Kmip.Pkcs11;

/// <summary>
/// One call of a function: who calls, in which library, and what waits for the audit trail. What is done with keys goes through the
/// pipeline as the operation that it is; the answer waits for the last of the records.
/// </summary>
internal sealed class Pkcs11Call(KmipServices services, KmipCall call, Pkcs11Library library, Held<Pkcs11Response> asked)
{
    /// <summary>Whose call it is.</summary>
    public Call Caller => call.Call;

    /// <summary>What the caller's tenant is called.</summary>
    public string TenantName => services.Engine.Tenants.Find(Caller.Principal.Tenant)?.Name ?? string.Empty;

    /// <summary>The library.</summary>
    public Pkcs11Library Library => library;

    /// <summary>What a function gives that does nothing with keys.</summary>
    public Held<Pkcs11Result> Answer(Pkcs11Result result) => asked.Map(_ => result);

    /// <summary>What a function gives that does nothing with keys, and gives no output.</summary>
    public Held<Pkcs11Result> Answer(uint returnCode) => Answer(new Pkcs11Result(returnCode));

    /// <summary>Bytes that are wiped once they are sent.</summary>
    public byte[] Wiped(byte[] secret) => call.Message.Wiped(secret);

    /// <summary>Runs an operation and makes what it gives a result.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="request">Its request.</param>
    /// <param name="toResult">Makes its response, which must not leave otherwise, a result.</param>
    /// <param name="refused">What a refusal is in PKCS#11; null for what is no answer of PKCS#11's.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    public async ValueTask<Held<Pkcs11Result>> RunAsync<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation, TRequest request, Func<TResponse, Pkcs11Result> toResult, Func<KeyreeveError, uint?> refused, CancellationToken cancellationToken)
        where TRequest : class
    {
        try
        {
            var held = await services.Pipeline.RunAsync(operation, call.Call, request, cancellationToken);
            return held.Map(toResult);
        }
        catch (KeyreeveException refusal) when (refused(refusal.Error) is not null)
        {
            return Answer(refused(refusal.Error)!.Value);
        }
    }
}

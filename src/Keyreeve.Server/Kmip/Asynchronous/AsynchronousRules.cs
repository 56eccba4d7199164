using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Server.Kmip.Asynchronous;

/// <summary>Which requests are answered later: the choice that the standard leaves to the server.</summary>
internal static class AsynchronousRules
{
    /// <summary>Whether an operation is never answered later, whoever asks for it: it is itself about requests and who sends them.</summary>
    // spec: KMIP 2.1 §6.1.5, §6.1.38 "The response to this operation SHALL NOT be asynchronous."
    public static bool IsAlwaysSynchronous(Operation operation) => operation
        is Operation.Poll or Operation.Cancel or Operation.Process or Operation.QueryAsynchronousRequests
        or Operation.Login or Operation.DelegatedLogin or Operation.Logout or Operation.SetEndpointRole or Operation.Interop;

    /// <summary>Whether a message is answered later if the client can do with either: a single operation whose time grows with what
    /// is stored, or which moves what is stored, or which looks for primes.</summary>
    public static bool IsDeferredIfOptional(in RequestMessage message)
    {
        if (message.ItemCount != 1) return false;
        foreach (var item in message.Items)
        {
            return item.Operation is Operation.Locate or Operation.Archive or Operation.Recover
                or Operation.CreateKeyPair or Operation.ReKeyKeyPair;
        }

        return false;
    }
}

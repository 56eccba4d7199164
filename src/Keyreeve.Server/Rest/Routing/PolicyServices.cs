using Keyreeve.Core.Access;
using Keyreeve.Core.Operations.Policies;

namespace Keyreeve.Server.Rest.Routing;

/// <summary>The operations on policy.</summary>
internal sealed class PolicyServices(PrincipalDirectory principals)
{
    public ReadPolicyOperation Read { get; } = new(principals);

    public ComparePolicyOperation Compare { get; } = new(principals);

    public ChangePolicyOperation Change { get; } = new(principals);

    public ExplainAccessOperation Explain { get; } = new(principals);
}

using Keyreeve.Core.Access;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations.Principals;

namespace Keyreeve.Core.Operations.Tenants;

/// <summary>A one-time code with which an administrator of a tenant enrols there.</summary>
internal static class TenantAdministratorCode
{
    // As 'keyreeve init' gives them: who administers keys neither uses nor exports them.
    private static readonly Role[] Roles = [Role.KeyAdministrator, Role.SecurityOfficer, Role.Auditor];

    /// <summary>Stages the code.</summary>
    /// <exception cref="KeyreeveException"><see cref="KeyreeveError.InvalidField"/>: it is no name, or cannot be used so long.</exception>
    public static IssuedEnrolmentCode Stage(OperationScope scope, PrincipalDirectory principals, Tenant tenant, string administrator, TimeSpan validFor)
    {
        PrincipalName.Require(administrator);
        if (validFor < IssueEnrolmentCodeRequest.ShortestValidity || validFor > IssueEnrolmentCodeRequest.LongestValidity)
            throw new KeyreeveException(KeyreeveError.InvalidField, "A code can be used for 1 minute to 7 days.");
        var grant = new EnrolmentGrant
        {
            Tenant = tenant.Id,
            Name = administrator,
            HomeGroup = GroupName.Default,
            Bindings = [.. Roles.Select(static role => new RoleBinding(role, null))],
            ExpiresAt = scope.Now + validFor,
            IssuedBy = $"{scope.Call.Principal.Name} of the root tenant",
        };
        var code = EnrolmentCode.Generate(out var hash);
        scope.Write(grant.Seal(principals.Sealer, hash));
        return new IssuedEnrolmentCode { Code = code, ExpiresAt = grant.ExpiresAt };
    }
}

using System.Collections.Frozen;
using Keyreeve.Kmip;

namespace Keyreeve.Server.Kmip;

/// <summary>
/// Which operations of KMIP 2.x have a Result Reason in their tables of errors, for the reasons that not all of them have where it
/// can happen; and which reason says the same to the others.
/// </summary>
internal static class OperationReasons
{
    // Of these no text is published.
    private static readonly FrozenSet<Operation> WithoutTable =
        [Operation.CreateUser, Operation.CreateGroup, Operation.CreateCredential, Operation.Deactivate, Operation.Obliterate];

    // spec: KMIP 2.1 §6.1.1.1 to §6.1.57.1 "Error Handling"
    private static readonly FrozenDictionary<ResultReason, (FrozenSet<Operation> Operations, ResultReason Otherwise)> Rows =
        new Dictionary<ResultReason, (FrozenSet<Operation> Operations, ResultReason Otherwise)>
        {
            [ResultReason.WrongKeyLifecycleState] = (
                [
                    Operation.Activate, Operation.AddAttribute, Operation.AdjustAttribute, Operation.Decrypt, Operation.DeleteAttribute, Operation.DeriveKey,
                    Operation.Destroy, Operation.Encrypt, Operation.MAC, Operation.MACVerify, Operation.ModifyAttribute, Operation.Revoke, Operation.SetAttribute,
                    Operation.Sign, Operation.SignatureVerify,
                ],
                ResultReason.PermissionDenied),
            // Get is not in the table of Object Destroyed, but OASIS' case BL-M-8-21 has it.
            [ResultReason.ObjectDestroyed] = ([Operation.Destroy, Operation.Get], ResultReason.WrongKeyLifecycleState),
            [ResultReason.InvalidAttribute] = (
                [
                    Operation.AddAttribute, Operation.Create, Operation.CreateKeyPair, Operation.CreateSplitKey, Operation.DeleteAttribute, Operation.DeriveKey,
                    Operation.GetAttributes, Operation.Import, Operation.JoinSplitKey, Operation.Locate, Operation.Register,
                ],
                ResultReason.InvalidField),
            [ResultReason.InvalidAttributeValue] = (
                [
                    Operation.Create, Operation.CreateKeyPair, Operation.CreateSplitKey, Operation.Import, Operation.JoinSplitKey, Operation.Register, Operation.SetAttribute,
                ],
                ResultReason.InvalidField),
            [ResultReason.AttributeReadOnly] = (
                [
                    Operation.Create, Operation.CreateKeyPair, Operation.DeleteAttribute, Operation.Import, Operation.JoinSplitKey, Operation.ModifyAttribute, Operation.Register,
                ],
                ResultReason.ReadOnlyAttribute),
            [ResultReason.ReadOnlyAttribute] = ([Operation.AddAttribute, Operation.AdjustAttribute, Operation.SetAttribute], ResultReason.PermissionDenied),
            [ResultReason.InvalidObjectType] = (
                [
                    Operation.Activate, Operation.Certify, Operation.Create, Operation.CreateSplitKey, Operation.Decrypt, Operation.DeriveKey, Operation.Encrypt, Operation.Export,
                    Operation.Get, Operation.GetConstraints, Operation.GetUsageAllocation, Operation.JoinSplitKey, Operation.MAC, Operation.MACVerify, Operation.Register,
                    Operation.Revoke, Operation.ReCertify, Operation.ReKey, Operation.ReKeyKeyPair, Operation.SetConstraints, Operation.SetDefaults, Operation.Sign,
                    Operation.SignatureVerify, Operation.Validate,
                ],
                ResultReason.InvalidField),
            [ResultReason.UnsupportedCryptographicParameters] = (
                [
                    Operation.CreateSplitKey, Operation.Decrypt, Operation.DeriveKey, Operation.Encrypt, Operation.JoinSplitKey, Operation.Sign, Operation.SignatureVerify,
                ],
                ResultReason.FeatureNotSupported),
            [ResultReason.UnknownTag] = ([], ResultReason.InvalidField),
            [ResultReason.KeyFormatTypeNotSupported] = ([Operation.Get, Operation.Export], ResultReason.FeatureNotSupported),
            [ResultReason.AttributeNotFound] = ([Operation.DeleteAttribute, Operation.ModifyAttribute, Operation.GetUsageAllocation], ResultReason.ItemNotFound),
            [ResultReason.IncompatibleCryptographicUsageMask] = (
                [
                    Operation.Check, Operation.Decrypt, Operation.DeriveKey, Operation.Encrypt, Operation.Export, Operation.Get, Operation.MAC, Operation.MACVerify,
                    Operation.Sign, Operation.SignatureVerify,
                ],
                ResultReason.PermissionDenied),
        }.ToFrozenDictionary();

    /// <summary>The reason in the words that the operation's table has.</summary>
    public static ResultReason Of(Operation operation, ResultReason reason, ProtocolVersion version)
    {
        if (WithoutTable.Contains(operation)) return reason;
        // spec: KMIP 1.4 §11.12: the one reason of these that 1.x has, and has for Get alone.
        if (version.Major < 2 && reason != ResultReason.KeyFormatTypeNotSupported) return reason;
        while (Rows.TryGetValue(reason, out var row) && !row.Operations.Contains(operation)) reason = row.Otherwise;
        // OASIS' cases of 2.0 still have the reason of 1.x.
        return version == ProtocolVersion.Kmip20 && reason == ResultReason.WrongKeyLifecycleState ? ResultReason.PermissionDenied : reason;
    }
}

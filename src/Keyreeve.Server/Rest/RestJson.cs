using System.Text.Json;
using System.Text.Json.Serialization;
using Keyreeve.Core;
using Keyreeve.Server.Rest.Messages;

namespace Keyreeve.Server.Rest;

/// <summary>
/// Every message of this door, serialized by generated code and read strictly: what is unknown, repeated, missing or null
/// where null means nothing is refused.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    ReadCommentHandling = JsonCommentHandling.Disallow,
    AllowTrailingCommas = false,
    MaxDepth = 8,
    Converters = [typeof(MomentConverter)])]
[JsonSerializable(typeof(CreateKeyBody))]
[JsonSerializable(typeof(KeyMessage))]
[JsonSerializable(typeof(KeyListMessage))]
[JsonSerializable(typeof(VersionListMessage))]
[JsonSerializable(typeof(ScheduleDestructionBody))]
[JsonSerializable(typeof(DestroyKeyBody))]
[JsonSerializable(typeof(EncryptBody))]
[JsonSerializable(typeof(CiphertextMessage))]
[JsonSerializable(typeof(DecryptBody))]
[JsonSerializable(typeof(PlaintextMessage))]
[JsonSerializable(typeof(EncryptBatchBody))]
[JsonSerializable(typeof(CiphertextBatchMessage))]
[JsonSerializable(typeof(DecryptBatchBody))]
[JsonSerializable(typeof(PlaintextBatchMessage))]
[JsonSerializable(typeof(MaskedMessage))]
[JsonSerializable(typeof(ReEncryptBody))]
[JsonSerializable(typeof(DataKeyBody))]
[JsonSerializable(typeof(DataKeyMessage))]
[JsonSerializable(typeof(RandomMessage))]
[JsonSerializable(typeof(PrincipalMessage))]
[JsonSerializable(typeof(PrincipalListMessage))]
[JsonSerializable(typeof(EnrolmentCodeBody))]
[JsonSerializable(typeof(EnrolmentCodeMessage))]
[JsonSerializable(typeof(AuthorityMessage))]
[JsonSerializable(typeof(NewPrincipalBody))]
[JsonSerializable(typeof(NewCredentialBody))]
[JsonSerializable(typeof(CreateTokenBody))]
[JsonSerializable(typeof(IssuedTokenMessage))]
[JsonSerializable(typeof(TokenListMessage))]
[JsonSerializable(typeof(CreateGrantBody))]
[JsonSerializable(typeof(KeyGrantListMessage))]
[JsonSerializable(typeof(ComparePolicyBody))]
[JsonSerializable(typeof(ChangePolicyBody))]
[JsonSerializable(typeof(PolicyOutcomeMessage))]
[JsonSerializable(typeof(ExplainBody))]
[JsonSerializable(typeof(ExplanationMessage))]
[JsonSerializable(typeof(NewTenantBody))]
[JsonSerializable(typeof(NewTenantMessage))]
[JsonSerializable(typeof(TenantMessage))]
[JsonSerializable(typeof(TenantListMessage))]
[JsonSerializable(typeof(FreezeTenantBody))]
[JsonSerializable(typeof(TenantAdministratorBody))]
[JsonSerializable(typeof(ApprovalRequestMessage))]
[JsonSerializable(typeof(ApprovalListMessage))]
[JsonSerializable(typeof(OffboardingBody))]
[JsonSerializable(typeof(OffboardingMessage))]
[JsonSerializable(typeof(EnrolBody))]
[JsonSerializable(typeof(EnrolmentMessage))]
[JsonSerializable(typeof(RenewalBody))]
[JsonSerializable(typeof(ReplaceAuthorityBody))]
[JsonSerializable(typeof(AuditPageMessage))]
[JsonSerializable(typeof(AuditRecordMessage))]
[JsonSerializable(typeof(PruneAuditBody))]
[JsonSerializable(typeof(PrunedAuditMessage))]
[JsonSerializable(typeof(RestorePermitBody))]
[JsonSerializable(typeof(RestorePermitMessage))]
[JsonSerializable(typeof(AlertListMessage))]
[JsonSerializable(typeof(ServerStatusMessage))]
[JsonSerializable(typeof(SealStatusMessage))]
[JsonSerializable(typeof(SealSlotMessage))]
[JsonSerializable(typeof(AddSealSlotBody))]
[JsonSerializable(typeof(AddedSealSlotMessage))]
[JsonSerializable(typeof(ShareBody))]
[JsonSerializable(typeof(ShareMessage))]
[JsonSerializable(typeof(TenantKeyMessage))]
[JsonSerializable(typeof(StatusMessage))]
[JsonSerializable(typeof(VersionInformation))]
[JsonSerializable(typeof(CryptographyMessage))]
[JsonSerializable(typeof(SelfTestMessage))]
[JsonSerializable(typeof(ProblemMessage))]
internal sealed partial class RestJson : JsonSerializerContext;

/// <summary>The policy as its file has it: what it does not say is left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true, Converters = [typeof(MomentConverter)])]
[JsonSerializable(typeof(PolicyMessage))]
internal sealed partial class PolicyAnswerJson : JsonSerializerContext;

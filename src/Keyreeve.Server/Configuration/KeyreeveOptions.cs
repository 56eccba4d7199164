using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Keyreeve.Core.Objects;
using Keyreeve.Core.Operations;
using Keyreeve.Core.Operations.Certificates;
using Keyreeve.Core.Tokens;
using Keyreeve.Crypto;

namespace Keyreeve.Server.Configuration;

/// <summary>
/// Everything that can be configured, read once from one file. What each value means, its unit and its default stand in
/// <see cref="OptionTable"/>, from which the documented sample is written.
/// </summary>
public sealed record KeyreeveOptions
{
    /// <summary>Section <c>[server]</c>.</summary>
    public ServerOptions Server { get; init; } = new();

    /// <summary>Section <c>[log]</c>.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Section <c>[log-sinks]</c>: where the messages of the system log are passed on to, by name.</summary>
    public ImmutableSortedDictionary<string, SinkOptions> LogSinks { get; init; } = ImmutableSortedDictionary<string, SinkOptions>.Empty;

    /// <summary>Section <c>[rest]</c>.</summary>
    public RestOptions Rest { get; init; } = new();

    /// <summary>Section <c>[kmip]</c>.</summary>
    public KmipOptions Kmip { get; init; } = new();

    /// <summary>Section <c>[notify]</c>.</summary>
    public NotifyOptions Notify { get; init; } = new();

    /// <summary>Section <c>[seal]</c>.</summary>
    public SealOptions Seal { get; init; } = new();

    /// <summary>Section <c>[seal-kmip]</c>.</summary>
    public KmipSlotOptions SealKmip { get; init; } = new();

    /// <summary>Section <c>[tpm]</c>.</summary>
    public TpmOptions Tpm { get; init; } = new();

    /// <summary>Section <c>[hsm]</c>.</summary>
    public HsmSection Hsm { get; init; } = new();

    /// <summary>Section <c>[audit]</c>.</summary>
    public AuditOptions Audit { get; init; } = new();

    /// <summary>Section <c>[checkpoints]</c>: where signed heads of the trail are exported to, by name.</summary>
    public ImmutableSortedDictionary<string, SinkOptions> Checkpoints { get; init; } = ImmutableSortedDictionary<string, SinkOptions>.Empty;

    /// <summary>Section <c>[audit-context]</c>: names of context pairs whose values are recorded, by key group.</summary>
    public ImmutableSortedDictionary<GroupName, ImmutableArray<string>> AuditContext { get; init; } = ImmutableSortedDictionary<GroupName, ImmutableArray<string>>.Empty;

    /// <summary>Section <c>[masks]</c>: what is shown of the values of a data class to those who may see the mask alone.</summary>
    public ImmutableSortedDictionary<string, MaskRule> Masks { get; init; } = ImmutableSortedDictionary<string, MaskRule>.Empty;

    /// <summary>What somebody is told of, and how.</summary>
    public AlertOptions Alerts { get; init; } = new();

    /// <summary>Section <c>[telemetry]</c>.</summary>
    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>Section <c>[sinks]</c>: where the trail's records are passed on to, by name.</summary>
    public ImmutableSortedDictionary<string, SinkOptions> Sinks { get; init; } = ImmutableSortedDictionary<string, SinkOptions>.Empty;

    /// <summary>Section <c>[token-issuers]</c>: whose OpenID Connect tokens are accepted, by name.</summary>
    public ImmutableSortedDictionary<string, TokenIssuerOptions> TokenIssuers { get; init; } = ImmutableSortedDictionary<string, TokenIssuerOptions>.Empty;

    /// <summary>Section <c>[attestation]</c>: the operations of a key group, and of those below it that state none, that take an attestation.</summary>
    public ImmutableSortedDictionary<GroupName, FrozenSet<OperationName>> Attestation { get; init; } = ImmutableSortedDictionary<GroupName, FrozenSet<OperationName>>.Empty;

    /// <summary>Section <c>[groups]</c>: the mode of a key group and of those below it that state none.</summary>
    public ImmutableSortedDictionary<GroupName, GroupMode> Groups { get; init; } = ImmutableSortedDictionary<GroupName, GroupMode>.Empty;

    /// <summary>Section <c>[protection]</c>: where the keys of a key group are, and of those below it that state nothing.</summary>
    public ImmutableSortedDictionary<GroupName, KeyProtection> Protection { get; init; } = ImmutableSortedDictionary<GroupName, KeyProtection>.Empty;
}

/// <summary>The server as a whole.</summary>
public sealed record ServerOptions
{
    /// <summary>The folder with store and audit trail; owned by the server, mode 0700.</summary>
    public string DataDirectory { get; init; } = "/var/lib/keyreeve";

    /// <summary>The key server's name in the audit trail; null: the machine's.</summary>
    public string? Name { get; init; }

    /// <summary>The node's name in the audit trail.</summary>
    public string Node { get; init; } = "node-1";

    /// <summary>The address by which the audit trail names the server; null: the one it listens on.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>DNS names and addresses in the server's certificate.</summary>
    public ImmutableArray<string> Names { get; init; } = ["localhost", "127.0.0.1", "::1"];

    /// <summary>Your own certificate of the server's; nothing in it: the server's own authority issues it.</summary>
    public ServerCertificateOptions Certificate { get; init; } = new();

    /// <summary>The mode of key groups for which none is stated.</summary>
    public GroupMode Mode { get; init; } = GroupMode.Strict;

    /// <summary>How long the certificates hold that are issued to clients.</summary>
    public TimeSpan ClientCertificateLifetime { get; init; } = TimeSpan.FromDays(90);

    /// <summary>A file with the certificates of your own authorities for clients; null: those given at init, or Keyreeve's own.</summary>
    public string? ClientAuthoritiesFile { get; init; }

    /// <summary>A file with revocation lists of clients' certificates; null: none.</summary>
    public string? RevocationListFile { get; init; }

    /// <summary>Why a store that is older than the audit trail is accepted; null: it is not.</summary>
    public string? AcceptRollback { get; init; }

    /// <summary>How long requests in flight may take to finish when the server stops.</summary>
    public TimeSpan StopTimeLimit { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How often keys whose destruction is due are looked for.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(30);
}

/// <summary>The REST door.</summary>
public sealed record RestOptions
{
    /// <summary>Whether it is open.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>The address it listens on.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes any that is free.</summary>
    public int Port { get; init; } = 8443;

    /// <summary>Connections in all.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Connections of one principal, or of one address without a certificate.</summary>
    public int MaxConnectionsPerIdentity { get; init; } = 200;

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request's headers may take to arrive.</summary>
    public TimeSpan HeaderTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a connection may lie idle between requests.</summary>
    public TimeSpan IdleTimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The slowest a body may be sent or read, after a grace of five seconds.</summary>
    public int MinBytesPerSecond { get; init; } = 240;

    /// <summary>Enrolment attempts per address and minute.</summary>
    public int EnrolmentsPerMinute { get; init; } = 10;
}

/// <summary>The KMIP door.</summary>
public sealed record KmipOptions
{
    /// <summary>Whether it is open.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Whether messages are also taken over HTTPS, at the REST door.</summary>
    public bool Https { get; init; } = true;

    /// <summary>The address it listens on.</summary>
    public IPAddress Listen { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 takes any that is free.</summary>
    public int Port { get; init; } = 5696;

    /// <summary>Connections in all.</summary>
    public int MaxConnections { get; init; } = 2000;

    /// <summary>Connections of one principal, or of one address before its certificate is known.</summary>
    public int MaxConnectionsPerIdentity { get; init; } = 200;

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection may lie idle between messages.</summary>
    public TimeSpan IdleTimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a message may take to arrive once its first byte has.</summary>
    public TimeSpan MessageTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a client may take to accept an answer.</summary>
    public TimeSpan SendTimeLimit { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>The largest message, in bytes.</summary>
    public int MaxMessageSizeInBytes { get; init; } = 1024 * 1024;

    /// <summary>The most items in a batch.</summary>
    public int MaxBatchItems { get; init; } = 1000;

    /// <summary>The most connections on which the server is the client, by Set Endpoint Role; 0: none.</summary>
    public int MaxTurnedConnections { get; init; } = 16;

    /// <summary>After how long without anything to tell the roles on such a connection are changed back.</summary>
    public TimeSpan TurnedIdleTimeLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Section <c>[attesters]</c>: machines whose TPM attests for a principal, by name.</summary>
    public ImmutableSortedDictionary<string, AttesterOptions> Attesters { get; init; } = ImmutableSortedDictionary<string, AttesterOptions>.Empty;

    /// <summary>How long a client has to attest to a nonce.</summary>
    public TimeSpan AttestationNonceLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Who issues certificates that clients ask for.</summary>
    public CertificationOptions Certification { get; init; } = new();
}

/// <summary>How the root key is opened.</summary>
public sealed record SealOptions
{
    /// <summary>The file with the passphrase, outside the data directory, readable by the server alone.</summary>
    public string PassphraseFile { get; init; } = "/etc/keyreeve/passphrase";

    /// <summary>After how long a slot that nobody has drilled is complained about.</summary>
    public TimeSpan DrillInterval { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long custodians have, from the first share on, to enter theirs.</summary>
    public TimeSpan CeremonyTimeLimit { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How long after all is under a tenant's new key it is counted whether the old one is unused.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Objects looked at in a second, at most, when they are brought under a new key.</summary>
    public int ReWrapRate { get; init; } = 1000;

    /// <summary>How often a sealed server tries its slots again.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The hardware security module.</summary>
public sealed record HsmSection
{
    /// <summary>The PKCS#11 module; null: there is none.</summary>
    public string? Module { get; init; }

    /// <summary>The token's label.</summary>
    public string? TokenLabel { get; init; }

    /// <summary>The token's serial number.</summary>
    public string? TokenSerial { get; init; }

    /// <summary>The file with the PIN, outside the data directory, readable by the server alone.</summary>
    public string PinFile { get; init; } = "/etc/keyreeve/hsm-pin";

    /// <summary>How many sessions are held.</summary>
    public int Sessions { get; init; } = 4;

    /// <summary>How long a call may take before it counts as hanging.</summary>
    public TimeSpan CallTimeLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long all that is open goes on without the token; null: without end.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How often the token is asked whether it is there.</summary>
    public TimeSpan CheckInterval { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>The audit trail.</summary>
public sealed record AuditOptions
{
    /// <summary>Size of a segment of the trail; twice as much is set aside on the disk in advance.</summary>
    public long SegmentSizeInBytes { get; init; } = 32L * 1024 * 1024;

    /// <summary>How long an answer waits for its record to be on disk before it is refused.</summary>
    public TimeSpan WaitLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The classes of operations that are refused while nothing can be recorded.</summary>
    public ImmutableArray<OperationClass> FailClosed { get; init; } = [OperationClass.Release, OperationClass.Change];

    /// <summary>The classes of operations that are answered before their record is on disk, once it is safe from the end of the process.</summary>
    public ImmutableArray<OperationClass> AnswerEarly { get; init; } = [OperationClass.Use, OperationClass.Read];

    /// <summary>How long after a new record the head of the trail is signed.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How often, at most, a signed head is also kept for good.</summary>
    public TimeSpan HistoryInterval { get; init; } = TimeSpan.FromMinutes(1);
}

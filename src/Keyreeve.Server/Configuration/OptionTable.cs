using System.Collections.Immutable;
using System.Text;
using Keyreeve.Core.Objects;
using Keyreeve.Crypto;
using Keyreeve.Server.Forwarding.Formats;

namespace Keyreeve.Server.Configuration;

/// <summary>Every option there is. The file's reader knows no other, and the documented sample is written from it.</summary>
public static class OptionTable
{
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OneHour = TimeSpan.FromHours(1);

    internal static ImmutableArray<OptionRow> Rows { get; } =
    [
        .. ServerRows(), .. LogRows(), .. LogSinkRows(), .. RestRows(), .. KmipRows(), .. NotifyRows(), .. SealRows(), .. SealKmipRows(), .. TpmRows(), .. HsmRows(),
        .. AuditRows(), .. AuditContextRows(), .. MaskRows(),
        .. CheckpointRows(),
        .. SinkRows(),
        .. TokenIssuerRows(), .. AlertOptionRows.Rows,
        .. GroupRows(), .. AttestationRows(),
    ];

    /// <summary>The sample file: every option with its explanation, set to its default in a comment.</summary>
    public static string WriteSample()
    {
        var text = new StringBuilder();
        text.Append("# Keyreeve's configuration. Owned by the user the server runs as, mode 0600.\n");
        text.Append("# A line is 'key = value'. What stands behind '#' is the default. Times: ms, s, m, h, d. Sizes: B, KiB, MiB, GiB.\n");
        text.Append("# An unknown key or section is an error, and all errors are reported at once.\n");
        var section = "";
        foreach (var row in Rows)
        {
            if (!string.Equals(row.Section, section, StringComparison.Ordinal)) text.Append($"\n[{row.Section}]\n");
            section = row.Section;
            text.Append($"\n# {row.Explanation}\n#{(row.Key is "*" ? row.Default : $"{row.Key} = {row.Default}")}\n");
        }

        return text.ToString();
    }

    private static IEnumerable<OptionRow> ServerRows() =>
    [
        Row("server", "data-directory", "/var/lib/keyreeve", "Folder with the store and the audit trail; mode 0700. One server per folder.",
            static (o, e) => o with { Server = o.Server with { DataDirectory = OptionValue.FilePath(e.Value) } }),
        Row("server", "mode", "strict", "The mode of key groups that section [groups] says nothing of: strict, or approved: algorithms that NIST approves alone; see docs/crypto.md.",
            static (o, e) => o with { Server = o.Server with { Mode = OptionValue.StandardMode(e.Value) } }),
        Row("server", "name", "machine's", "The key server's name in the audit trail; 'machine's' is the host name.",
            static (o, e) => o with { Server = o.Server with { Name = e.Value is "machine's" ? null : OptionValue.Word(e.Value) } }),
        Row("server", "node", "node-1", "This node's name in the audit trail, where several serve together.",
            static (o, e) => o with { Server = o.Server with { Node = OptionValue.Word(e.Value) } }),
        Row("server", "address", "listen", "The address by which the audit trail names this server; 'listen' is the one it listens on, or this machine's first.",
            static (o, e) => o with { Server = o.Server with { Address = e.Value is "listen" ? null : OptionValue.Address(e.Value) } }),
        Row("server", "names", "localhost, 127.0.0.1, ::1", "DNS names and addresses in the server's own certificate, by which clients reach it.",
            static (o, e) => o with { Server = o.Server with { Names = OptionValue.Names(e.Value) } }),
        Row("server", "certificate-file", "none",
            "Your own server certificate (PEM; the certificate first, then those above it) for both doors, in the place of the one that the server issues to itself; read again when it changes. See docs/certificates.md.",
            static (o, e) => o with { Server = o.Server with { Certificate = o.Server.Certificate with { CertificateFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } } }),
        Row("server", "certificate-key-file", "none", "Its private key (PEM, PKCS #8, not encrypted; mode 0600); may be the certificate-file itself, so that both are replaced at once.",
            static (o, e) => o with { Server = o.Server with { Certificate = o.Server.Certificate with { KeyFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } } }),
        Row("server", "certificate-authority-file", "none",
            "The roots (PEM) by which clients verify that certificate, if its file does not end with its root. Without certificate-file: clients are told of them beforehand.",
            static (o, e) => o with { Server = o.Server with { Certificate = o.Server.Certificate with { AuthorityFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } } }),
        Row("server", "client-certificate-lifetime", "90d", "How long the certificates hold that are issued to clients, who renew them by themselves; 1m to 825d.",
            static (o, e) => o with { Server = o.Server with { ClientCertificateLifetime = OptionValue.Time(e.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(825)) } }),
        Row("server", "client-authorities-file", "none",
            "File with your own authorities' certificates (PEM) that issue clients', in the place of those given to 'keyreeve init'; read again when it changes. 'none': those, or Keyreeve's own.",
            static (o, e) => o with { Server = o.Server with { ClientAuthoritiesFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        Row("server", "revocation-list-file", "none",
            "File with revocation lists (PEM or DER). With it nobody is let in whose issuer has no valid list there; 'none' asks for no list.",
            static (o, e) => o with { Server = o.Server with { RevocationListFile = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        Row("server", "accept-rollback", "none", "Why a store that is older than the audit trail is worked on, after a restore that was meant: for one start. It is written into the trail.",
            static (o, e) => o with { Server = o.Server with { AcceptRollback = e.Value is "none" ? null : e.Value } }),
        Row("server", "stop-time-limit", "4s", "How long requests in flight may take to finish when the server stops; 100ms to 1m.",
            static (o, e) => o with { Server = o.Server with { StopTimeLimit = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)) } }),
        Row("server", "sweep-interval", "30s", "How often keys whose destruction is due are looked for; 100ms to 1h.",
            static (o, e) => o with { Server = o.Server with { SweepInterval = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), OneHour) } }),
    ];

    private static IEnumerable<OptionRow> LogRows() =>
    [
        Row("log", "level", "basic", "How much the server says of what it does: none, basic, verbose, debug. Never a secret. Read again at SIGHUP.",
            static (o, e) => o with { Log = o.Log with { Detail = OptionValue.Detail(e.Value) } }),
        Row("log", "file", "none", "File with every message, numbered and hashed ('keyreeve log verify'); 'none': standard error alone.",
            static (o, e) => o with { Log = o.Log with { File = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        Row("log", "format", "key-value", "How messages stand in the file: key-value, cef, leef-1.0, leef-2.0, json.",
            static (o, e) => o with { Log = o.Log with { Format = SinkOptions.FormatOf(e.Value) } }),
        Row("log", "*", "kmip = debug", "The level of one component: kmip, rest, audit, identity, hosting, web, runtime. Read again at SIGHUP.",
            static (o, e) => o with { Log = o.Log with { Components = o.Log.Components.SetItem(e.Key, OptionValue.Detail(e.Value)) } }),
    ];

    private static IEnumerable<OptionRow> LogSinkRows() =>
    [
        Row("log-sinks", "*", "siem = tls://siem.example:6514 format=cef ca=/etc/keyreeve/siem-ca.pem",
            "Where the messages of the system log are passed on to as well, one line each: addresses and settings as under [sinks], but csv.",
            static (o, e) => !IsPlainName(e.Key) ? throw new FormatException("is a sink's name: lower-case letters, digits and '-'")
                : SinkOptions.Parse(e.Value) is { Format: not RecordFormatName.Csv } sink ? o with { LogSinks = o.LogSinks.SetItem(e.Key, sink) }
                : throw new FormatException("is no table: its messages are written as key-value, cef, leef-1.0, leef-2.0 or json")),
    ];

    private static IEnumerable<OptionRow> RestRows() =>
    [
        Row("rest", "enabled", "yes", "Whether the REST API is offered; 'no' turns it off.",
            static (o, e) => o with { Rest = o.Rest with { Enabled = OptionValue.Switch(e.Value) } }),
        Row("rest", "listen", "127.0.0.1", "Address to listen on; '0.0.0.0' or '::' for all interfaces.",
            static (o, e) => o with { Rest = o.Rest with { Listen = OptionValue.Address(e.Value) } }),
        Row("rest", "port", "8443", "Port; 0 takes any that is free.",
            static (o, e) => o with { Rest = o.Rest with { Port = OptionValue.Port(e.Value) } }),
        Row("rest", "max-connections", "2000", "Connections in all; 1 to 1000000.",
            static (o, e) => o with { Rest = o.Rest with { MaxConnections = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("rest", "max-connections-per-identity", "200", "Connections of one certificate, or of one address without a certificate; 1 to 1000000.",
            static (o, e) => o with { Rest = o.Rest with { MaxConnectionsPerIdentity = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("rest", "handshake-time-limit", "5s", "How long a TLS handshake may take; 1s to 1m.",
            static (o, e) => o with { Rest = o.Rest with { HandshakeTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(1)) } }),
        Row("rest", "header-time-limit", "10s", "How long the headers of a request may take to arrive; 1s to 1m.",
            static (o, e) => o with { Rest = o.Rest with { HeaderTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(1)) } }),
        Row("rest", "idle-time-limit", "1m", "How long a connection may lie idle between requests; 1s to 1h.",
            static (o, e) => o with { Rest = o.Rest with { IdleTimeLimit = OptionValue.Time(e.Value, OneSecond, OneHour) } }),
        Row("rest", "min-bytes-per-second", "240", "Slowest rate at which a body may be sent or read, after 5s; 1 to 1000000.",
            static (o, e) => o with { Rest = o.Rest with { MinBytesPerSecond = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("rest", "enrolments-per-minute", "10", "Enrolment attempts per address and minute; 1 to 1000000.",
            static (o, e) => o with { Rest = o.Rest with { EnrolmentsPerMinute = OptionValue.Number(e.Value, 1, 1_000_000) } }),
    ];

    private static IEnumerable<OptionRow> KmipRows() =>
    [
        Row("kmip", "enabled", "yes", "Whether KMIP is offered; 'no' turns it off.",
            static (o, e) => o with { Kmip = o.Kmip with { Enabled = OptionValue.Switch(e.Value) } }),
        Row("kmip", "https", "yes", "Whether KMIP is taken over HTTPS too, as TTLV, XML or JSON: POST /kmip where the REST API listens.",
            static (o, e) => o with { Kmip = o.Kmip with { Https = OptionValue.Switch(e.Value) } }),
        Row("kmip", "listen", "127.0.0.1", "Address to listen on; '0.0.0.0' or '::' for all interfaces.",
            static (o, e) => o with { Kmip = o.Kmip with { Listen = OptionValue.Address(e.Value) } }),
        Row("kmip", "port", "5696", "Port; 0 takes any that is free.",
            static (o, e) => o with { Kmip = o.Kmip with { Port = OptionValue.Port(e.Value) } }),
        Row("kmip", "max-connections", "2000", "Connections in all; 1 to 1000000.",
            static (o, e) => o with { Kmip = o.Kmip with { MaxConnections = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("kmip", "max-connections-per-identity", "200", "Connections of one certificate; 1 to 1000000.",
            static (o, e) => o with { Kmip = o.Kmip with { MaxConnectionsPerIdentity = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("kmip", "handshake-time-limit", "5s", "How long a TLS handshake may take; 1s to 1m.",
            static (o, e) => o with { Kmip = o.Kmip with { HandshakeTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(1)) } }),
        Row("kmip", "idle-time-limit", "10m", "How long a connection may lie idle between messages; 1s to 1d.",
            static (o, e) => o with { Kmip = o.Kmip with { IdleTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromDays(1)) } }),
        Row("kmip", "message-time-limit", "15s", "How long a message may take to arrive once it has begun; 1s to 10m.",
            static (o, e) => o with { Kmip = o.Kmip with { MessageTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(10)) } }),
        Row("kmip", "send-time-limit", "15s", "How long a client may take to accept an answer; 1s to 10m.",
            static (o, e) => o with { Kmip = o.Kmip with { SendTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(10)) } }),
        Row("kmip", "max-message-size", "1MiB", "Largest message; 1KiB to 64MiB.",
            static (o, e) => o with { Kmip = o.Kmip with { MaxMessageSizeInBytes = (int)OptionValue.Size(e.Value, 1024, 64 * 1024 * 1024) } }),
        Row("kmip", "max-batch-items", "1000", "Most items in a batch; 1 to 100000.",
            static (o, e) => o with { Kmip = o.Kmip with { MaxBatchItems = OptionValue.Number(e.Value, 1, 100_000) } }),
        Row("kmip", "max-turned-connections", "16", "Most connections on which Set Endpoint Role has made the server the client, to notify over them; 0 to 10000. 0 refuses it.",
            static (o, e) => o with { Kmip = o.Kmip with { MaxTurnedConnections = OptionValue.Number(e.Value, 0, 10_000) } }),
        Row("kmip", "turned-idle-time-limit", "10m", "After how long without anything to notify the roles on such a connection are changed back; 1s to 1d.",
            static (o, e) => o with { Kmip = o.Kmip with { TurnedIdleTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromDays(1)) } }),
        Row("kmip", "attestation-nonce-lifetime", "1m", "How long a client has to attest to a nonce of the server; 5s to 1h.",
            static (o, e) => o with { Kmip = o.Kmip with { AttestationNonceLifetime = OptionValue.Time(e.Value, TimeSpan.FromSeconds(5), OneHour) } }),
        Row("kmip", "certificate-authority", "certificate-authority",
            "Name of the private key that signs what Certify asks for, made at first use; 'none' refuses requests that name no authority.",
            static (o, e) => o with { Kmip = o.Kmip with { Certification = o.Kmip.Certification with { AuthorityName = OptionValue.NameOrNone(e.Value) } } }),
        Row("kmip", "certificate-authority-group", "certificate-authority", "Key group that this key has to be in.",
            static (o, e) => o with { Kmip = o.Kmip with { Certification = o.Kmip.Certification with { AuthorityGroup = OptionValue.Group(e.Value) } } }),
        Row("kmip", "certificate-authority-subject", "CN=Keyreeve Certificate Authority", "Subject of the authority when it is made.",
            static (o, e) => o with { Kmip = o.Kmip with { Certification = o.Kmip.Certification with { AuthoritySubject = OptionValue.DistinguishedName(e.Value) } } }),
        Row("kmip", "certificate-lifetime", "365d", "How long certificates hold whose requests do not say it; 1h to 3652d.",
            static (o, e) => o with { Kmip = o.Kmip with { Certification = o.Kmip.Certification with { Lifetime = OptionValue.Time(e.Value, OneHour, TimeSpan.FromDays(3652)) } } }),
    ];

    private static IEnumerable<OptionRow> NotifyRows() =>
    [
        Row("notify", "endpoint", "none", "KMIP client to which new objects are Put and changes notified: host and port for TLS itself, or an address such as 'https://tape-library.example/kmip'; 'none' sends nothing.",
            static (o, e) => o with { Notify = o.Notify with { Endpoint = OptionValue.KmipClientEndpoint(e.Value) } }),
        Row("notify", "encoding", "ttlv", "How these messages are written: ttlv, xml or json; the latter two to an address of HTTPS alone.",
            static (o, e) => o with { Notify = o.Notify with { Encoding = OptionValue.MessageEncodingName(e.Value) } }),
        Row("notify", "principal", "none", "Name of the principal that the endpoint is: it shows this principal's key, and gets what this principal may get.",
            static (o, e) => o with { Notify = o.Notify with { Principal = e.Value is "none" ? null : e.Value } }),
        Row("notify", "version", "as-caller", "KMIP version of what is sent: that of the request that caused it (2.1 if there was none), or one of 1.0 to 2.1 and 3.0.",
            static (o, e) => o with { Notify = o.Notify with { Version = OptionValue.KmipVersion(e.Value) } }),
        Row("notify", "queue-length", "1000", "Messages that wait at most; then the oldest are given up. 1 to 100000.",
            static (o, e) => o with { Notify = o.Notify with { QueueLength = OptionValue.Number(e.Value, 1, 100_000) } }),
        Row("notify", "retry-limit", "10m", "How long a message is tried again before it is given up; 1s to 1d.",
            static (o, e) => o with { Notify = o.Notify with { RetryLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromDays(1)) } }),
        Row("notify", "send-time-limit", "15s", "How long connecting, sending and the answer may take together; 1s to 1m.",
            static (o, e) => o with { Notify = o.Notify with { SendTimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromMinutes(1)) } }),
    ];

    private static IEnumerable<OptionRow> SealRows() =>
    [
        Row("seal", "passphrase-file", "/etc/keyreeve/passphrase",
            "File with the passphrase that opens the root key; outside the data directory, mode 0600. For trying out: production takes an HSM.",
            static (o, e) => o with { Seal = o.Seal with { PassphraseFile = OptionValue.FilePath(e.Value) } }),
        Row("seal", "drill-interval", "90d", "After how long a slot that nobody has drilled is complained about in log and status; 1h to 3650d.",
            static (o, e) => o with { Seal = o.Seal with { DrillInterval = OptionValue.Time(e.Value, OneHour, TimeSpan.FromDays(3650)) } }),
        Row("seal", "ceremony-time-limit", "30m", "How long custodians have, from the first share on, to enter theirs; 1m to 1d.",
            static (o, e) => o with { Seal = o.Seal with { CeremonyTimeLimit = OptionValue.Time(e.Value, TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)) } }),
        Row("seal", "quiet-time", "1m", "How long after all is under a tenant's new key it is counted whether the old one is unused, and can be destroyed; 100ms to 1d.",
            static (o, e) => o with { Seal = o.Seal with { QuietTime = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)) } }),
        Row("seal", "rewrap-rate", "1000", "Objects looked at in a second, at most, when they are brought under a tenant's new key; 1 to 1000000.",
            static (o, e) => o with { Seal = o.Seal with { ReWrapRate = OptionValue.Number(e.Value, 1, 1_000_000) } }),
        Row("seal", "retry-interval", "5s", "How often a sealed server tries by itself whether a slot opens by now; 100ms to 1h.",
            static (o, e) => o with { Seal = o.Seal with { RetryInterval = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), OneHour) } }),
    ];

    private static IEnumerable<OptionRow> SealKmipRows() =>
    [
        Row("seal-kmip", "endpoint", "none", "Host and port of another key manager that speaks KMIP, whose key opens a seal slot; 'none' if there is none.",
            static (o, e) => o with { SealKmip = o.SealKmip with { Endpoint = OptionValue.HostAndPort(e.Value) } }),
        Row("seal-kmip", "server-name", "none", "The name in its certificate; 'none': the endpoint's host.",
            static (o, e) => o with { SealKmip = o.SealKmip with { ServerName = e.Value is "none" ? null : e.Value } }),
        Row("seal-kmip", "ca-file", "/etc/keyreeve/seal-kmip-ca.pem", "Certificates (PEM) of the authority by which it is recognised; no other is trusted.",
            static (o, e) => o with { SealKmip = o.SealKmip with { AuthorityFile = OptionValue.FilePath(e.Value) } }),
        Row("seal-kmip", "certificate-file", "/etc/keyreeve/seal-kmip.pem", "Certificate (PEM) that it is shown. Read anew for every connection, like the two others.",
            static (o, e) => o with { SealKmip = o.SealKmip with { CertificateFile = OptionValue.FilePath(e.Value) } }),
        Row("seal-kmip", "key-file", "/etc/keyreeve/seal-kmip-key.pem", "The certificate's private key (PEM), mode 0600, outside the data directory.",
            static (o, e) => o with { SealKmip = o.SealKmip with { KeyFile = OptionValue.FilePath(e.Value) } }),
        Row("seal-kmip", "key", "none", "Unique Identifier of an AES key that is there, active; 'none': one is created there for each slot.",
            static (o, e) => o with { SealKmip = o.SealKmip with { KeyIdentifier = e.Value is "none" ? null : e.Value } }),
        Row("seal-kmip", "time-limit", "5s", "How long connecting may take, and a request; 100ms to 15s.",
            static (o, e) => o with { SealKmip = o.SealKmip with { TimeLimit = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(15)) } }),
        Row("seal-kmip", "attempts", "3", "How often a request is sent if the connection is lost; 1 to 10.",
            static (o, e) => o with { SealKmip = o.SealKmip with { Attempts = OptionValue.Number(e.Value, 1, 10) } }),
        Row("seal-kmip", "insecure-fetch-key", "no", "Whether the key is fetched (Get) from a key manager that does not encrypt by it; 'no' refuses such a one.",
            static (o, e) => o with { SealKmip = o.SealKmip with { InsecureFetchKey = OptionValue.Switch(e.Value) } }),
    ];

    private static IEnumerable<OptionRow> TpmRows() =>
    [
        Row("tpm", "device", "none", "This machine's TPM 2.0 for a seal slot, as tpm2-tss names it, such as 'device:/dev/tpmrm0'; 'none' if there is none.",
            static (o, e) => o with { Tpm = o.Tpm with { Device = e.Value is "none" ? null : e.Value } }),
        Row("tpm", "pcrs", "none", "The platform configuration registers (PCRs, bank SHA-256) whose values a slot is bound to when it is added, such as '0,2,7': firmware, its extensions, Secure Boot; 'none' for none.",
            static (o, e) => o with { Tpm = o.Tpm with { Pcrs = e.Value is "none" ? [] : OptionValue.Pcrs(e.Value) } }),
        Row("tpm", "time-limit", "20s", "How long sealing or opening may take; 1s to 50s.",
            static (o, e) => o with { Tpm = o.Tpm with { TimeLimit = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromSeconds(50)) } }),
    ];

    private static IEnumerable<OptionRow> HsmRows() =>
    [
        Row("hsm", "module", "none", "Full path of the PKCS#11 module of a hardware security module; 'none' if there is none.",
            static (o, e) => o with { Hsm = o.Hsm with { Module = e.Value is "none" ? null : OptionValue.FilePath(e.Value) } }),
        Row("hsm", "token-label", "none", "The token's label; with a module, this or the serial number is needed.",
            static (o, e) => o with { Hsm = o.Hsm with { TokenLabel = e.Value is "none" ? null : e.Value } }),
        Row("hsm", "token-serial", "none", "The token's serial number.",
            static (o, e) => o with { Hsm = o.Hsm with { TokenSerial = e.Value is "none" ? null : e.Value } }),
        Row("hsm", "pin-file", "/etc/keyreeve/hsm-pin", "File with the token's PIN, mode 0600, outside the data directory; such as a credential that systemd hands over.",
            static (o, e) => o with { Hsm = o.Hsm with { PinFile = OptionValue.FilePath(e.Value) } }),
        Row("hsm", "sessions", "4", "Sessions with the token, and threads that wait for it; 1 to 64.",
            static (o, e) => o with { Hsm = o.Hsm with { Sessions = OptionValue.Number(e.Value, 1, 64) } }),
        Row("hsm", "call-time-limit", "10s", "How long a call may take before the token counts as hanging; 100ms to 5m.",
            static (o, e) => o with { Hsm = o.Hsm with { CallTimeLimit = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5)) } }),
        Row("hsm", "grace", "none", "How long what is open goes on while the token is away; then nothing is served until it is back. 1s to 30d; 'none': without end.",
            static (o, e) => o with { Hsm = o.Hsm with { Grace = e.Value is "none" ? null : OptionValue.Time(e.Value, OneSecond, TimeSpan.FromDays(30)) } }),
        Row("hsm", "check-interval", "5s", "How often the token is asked whether it is there; 100ms to 1h.",
            static (o, e) => o with { Hsm = o.Hsm with { CheckInterval = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), OneHour) } }),
    ];

    private static IEnumerable<OptionRow> AuditRows() =>
    [
        Row("audit", "segment-size", "32MiB",
            "Size of a file of the trail. Twice as much is set aside in advance; when that is gone nothing is released or changed. 1MiB to 1GiB.",
            static (o, e) => o with { Audit = o.Audit with { SegmentSizeInBytes = OptionValue.Size(e.Value, 1024 * 1024, 1024L * 1024 * 1024) } }),
        Row("audit", "wait-limit", "5s", "How long an answer waits for its record to be on disk before it is refused; 100ms to 1m.",
            static (o, e) => o with { Audit = o.Audit with { WaitLimit = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1)) } }),
        Row("audit", "fail-closed", "release, change",
            "What is refused while nothing can be recorded: of release (a key or a plaintext leaves), change, use and read. The others are answered, and recorded when they can be. Read again at SIGHUP.",
            static (o, e) => o with { Audit = o.Audit with { FailClosed = OptionValue.Classes(e.Value) } }),
        Row("audit", "answer-early", "use, read",
            "What is answered as soon as its record is in memory that outlives this process (/dev/shm), 50 ms and a flush before it is on disk: of use and read; or none: every answer waits for the disk. A power failure may lose these records, which the next start says. What is in fail-closed waits for the disk all the same. Read again at SIGHUP.",
            static (o, e) => o with { Audit = o.Audit with { AnswerEarly = OptionValue.ClassesAnsweredEarly(e.Value) } }),
        Row("audit", "checkpoint-interval", "1s", "How long after a new record the head of the trail is signed; 100ms to 1h.",
            static (o, e) => o with { Audit = o.Audit with { CheckpointInterval = OptionValue.Time(e.Value, TimeSpan.FromMilliseconds(100), OneHour) } }),
        Row("audit", "history-interval", "1m", "How often, at most, a signed head is also kept for good; 1s to 1d.",
            static (o, e) => o with { Audit = o.Audit with { HistoryInterval = OptionValue.Time(e.Value, OneSecond, TimeSpan.FromDays(1)) } }),
    ];

    private static IEnumerable<OptionRow> AuditContextRows() =>
    [
        Row("audit-context", "*", "payments/cards = table, tenant",
            "Names of context pairs whose values are recorded too, for a key group and those below it. None by default: values may be about people. Read again at SIGHUP.",
            static (o, e) => GroupName.TryParse(e.Key, out var group)
                ? o with { AuditContext = o.AuditContext.SetItem(group, OptionValue.ContextNames(e.Value)) }
                : throw new FormatException("is not the name of a key group: lower-case letters, digits, '-', '_', '.', separated by '/'")),
    ];

    private static IEnumerable<OptionRow> MaskRows() =>
    [
        Row("masks", "*", "card-number = last-four",
            "What is shown of the values of a data class to those who may see the mask alone: everything (nothing is shown), last-four, domain or initials. A class that is not named here is not shown masked. Read again at SIGHUP.",
            static (o, e) => !IsPlainName(e.Key)
                ? throw new FormatException("is a data class: lower-case letters, digits and '-'")
                : Mask.Rules.TryGetValue(e.Value, out var rule)
                    ? o with { Masks = o.Masks.SetItem(e.Key, rule) }
                    : throw new FormatException($"is one of {string.Join(", ", Mask.Rules.Keys.Order(StringComparer.Ordinal))}")),
    ];

    private static IEnumerable<OptionRow> CheckpointRows() =>
    [
        Row("checkpoints", "*", "offsite = https://witness.example/keyreeve token-file=/etc/keyreeve/witness-token",
            "Where signed heads of the trail are exported to, so that a trail put back to an older copy is found out: addresses as under [sinks], without format.",
            static (o, e) => IsPlainName(e.Key)
                ? o with { Checkpoints = o.Checkpoints.SetItem(e.Key, SinkOptions.Parse(e.Value, hasFormat: false)) }
                : throw new FormatException("is a target's name: lower-case letters, digits and '-'")),
    ];

    private static IEnumerable<OptionRow> SinkRows() =>
    [
        Row("sinks", "*", "siem = tls://siem.example:6514 format=cef ca=/etc/keyreeve/siem-ca.pem",
            "Where audit records are passed on to, one line each: udp://, tcp://, tls://, unix:/path, file:/path or https://; see docs/audit.md.",
            static (o, e) => IsPlainName(e.Key)
                ? o with { Sinks = o.Sinks.SetItem(e.Key, SinkOptions.Parse(e.Value)) }
                : throw new FormatException("is a sink's name: lower-case letters, digits and '-'")),
    ];

    private static IEnumerable<OptionRow> TokenIssuerRows() =>
    [
        Row("token-issuers", "*", "login = https://login.example audience=keyreeve keys=/etc/keyreeve/login-keys.json algorithms=ES256,RS256",
            "Whose OpenID Connect tokens are accepted as 'Authorization: Bearer', one line each: the issuer, whom its tokens are for, a file with its public keys (JWK Set); see docs/access.md.",
            static (o, e) => IsPlainName(e.Key)
                ? o with { TokenIssuers = o.TokenIssuers.SetItem(e.Key, TokenIssuerOptions.Parse(e.Value)) }
                : throw new FormatException("is an issuer's name: lower-case letters, digits and '-'")),
    ];

    private static IEnumerable<OptionRow> GroupRows() =>
    [
        Row("groups", "*", "legacy/tapes = insecure-interop",
            "The mode of a key group and of those below it: strict, approved (algorithms that NIST approves alone), or insecure-interop: weak algorithms too, for old products.",
            static (o, e) => GroupName.TryParse(e.Key, out var group)
                ? o with { Groups = o.Groups.SetItem(group, OptionValue.Mode(e.Value)) }
                : throw new FormatException("is not the name of a key group: lower-case letters, digits, '-', '_', '.', separated by '/'")),
        Row("protection", "*", "payments/roots = hsm",
            "Where the keys of a key group are, and of those below it: software (default), or hsm: made in the token of section [hsm], which they never leave.",
            static (o, e) => GroupName.TryParse(e.Key, out var group)
                ? o with { Protection = o.Protection.SetItem(group, OptionValue.Protection(e.Value)) }
                : throw new FormatException("is not the name of a key group: lower-case letters, digits, '-', '_', '.', separated by '/'")),
    ];

    private static IEnumerable<OptionRow> AttestationRows() =>
    [
        Row("attestation", "*", "payments = Get, Export, Decrypt",
            "Operations of a key group, and of those below it that state none, that are for attested machines alone: names as in roles, or 'all'; see docs/kmip-credentials.md.",
            static (o, e) => GroupName.TryParse(e.Key, out var group)
                ? o with { Attestation = o.Attestation.SetItem(group, OptionValue.Operations(e.Value)) }
                : throw new FormatException("is not the name of a key group: lower-case letters, digits, '-', '_', '.', separated by '/'")),
        Row("attesters", "*", "library-1 = principal=library key=/etc/keyreeve/library-ak.pem pcrs=sha256:0:3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969",
            "Machines whose TPM attests for a principal, one line each: the principal, its public attestation key (PEM), the values of registers. Several lines for one principal are alternatives.",
            static (o, e) => IsPlainName(e.Key)
                ? o with { Kmip = o.Kmip with { Attesters = o.Kmip.Attesters.SetItem(e.Key, AttesterOptions.Parse(e.Value)) } }
                : throw new FormatException("is a machine's name: lower-case letters, digits and '-'")),
    ];

    internal static bool IsPlainName(string name) => name.Length <= 64 && name.All(static c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static OptionRow Row(
        string section, string key, string standard, string explanation, Func<KeyreeveOptions, OptionEntry, KeyreeveOptions> apply) =>
        new(section, key, standard, explanation, apply);
}

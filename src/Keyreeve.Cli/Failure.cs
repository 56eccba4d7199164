using System.Globalization;
using System.Text.Json;
using Keyreeve.Client;
using Keyreeve.Cli.Terminal;
using Keyreeve.Core;
using Keyreeve.Crypto.Files;
using Keyreeve.Server.Configuration;

namespace Keyreeve.Cli;

/// <summary>What went wrong, as one message with the next step and an exit code; never a stack trace.</summary>
internal sealed record Failure(int ExitCode, string Message)
{
    /// <summary>The refusal's name, when the server or the SDK gave one.</summary>
    public string? Error { get; init; }

    /// <summary>What to do next.</summary>
    public string? Next { get; init; }

    /// <summary>Finds the request in the server's log and audit trail.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>Puts what went wrong into words.</summary>
    /// <param name="exception">What went wrong.</param>
    /// <param name="listing">The command that shows what there is of the kind that was asked for; null if there is none of one kind.</param>
    public static Failure Of(Exception exception, string? listing = null) => exception switch
    {
        CliException e => new Failure(e.ExitCode, e.Message) { Next = e.Next },
        KeyreeveClientException e => OfClient(e, listing),
        ClientConfigurationException e => new Failure(Cli.ExitCode.Configuration, e.Message),
        ConfigurationException e => new Failure(Cli.ExitCode.Configuration, e.Message),
        PrivateFileException e => new Failure(Cli.ExitCode.Configuration, e.Message),
        KeyreeveException e => new Failure(Cli.ExitCode.OfLocalError(e.Error.ToString()), e.Message) { Error = e.Error.ToString() },
        OperationCanceledException => new Failure(Cli.ExitCode.Interrupted, "Interrupted."),
        FileNotFoundException { FileName: { } name } when name.Contains('\uFFFD', StringComparison.Ordinal) =>
            // .NET knows names as UTF-16, so one that is not UTF-8 cannot be opened by it.
            new Failure(Cli.ExitCode.File, $"The name '{name}' is not UTF-8, and such a file cannot be opened.")
            {
                Next = "Rename it, or have the shell open it: keyreeve encrypt - < FILE > FILE.kre",
            },
        FileNotFoundException e => new Failure(Cli.ExitCode.File, e.FileName is { } name ? $"There is no file '{name}'." : e.Message),
        IOException or UnauthorizedAccessException => new Failure(Cli.ExitCode.File, exception.Message) { Next = NextForFile(exception) },
        _ => new Failure(Cli.ExitCode.Bug, $"This should not happen ({exception.GetType().Name}: {exception.Message})")
        {
            Next = "Please report it, with what you did; see SECURITY.md if it may be a weakness.",
        },
    };

    public void Write(TextWriter writer, OutputFormat format)
    {
        if (format == OutputFormat.Json)
        {
            writer.WriteLine(JsonSerializer.Serialize(this, OutputWriter.JsonOptions));
            return;
        }

        writer.WriteLine($"keyreeve: {Message}{(Error is null ? "" : $" ({Error})")}");
        if (Next is not null)
            writer.WriteLine($"  Next: {Next}");
        if (CorrelationId is not null)
            writer.WriteLine($"  The server's log and audit trail have it under {CorrelationId}.");
    }

    private static Failure OfClient(KeyreeveClientException e, string? listing) => new(Cli.ExitCode.OfError(e.Error), e.Message)
    {
        Error = e.Error,
        CorrelationId = e.CorrelationId,
        Next = e.Error switch
        {
            ClientError.ServerUnreachable => "Is the server running, and is 'servers' in the configuration right? keyreeve status tells when it is back.",
            ClientError.ServerNotTrusted => "Ask who runs the server for the fingerprint of its authority; do not go on without it.",
            ClientError.ConnectionLost => "Is that the address of its HTTPS door (port 8443, if nothing else is configured)? keyreeve status tells whether the server is there and accepts your certificate; if it does, the server's log says why it broke off.",
            ClientError.TimedOut => "Try again; 'request-time-limit' in the configuration gives it longer.",
            ClientError.AuthenticationFailed => "Ask a security officer for a one-time code (keyreeve enrolment-code create), then: keyreeve enroll",
            ClientError.PermissionDenied => "keyreeve status shows what you may do; a security officer can grant more.",
            ClientError.ApprovalRequired => $"keyreeve approval show {e.Reference} tells what it waits for.",
            ClientError.ItemNotFound when listing is not null => $"{listing} shows what there is for you to see.",
            ClientError.ItemNotFound => "keyreeve key list shows the keys that you may see, keyreeve principal list the principals.",
            ClientError.CryptographicFailure => "Give the same --context as at encryption; keyreeve inspect shows which key an envelope is under.",
            "NonUniqueName" => "Choose another name, or see what stands under this one: keyreeve key show",
            "KeyDisabled" => "keyreeve key show tells whether it is disabled (keyreeve key enable) or to be destroyed (keyreeve key cancel-destruction).",
            "AuditUnavailable" => "Has the server's disk space left? Nothing is released before it can be recorded.",
            ClientError.TooManyRequests => string.Create(CultureInfo.InvariantCulture, $"Try again in {e.RetryAfter?.TotalSeconds ?? 60:0} s; a security officer can change what is in 'limits' of the policy."),
            _ => null,
        },
    };

    private static string? NextForFile(Exception e) => e.Message switch
    {
        var message when message.EndsWith("exists already.", StringComparison.Ordinal) => "Choose another name with --to, or replace it with --force.",
        var message when message.StartsWith("No space left", StringComparison.Ordinal) || message.Contains("disk was full", StringComparison.Ordinal) => "Make room where it goes, or choose another place with --to; what was there is as it was.",
        _ => null,
    };
}

using System.CommandLine;
using Keyreeve.Cli.Terminal;
using Keyreeve.Client;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve policy explain</c></summary>
internal static class PolicyExplainCommand
{
    public static Command Create()
    {
        var principal = new Option<string>("--principal") { Description = "Who would ask", HelpName = "NAME", Required = true };
        var operation = new Option<string>("--operation") { Description = "What would be asked, such as Encrypt", HelpName = "OPERATION", Required = true };
        var key = new Option<string?>("--key") { Description = "About which key", HelpName = "KEY" };
        var group = new Option<string?>("--group", "-g") { Description = "In which key group, where no key is named", HelpName = "GROUP" };
        var context = Arguments.Context();
        context.Description = "The context that would be given; may be repeated";
        var address = new Option<string?>("--address") { Description = "From which address (default: yours)", HelpName = "ADDRESS" };
        var protocol = new Option<string?>("--protocol") { Description = "Kmip or Rest (default)", HelpName = "PROTOCOL" };
        protocol.AcceptOnlyFromAmong("Kmip", "Rest");
        var time = new Option<string?>("--at") { Description = "When, such as 2026-05-01T20:00Z (default: now)", HelpName = "TIME" };
        var command = new CliCommand("explain", "Say why a principal may do something, or why not")
        {
            Remarks = "The answer is policy's alone: limits, and the key's state and usage mask, are asked besides. The purpose is that of --purpose.",
            Examples =
            [
                "keyreeve policy explain --principal shop --operation Decrypt --key cards",
                "keyreeve policy explain --principal shop --operation Encrypt --key cards --context tenant=acme --purpose billing --at 2026-05-01T20:00Z",
            ],
        };
        foreach (var option in new Option[] { principal, operation, key, group, context, address, protocol, time }) command.Add(option);
        command.SetAction(ClientSession.With(async (session, parsed, cancellationToken) =>
        {
            var explanation = await session.Client.Policy.ExplainAsync(
                new PolicyQuestion
                {
                    Principal = parsed.GetRequiredValue(principal),
                    Operation = parsed.GetRequiredValue(operation),
                    Key = parsed.GetValue(key),
                    Group = parsed.GetValue(group),
                    Context = parsed.GetValue(context) is { Length: > 0 } pairs ? Arguments.ContextOf(pairs) : null,
                    Purpose = parsed.GetValue(GlobalOptions.Purpose),
                    SourceAddress = parsed.GetValue(address),
                    Protocol = parsed.GetValue(protocol),
                    Time = Arguments.MomentOf(parsed.GetValue(time), time.Name),
                },
                cancellationToken);
            Write(session.Output, explanation);
        }));
        return command;
    }

    private static void Write(OutputWriter output, ClientExplanation explanation)
    {
        if (output.IsJson)
        {
            output.WriteJson(explanation);
            return;
        }

        output.WriteRemark(explanation.Reason + "\n");
        output.WriteRows(
            explanation.Considered,
            "The principal has no binding at all.",
            new Column<ClientConsideredBinding>("binding", static c => c.Rule),
            new Column<ClientConsideredBinding>("effect", static c => c.Effect),
            new Column<ClientConsideredBinding>("here it", static c => c.Outcome));
    }
}

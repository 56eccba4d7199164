using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>--allow</c>: what a new principal may do, in the words that enrolment codes and added principals share.</summary>
internal static class RightsOption
{
    public static Option<string[]> Create()
    {
        var allow = new Option<string[]>("--allow")
        {
            Description = "A right: use, manage, export, audit, officer, operate, view, or a part of use: encrypt, decrypt, generate, sign, verify; masked, to see the masks of values and nothing more; grant, to hand rights on keys to others; may be repeated. None implies another",
            HelpName = "RIGHT",
            Required = true,
        };
        allow.AcceptOnlyFromAmong("use", "manage", "export", "audit", "officer", "operate", "view", "encrypt", "decrypt", "generate", "sign", "verify", "grant", "masked");
        return allow;
    }
}

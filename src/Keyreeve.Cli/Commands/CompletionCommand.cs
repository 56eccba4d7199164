using System.CommandLine;

namespace Keyreeve.Cli.Commands;

/// <summary><c>keyreeve completion</c>: scripts that ask this executable what can follow.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # keyreeve completion bash
        _keyreeve() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(keyreeve "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _keyreeve keyreeve
        """;

    private const string Zsh = """
        #compdef keyreeve
        # keyreeve completion zsh
        _keyreeve() {
            local -a words_found
            words_found=("${(@f)$(keyreeve "[suggest:${#BUFFER}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_found
            _files
        }
        # Found in a folder of $fpath, this file runs at the first completion, in place of the function: that is to be answered too.
        if [ "$funcstack[1]" = "_keyreeve" ]; then _keyreeve "$@"; else compdef _keyreeve keyreeve; fi
        """;

    private const string Fish = """
        # keyreeve completion fish
        complete -c keyreeve -a '(set -l line (commandline -cp); keyreeve "[suggest:"(string length -- $line)"]" $line 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new CliCommand("completion", "Print a script that completes commands and options in your shell")
        {
            Examples =
            [
                "keyreeve completion bash > ~/.local/share/bash-completion/completions/keyreeve",
                "keyreeve completion zsh > ~/.zfunc/_keyreeve          # a folder of $fpath",
                "keyreeve completion fish > ~/.config/fish/completions/keyreeve.fish",
            ],
        };
        command.Add(shell);
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(parsed.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            });
            return ExitCode.Success;
        });
        return command;
    }
}

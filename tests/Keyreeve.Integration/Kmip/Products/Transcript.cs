namespace Keyreeve.Integration.Kmip.Products;

/// <summary>
/// A conversation of a product with its key manager, as a text that people read and that is played byte for byte.
/// </summary>
/// <remarks>
/// <code>
/// mode strict                      what the product's key group needs: strict or interop
/// rights manage export             what the product's principal may do in its key group
/// over tls                         tls, or https (POST /kmip)
/// > 1.0                            a request in KMIP 1.0; below it the header's fields, then the items
///   MaximumResponseSize 1024
///   * Locate 01                    an item; 01 is its Unique Batch Item ID, if it has one
///     MaximumItems 1
///     @ Object Type = SymmetricKey an Attribute of KMIP 1.x, by its name; a structure's fields stand below
/// &lt;                                what has to come: the same items with these fields, in this order, and no others
///   * Locate 01 Success            or the Result Reason
///     UniqueIdentifier $key        bound where it comes first, compared and sent afterwards
///     ...                          whatever else
/// reconnect                        a new connection
/// as officer                       from here on it is a security officer who speaks; as product
/// </code>
/// A value is "text", #bytes (#AB*32 repeats), a number, (Type) number, true, false, now, names of the standard, $bound, or, where
/// it is expected, * for any.
/// </remarks>
internal sealed record Transcript(string Mode, IReadOnlyList<string> Rights, bool IsOverHttps, IReadOnlyList<TranscriptStep> Steps)
{
    public static Transcript Parse(string text)
    {
        var lines = text.Split('\n').Select((line, index) => new TranscriptLine(index + 1, line.TrimEnd())).Where(line => line.Text.Length > 0 && line.Text[0] != '#').ToList();
        string? mode = null, rights = null, over = null;
        var steps = new List<TranscriptStep>();
        for (var at = 0; at < lines.Count;)
        {
            var (head, rest) = lines[at].Split();
            var body = lines.Skip(at + 1).TakeWhile(line => line.Indent > 0).ToList();
            at += 1 + body.Count;
            switch (head)
            {
                case "mode":
                    mode = rest;
                    break;
                case "rights":
                    rights = rest;
                    break;
                case "over":
                    over = rest;
                    break;
                case "reconnect":
                    steps.Add(new TranscriptStep(TranscriptStepKind.Reconnect, "", []));
                    break;
                case "as":
                    steps.Add(new TranscriptStep(TranscriptStepKind.Speaker, rest, []));
                    break;
                default:
                    steps.Add(new TranscriptStep(head is ">" ? TranscriptStepKind.Request : TranscriptStepKind.Response, rest, TranscriptNode.Nest(body)));
                    break;
            }
        }

        return new Transcript(
            mode is "strict" or "interop" ? mode : throw new FormatException("'mode' is strict or interop."),
            rights?.Split(' ') ?? throw new FormatException("'rights' are missing."),
            over switch { "tls" => false, "https" => true, _ => throw new FormatException("'over' is tls or https.") },
            steps);
    }
}

internal enum TranscriptStepKind
{
    None = 0,
    Request,
    Response,
    Reconnect,
    Speaker,
}

/// <param name="Kind">What it is.</param>
/// <param name="Head">Of a request its version, of a change of speakers who speaks.</param>
/// <param name="Nodes">What stands below.</param>
internal sealed record TranscriptStep(TranscriptStepKind Kind, string Head, IReadOnlyList<TranscriptNode> Nodes);

/// <summary>A line with what is indented below it.</summary>
internal sealed record TranscriptNode(TranscriptLine Line, IReadOnlyList<TranscriptNode> Children)
{
    public static IReadOnlyList<TranscriptNode> Nest(IReadOnlyList<TranscriptLine> lines)
    {
        var nodes = new List<TranscriptNode>();
        for (var at = 0; at < lines.Count;)
        {
            var below = lines.Skip(at + 1).TakeWhile(line => line.Indent > lines[at].Indent).ToList();
            nodes.Add(new TranscriptNode(lines[at], Nest(below)));
            at += 1 + below.Count;
        }

        return nodes;
    }
}

internal sealed record TranscriptLine(int Number, string Text)
{
    public int Indent => Text.Length - Text.TrimStart().Length;

    /// <summary>The first word and the rest.</summary>
    public (string Head, string Others) Split()
    {
        var words = Text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        return (words[0], words.Length == 2 ? words[1] : "");
    }
}

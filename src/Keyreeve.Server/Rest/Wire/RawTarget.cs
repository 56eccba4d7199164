namespace Keyreeve.Server.Rest.Wire;

/// <summary>
/// The request target as it came over the wire, checked before anything decodes or normalises it: what is authorised
/// later is what was sent. Nothing in this API's paths needs percent-encoding, so none is allowed there; a dot segment, a
/// NUL, a control character or a look-alike has no way in.
/// </summary>
internal static class RawTarget
{
    public const int MaxLength = 4096;

    /// <summary>What is wrong with a target, or null.</summary>
    // spec: RFC 9110 §4.2.4, RFC 9112 §3.2.1: origin-form is the only form an origin server of ours answers.
    public static string? FindFault(string target)
    {
        if (target.Length is 0 or > MaxLength) return "The request target is empty or too long.";
        if (target[0] != '/') return "The request target is a path that begins with '/'.";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target.AsSpan() : target.AsSpan(0, query);
        return FindFaultInPath(path) ?? (query < 0 ? null : FindFaultInQuery(target.AsSpan(query + 1)));
    }

    private static string? FindFaultInPath(ReadOnlySpan<char> path)
    {
        foreach (var c in path)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('/' or '-' or '.' or '_' or '~'))
                return "A path has only letters, digits, '-', '.', '_', '~' and '/'; nothing in it is percent-encoded.";
        foreach (var segment in path[1..].Split('/'))
            if (path[1..][segment] is "" or "." or "..") return "A path has no empty segments and no '.' or '..'.";
        return null;
    }

    private static string? FindFaultInQuery(ReadOnlySpan<char> query)
    {
        for (var i = 0; i < query.Length; i++)
        {
            var c = query[i];
            if (c == '%')
            {
                if (i + 2 >= query.Length || !char.IsAsciiHexDigit(query[i + 1]) || !char.IsAsciiHexDigit(query[i + 2]))
                    return "A '%' in the query is not followed by two hexadecimal digits.";
                c = (char)byte.Parse(query.Slice(i + 1, 2), System.Globalization.NumberStyles.AllowHexSpecifier, null);
                i += 2;
            }

            if (c is < '!' or > '~') return "The query has a character that is not printable ASCII.";
        }

        return null;
    }
}

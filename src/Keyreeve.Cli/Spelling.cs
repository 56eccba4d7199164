namespace Keyreeve.Cli;

/// <summary>What somebody may have meant.</summary>
internal static class Spelling
{
    /// <summary>Says that there is no such command or option, and which is nearly called so.</summary>
    public static string NoSuch(string kind, string typed, IEnumerable<string> known)
    {
        var nearest = known.MinBy(name => Distance(typed, name));
        return nearest is not null && Distance(typed, nearest) <= Math.Max(1, nearest.Length / 3)
            ? $"There is no {kind} '{typed}'. Did you mean '{nearest}'?"
            : $"There is no {kind} '{typed}'.";
    }

    /// <summary>How many letters have to be put in, taken out or changed.</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[to.Length];
    }
}

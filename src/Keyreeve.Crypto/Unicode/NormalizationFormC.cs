using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Keyreeve.Crypto;

/// <summary>
/// Tells whether text is in Unicode Normalization Form C, so that two names that look the same are the same bytes.
/// </summary>
/// <remarks>
/// The framework's own check answers "yes" to everything where it runs without ICU, as it does here. Thread safe.
/// </remarks>
public static class NormalizationFormC
{
    // spec: Unicode 14.0 §3.12 "Conjoining Jamo Behavior", whose constants these are.
    private const int SyllableBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int LeadCount = 19;
    private const int VowelCount = 21;
    private const int TrailCount = 28;
    private const int SyllableCount = LeadCount * VowelCount * TrailCount;

    /// <summary>Below this every character is a starter that composes with nothing before it.</summary>
    private const char FirstInteresting = '\u0300';

    private static readonly FrozenDictionary<int, (int First, int Second)> Decompositions = Composites()
        .ToFrozenDictionary(static c => c.Composite, static c => (c.First, c.Second));

    private static readonly FrozenDictionary<(int First, int Second), int> Compositions = Composites()
        .ToFrozenDictionary(static c => (c.First, c.Second), static c => c.Composite);

    private static readonly FrozenSet<int> SecondsOfComposites = Composites().Select(static c => c.Second).ToFrozenSet();

    /// <summary>Whether <paramref name="text"/> is well-formed UTF-16 and in Normalization Form C.</summary>
    public static bool IsNormalized(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyInRange(FirstInteresting, char.MaxValue))
            return true;

        // spec: UAX #15 §9 "Detecting Normalization Forms"
        var maybe = false;
        var lastClass = 0;
        for (var rest = text; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out var rune, out var consumed) != OperationStatus.Done)
                return false;
            rest = rest[consumed..];
            var combiningClass = CombiningClass(rune.Value);
            if (IsInRanges(NormalizationTables.NeverInNfc, rune.Value) || (combiningClass != 0 && lastClass > combiningClass))
                return false;
            maybe |= MayComposeBackwards(rune.Value);
            lastClass = combiningClass;
        }

        return !maybe || IsOwnNormalization(text);
    }

    private static bool IsOwnNormalization(ReadOnlySpan<char> text)
    {
        var original = new List<int>(text.Length);
        var decomposed = new List<int>(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            original.Add(rune.Value);
            Decompose(rune.Value, decomposed);
        }

        Reorder(decomposed);
        return Compose(decomposed).SequenceEqual(original);
    }

    private static void Decompose(int point, List<int> output)
    {
        if (point is >= SyllableBase and < SyllableBase + SyllableCount)
        {
            var syllable = point - SyllableBase;
            output.Add(LeadBase + syllable / (VowelCount * TrailCount));
            output.Add(VowelBase + syllable / TrailCount % VowelCount);
            if (syllable % TrailCount != 0)
                output.Add(TrailBase + syllable % TrailCount);
        }
        else if (Decompositions.TryGetValue(point, out var pair))
        {
            Decompose(pair.First, output);
            output.Add(pair.Second);
        }
        else
        {
            output.Add(point);
        }
    }

    /// <summary>Sorts each run of combining marks by class, keeping the order of equals.</summary>
    private static void Reorder(List<int> points)
    {
        for (var i = 1; i < points.Count; i++)
        {
            var point = points[i];
            var combiningClass = CombiningClass(point);
            var at = i;
            while (combiningClass != 0 && at > 0 && CombiningClass(points[at - 1]) > combiningClass)
            {
                points[at] = points[at - 1];
                at--;
            }

            points[at] = point;
        }
    }

    private static List<int> Compose(List<int> points)
    {
        var composed = new List<int>(points.Count);
        var starter = -1;
        var lastClass = 0;
        foreach (var point in points)
        {
            var combiningClass = CombiningClass(point);

            // spec: UAX #15 D115 "blocked": another starter, or a mark of the same or a higher class, stands between.
            var isBlocked = starter < composed.Count - 1 && lastClass >= combiningClass;
            if (starter >= 0 && !isBlocked && TryCompose(composed[starter], point, out var composite))
            {
                composed[starter] = composite;
                continue;
            }

            if (combiningClass == 0)
                starter = composed.Count;
            composed.Add(point);
            lastClass = combiningClass;
        }

        return composed;
    }

    private static bool TryCompose(int first, int second, out int composite)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
        {
            composite = SyllableBase + ((first - LeadBase) * VowelCount + second - VowelBase) * TrailCount;
            return true;
        }

        if (first is >= SyllableBase and < SyllableBase + SyllableCount && (first - SyllableBase) % TrailCount == 0
            && second is > TrailBase and < TrailBase + TrailCount)
        {
            composite = first + second - TrailBase;
            return true;
        }

        return Compositions.TryGetValue((first, second), out composite);
    }

    private static bool MayComposeBackwards(int point) =>
        point is >= VowelBase and < VowelBase + VowelCount or > TrailBase and < TrailBase + TrailCount
        || SecondsOfComposites.Contains(point);

    private static bool IsInRanges(ReadOnlySpan<int> ranges, int point)
    {
        var low = 0;
        for (var high = ranges.Length / 2 - 1; low <= high;)
        {
            var middle = (low + high) / 2;
            if (point < ranges[2 * middle])
                high = middle - 1;
            else if (point > ranges[2 * middle + 1])
                low = middle + 1;
            else
                return true;
        }

        return false;
    }

    private static int CombiningClass(int point)
    {
        var ranges = NormalizationTables.CombiningClasses;
        var low = 0;
        for (var high = ranges.Length / 3 - 1; low <= high;)
        {
            var middle = (low + high) / 2;
            if (point < ranges[3 * middle])
                high = middle - 1;
            else if (point > ranges[3 * middle + 1])
                low = middle + 1;
            else
                return ranges[3 * middle + 2];
        }

        return 0;
    }

    private static IEnumerable<(int Composite, int First, int Second)> Composites()
    {
        for (var i = 0; i < NormalizationTables.Composites.Length; i += 3)
            yield return (NormalizationTables.Composites[i], NormalizationTables.Composites[i + 1], NormalizationTables.Composites[i + 2]);
    }
}

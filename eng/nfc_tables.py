#!/usr/bin/python3
"""Writes src/Keyreeve.Crypto/Unicode/NormalizationTables.cs from the Unicode data of this Python."""
import sys
import unicodedata

POINTS = [p for p in range(0x110000) if not 0xD800 <= p < 0xE000]
HANGUL = range(0xAC00, 0xAC00 + 11172)


def ranges(values):
    """Joins (point, value) pairs of neighbouring points into (first, last, value)."""
    joined = []
    for point, value in values:
        if joined and joined[-1][1] == point - 1 and joined[-1][2] == value:
            joined[-1][1] = point
        else:
            joined.append([point, point, value])
    return joined


def composites():
    for point in POINTS:
        decomposition = unicodedata.decomposition(chr(point))
        if not decomposition or decomposition.startswith("<") or point in HANGUL:
            continue
        if unicodedata.normalize("NFC", chr(point)) == chr(point):
            yield [point] + [int(part, 16) for part in decomposition.split()]


def table(name, doc, rows):
    numbers = [f"0x{number:04X}" for row in rows for number in row]
    lines = [", ".join(numbers[i:i + 15]) + "," for i in range(0, len(numbers), 15)]
    return (f"    /// <summary>{doc}</summary>\n    public static readonly int[] {name} =\n    [\n"
            + "".join(f"        {line}\n" for line in lines) + "    ];\n")


never = ranges((p, 0) for p in POINTS if p not in HANGUL and unicodedata.normalize("NFC", chr(p)) != chr(p))
classes = ranges((p, unicodedata.combining(chr(p))) for p in POINTS if unicodedata.combining(chr(p)))
sys.stdout.write(f"""namespace Keyreeve.Crypto;

/// <summary>Unicode {unicodedata.unidata_version} normalization data, written by eng/nfc_tables.py. Not edited by hand.</summary>
internal static class NormalizationTables
{{
{table("NeverInNfc", "Ranges (first, last) of characters that never occur in NFC.", [r[:2] for r in never])}
{table("CombiningClasses", "Ranges (first, last, canonical combining class) of characters whose class is not zero.", classes)}
{table("Composites", "Primary composites (composite, first, second), Hangul syllables aside.", composites())}}}
""")

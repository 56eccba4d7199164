using System.Globalization;

namespace Keyreeve.Fuzz.Kmip;

/// <summary>What a run found.</summary>
internal sealed record FuzzReport
{
    /// <summary>How many messages were tried, in all encodings.</summary>
    public long Messages { get; set; }

    /// <summary>How many of them came as XML, how many as JSON; the others as TTLV.</summary>
    public long Xml { get; set; }

    public long Json { get; set; }

    /// <summary>How many of them were messages.</summary>
    public long Valid { get; set; }

    /// <summary>How many payloads were decoded into their types and written again.</summary>
    public long TypedPayloads { get; set; }

    /// <summary>The most that a message made the codec allocate, and how long that message was.</summary>
    public (long Allocated, int Length) Greediest { get; set; }

    /// <summary>What broke the law: one message for each defect, told apart by where it came from.</summary>
    public Dictionary<string, FuzzFailure> Failures { get; } = new(StringComparer.Ordinal);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Messages:N0} messages ({Messages - Xml - Json:N0} TTLV, {Xml:N0} XML, {Json:N0} JSON), {Valid:N0} of them valid with {TypedPayloads:N0} typed payloads, "
        + $"at most {Greediest.Allocated:N0} bytes allocated (of {Greediest.Length:N0}), {Failures.Count} failures");
}

/// <summary>A message that broke the law.</summary>
internal sealed record FuzzFailure(byte[] Message, string Problem)
{
    /// <summary>After so many defects a run gives up.</summary>
    public const int Most = 30;

    /// <summary>Where the problem came from: the first frame that is ours, or what it says before any value.</summary>
    public string Origin => Problem.Split('\n').FirstOrDefault(line => line.TrimStart().StartsWith("at Keyreeve", StringComparison.Ordinal)) ?? Problem.Split(':')[0];

    public override string ToString() => $"{Problem}\n{Convert.ToHexString(Message)}";
}

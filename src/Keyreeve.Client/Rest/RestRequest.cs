namespace Keyreeve.Client.Rest;

/// <summary>One request, before it is known which server gets it.</summary>
internal readonly record struct RestRequest(HttpMethod Method, string Path)
{
    /// <summary>The JSON body; empty for none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Under this the server carries out the request at most once; null for none.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whether it changes nothing on the server but its audit trail and counters, as encrypting and decrypting do.</summary>
    public bool ChangesNothing { get; init; }

    /// <summary>Whether sending it twice does no harm, so that a lost connection is answered by a second attempt.</summary>
    public bool IsRepeatable => IdempotencyKey is not null || ChangesNothing || Method == HttpMethod.Get;
}

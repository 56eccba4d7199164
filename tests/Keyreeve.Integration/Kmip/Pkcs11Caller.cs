using System.Buffers.Binary;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Client;
using Keyreeve.Kmip.Payloads;

namespace Keyreeve.Integration.Kmip;

/// <summary>A client of PKCS#11 over KMIP that encodes by itself.</summary>
internal sealed class Pkcs11Caller(KmipClient client)
{
    private byte[]? _library;

    /// <summary>The session that was opened.</summary>
    public ulong Session { get; private set; }

    /// <summary>Begins a library and opens a session in it.</summary>
    public static async Task<Pkcs11Caller> OpenAsync(KmipClient client)
    {
        var caller = new Pkcs11Caller(client);
        await caller.RequireAsync(1, [1]);
        caller.Session = ReadNumber(await caller.RequireAsync(13, Numbers(1, 4)));
        return caller;
    }

    /// <summary>The same calls, by another client.</summary>
    public Pkcs11Caller By(KmipClient other) => new(other) { _library = _library, Session = Session };

    /// <summary>Calls a function.</summary>
    public async Task<(uint Code, byte[] Output)> CallAsync(uint function, params byte[] input)
    {
        using var answer = await client.PKCS11Async(new PKCS11Request
        {
            Function = KmipValue.Enumeration(function),
            CorrelationValue = _library is null ? default(ReadOnlyMemory<byte>?) : _library,
            InputParameters = input.Length == 0 ? default(ReadOnlyMemory<byte>?) : input,
        });
        if (function == 1 && answer.Payload.CorrelationValue is { } named) _library = named.ToArray();
        return (answer.Payload.ReturnCode, answer.Payload.OutputParameters?.ToArray() ?? []);
    }

    /// <summary>Calls a function that succeeds.</summary>
    public async Task<byte[]> RequireAsync(uint function, params byte[] input)
    {
        var (code, output) = await CallAsync(function, input);
        return code == 0 ? output : throw new InvalidOperationException($"Function {function} returned 0x{code:X}.");
    }

    /// <summary>The handles of all objects that a template finds.</summary>
    public async Task<ulong[]> FindAsync(params byte[] template)
    {
        await RequireAsync(27, [.. Numbers(Session), .. template]);
        var found = await RequireAsync(28, [.. Numbers(Session), .. Count(100)]);
        await RequireAsync(29, Numbers(Session));
        return [.. Enumerable.Range(0, ReadCount(found)).Select(i => ReadNumber(found.AsSpan(4 + (8 * i))))];
    }

    /// <summary>The handle of the object of that name.</summary>
    public async Task<ulong> FindAsync(string label, ulong @class) =>
        (await FindAsync([.. Count(2), .. Attribute(3, [.. Count(label.Length), .. System.Text.Encoding.UTF8.GetBytes(label)]), .. Attribute(0, Numbers(@class))])).Single();

    /// <summary>Begins with a mechanism, and does it.</summary>
    public async Task<(uint Code, byte[] Output)> UseAsync(uint init, byte[] mechanism, ulong? key, params byte[] input)
    {
        var (code, _) = await CallAsync(init, [.. Numbers(Session), .. mechanism, .. key is { } handle ? Numbers(handle) : []]);
        return code == 0 ? await CallAsync(init + 1, [.. Numbers(Session), .. input]) : (code, []);
    }

    /// <summary>The bytes of variable output.</summary>
    public static byte[] Bytes(byte[] output) => output is [1, ..] && output.Length == 5 + ReadCount(output.AsSpan(1)) ? output[5..] : throw new InvalidOperationException(Convert.ToHexString(output));

    public static byte[] Attribute(ulong type, byte[] value) => [.. Numbers(type), 1, 1, .. value];

    public static byte[] Mechanism(ulong type, params byte[] parameter) =>
        parameter.Length == 0 ? [.. Numbers(type), 0] : [.. Numbers(type), 1, .. Count(parameter.Length), .. parameter];

    /// <summary>Data, and room for what comes of it.</summary>
    public static byte[] DataAndRoom(byte[] data, int room) => [.. Counted(data), 1, .. Count(room)];

    public static byte[] Counted(byte[] data) => [.. Count(data.Length), .. data];

    public static byte[] Numbers(params ulong[] numbers)
    {
        var bytes = new byte[8 * numbers.Length];
        for (var i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8 * i), numbers[i]);
        return bytes;
    }

    public static byte[] Count(int count)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, count);
        return bytes;
    }

    public static ulong ReadNumber(ReadOnlySpan<byte> output) => BinaryPrimitives.ReadUInt64BigEndian(output);

    public static int ReadCount(ReadOnlySpan<byte> output) => BinaryPrimitives.ReadInt32BigEndian(output);
}

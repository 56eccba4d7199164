using Keyreeve.Client;
using Keyreeve.Crypto;

if (args is not (["encrypt" or "decrypt", _] or ["encrypt-file" or "decrypt-file", _, _, _]))
{
    Console.Error.WriteLine("usage: encrypt RECORD | decrypt RECORD                   a text, from standard input to standard output");
    Console.Error.WriteLine("       encrypt-file RECORD FROM TO | decrypt-file RECORD FROM TO");
    return 2;
}

try
{
    var settings = ClientSettings.Load(Path.Combine("keyreeve", "client.conf"));

    // Made once and kept as long as the program runs: both are safe for many threads.
    await using var provider = settings.OpenProvider();
    using var encryptor = new EnvelopeEncryptor(provider, settings.Encryption);

    // What a ciphertext belongs to. Bound to it, not secret, and needed again: the text of one record does not open as another's.
    var context = EncryptionContext.Of(("program", "KeyreeveConsole"), ("record", args[1]));

    switch (args[0])
    {
        case "encrypt":
            Console.WriteLine(await encryptor.EncryptTextAsync("orders", Console.In.ReadToEnd(), context));
            break;
        case "decrypt":
            Console.Write(await encryptor.DecryptTextAsync(Console.In.ReadToEnd().Trim(), context));
            break;
        case "encrypt-file":
            await encryptor.EncryptFileAsync("orders", args[2], args[3], context);
            break;
        default:
            await encryptor.DecryptFileAsync(args[2], args[3], context);
            break;
    }

    return 0;
}
catch (Exception e) when (e is KeyreeveClientException or ClientConfigurationException or IOException or UnauthorizedAccessException)
{
    // Messages say what to do, and never what was encrypted.
    Console.Error.WriteLine(e.Message);
    return 1;
}

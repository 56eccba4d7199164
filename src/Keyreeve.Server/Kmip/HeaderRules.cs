using Keyreeve.Core;
using Keyreeve.Kmip;
using Keyreeve.Kmip.Messages;

namespace Keyreeve.Server.Kmip;

/// <summary>What must hold for a whole message before any of its items is executed.</summary>
internal static class HeaderRules
{
    /// <summary>Why the message is refused; null if it is not.</summary>
    public static KeyreeveException? Check(in RequestMessage message)
    {
        if (message.Header.BatchErrorContinuationOption is { } option && !Enum.IsDefined(option)) return Unknown(nameof(BatchErrorContinuationOption), (uint)option);
        if (message.Header.AsynchronousIndicator is { } indicator && !Enum.IsDefined(indicator)) return Unknown(nameof(AsynchronousIndicator), (uint)indicator);
        foreach (var item in message.Items)
        {
            if (item.MessageExtensions.IsDefaultOrEmpty) continue;
            foreach (var extension in item.MessageExtensions)
            {
                // spec: KMIP 2.1 §9.13 "If the indicator is True (i.e., Critical), and the receiver does not understand the extension,
                // then the receiver SHALL reject the entire message."
                if (extension.CriticalityIndicator && !PurposeExtension.Is(extension))
                    return new KeyreeveException(KeyreeveError.UnknownMessageExtension, $"The critical extension of {extension.VendorIdentification} is not known.");
            }
        }

        return null;
    }

    private static KeyreeveException Unknown(string field, uint value) => new(KeyreeveError.InvalidField, $"The {field} {value} is not known.");
}

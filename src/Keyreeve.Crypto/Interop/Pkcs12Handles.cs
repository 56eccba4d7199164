using System.Runtime.InteropServices;

namespace Keyreeve.Crypto.Interop;

/// <summary>A PKCS12 container. Not thread safe.</summary>
internal sealed class Pkcs12Handle : SafeHandle
{
    public Pkcs12Handle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.Pkcs12Free(handle);
        return true;
    }
}

/// <summary>An X509 certificate. Not thread safe; null where OpenSSL takes none.</summary>
internal sealed class CertificateHandle : SafeHandle
{
    public CertificateHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Reads a certificate, DER.</summary>
    public static unsafe CertificateHandle From(ReadOnlySpan<byte> der)
    {
        fixed (byte* bytes = der)
        {
            var input = bytes;
            var certificate = LibCrypto.DecodeCertificate(0, &input, der.Length);
            if (!certificate.IsInvalid && input == bytes + der.Length) return certificate;
            certificate.Dispose();
            LibCrypto.ClearErrors();
            throw new InvalidKeyException("A certificate is no X.509 certificate in DER.");
        }
    }

    /// <summary>The certificate, DER.</summary>
    public byte[] Encode() => Encode(handle);

    internal static unsafe byte[] Encode(nint certificate)
    {
        var encoded = new byte[LibCrypto.RequirePositive(LibCrypto.EncodeCertificate(certificate, null))];
        fixed (byte* bytes = encoded)
        {
            var end = bytes;
            LibCrypto.RequirePositive(LibCrypto.EncodeCertificate(certificate, &end));
        }

        return encoded;
    }

    protected override bool ReleaseHandle()
    {
        LibCrypto.CertificateFree(handle);
        return true;
    }
}

/// <summary>A stack of X509 certificates, which it owns. Not thread safe.</summary>
internal sealed class CertificateStackHandle : SafeHandle
{
    public CertificateStackHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>A stack of certificates, DER.</summary>
    public static CertificateStackHandle Of(IEnumerable<byte[]> certificates)
    {
        var stack = LibCrypto.Require(LibCrypto.StackNew());
        try
        {
            foreach (var der in certificates)
            {
                using var certificate = CertificateHandle.From(der);
                if (LibCrypto.StackPush(stack, certificate) <= 0) throw LibCrypto.Failure();
                // The stack has one reference, the handle the other.
                LibCrypto.Require(LibCrypto.CertificateAddReference(certificate));
            }

            return stack;
        }
        catch
        {
            stack.Dispose();
            throw;
        }
    }

    /// <summary>The certificates, DER.</summary>
    public IReadOnlyList<byte[]> Encode() => IsInvalid
        ? []
        : [.. Enumerable.Range(0, LibCrypto.StackCount(handle)).Select(i => CertificateHandle.Encode(LibCrypto.StackValue(handle, i)))];

    protected override bool ReleaseHandle()
    {
        for (var i = LibCrypto.StackCount(handle) - 1; i >= 0; i--) LibCrypto.CertificateFree(LibCrypto.StackValue(handle, i));
        LibCrypto.StackFree(handle);
        return true;
    }
}

/// <summary>The safe contents of a PKCS12 container, which it owns. Not thread safe.</summary>
internal sealed class SafeContentsStackHandle : SafeHandle
{
    public SafeContentsStackHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Each of the contents; valid as long as this is.</summary>
    public IEnumerable<nint> Items => Enumerable.Range(0, LibCrypto.StackCount(handle)).Select(i => LibCrypto.StackValue(handle, i));

    protected override bool ReleaseHandle()
    {
        for (var i = LibCrypto.StackCount(handle) - 1; i >= 0; i--) LibCrypto.SafeContentsFree(LibCrypto.StackValue(handle, i));
        LibCrypto.StackFree(handle);
        return true;
    }
}

/// <summary>The bags of safe contents, which it owns. Not thread safe.</summary>
internal sealed class SafeBagStackHandle : SafeHandle
{
    public SafeBagStackHandle()
        : base(0, ownsHandle: true)
    {
    }

    public override bool IsInvalid => handle == 0;

    /// <summary>Each bag, DER. It may hold a key in clear.</summary>
    public IEnumerable<SecretBytes> Encode() => IsInvalid
        ? []
        : Enumerable.Range(0, LibCrypto.StackCount(handle)).Select(i => Encode(LibCrypto.StackValue(handle, i)));

    private static unsafe SecretBytes Encode(nint bag) =>
        SecretBytes.Create(LibCrypto.RequirePositive(LibCrypto.EncodeSafeBag(bag, null)), bag, static (bytes, from) =>
        {
            fixed (byte* start = bytes)
            {
                var end = start;
                LibCrypto.RequirePositive(LibCrypto.EncodeSafeBag(from, &end));
            }
        });

    protected override bool ReleaseHandle()
    {
        for (var i = LibCrypto.StackCount(handle) - 1; i >= 0; i--) LibCrypto.SafeBagFree(LibCrypto.StackValue(handle, i));
        LibCrypto.StackFree(handle);
        return true;
    }
}

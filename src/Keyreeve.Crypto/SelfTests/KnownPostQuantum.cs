namespace Keyreeve.Crypto;

/// <summary>Known answers of the algorithms that withstand a quantum computer, where this machine's library has them.</summary>
/// <remarks>Of Wycheproof's vectors: a private seed, and what it opens or has signed.</remarks>
internal static class KnownPostQuantum
{
    public static IEnumerable<KnownAnswer> All()
    {
        yield return new("ML-KEM-512", static () => Decapsulates(PostQuantumAlgorithm.MlKem512,
            "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f", MlKem512Ciphertext),
            "319839e82ab6b222de7b619e80da8391522bbb37677018494a4742c53f9abfdf");
        yield return new("ML-KEM-768", static () => Decapsulates(PostQuantumAlgorithm.MlKem768,
            "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f", MlKem768Ciphertext),
            "e7184a0975ee3470878d2d159ec83129c8aec253d4ee17b4810311d198cd0368");
        yield return new("ML-KEM-1024", static () => Decapsulates(PostQuantumAlgorithm.MlKem1024,
            "7c9935a0b07694aa0c6d10e4db6b1add2fd81a25ccb148032dcd739936737f2d8626ed79d451140800e03b59b956f8210e556067407d13dc90fa9e8b872bfb8f", MlKem1024Ciphertext),
            "489dd1e9c2be4af3482bdb35bb26ce760e6e414da6ecbe489985748a825f1cd6");
        yield return new("ML-DSA-44", static () => Verifies(PostQuantumAlgorithm.MlDsa44,
            "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a", "48656c6c6f20776f726c64", MlDsa44Signature),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ML-DSA-65", static () => Verifies(PostQuantumAlgorithm.MlDsa65,
            "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a", "48656c6c6f20776f726c64", MlDsa65Signature),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
        yield return new("ML-DSA-87", static () => Verifies(PostQuantumAlgorithm.MlDsa87,
            "2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a", "48656c6c6f20776f726c64", MlDsa87Signature),
            "4b65797265657665206b6e6f776e20616e737765722c20333220627974657321");
    }

    // What was sent to the key, and what is sent to it now.
    private static byte[] Decapsulates(PostQuantumAlgorithm algorithm, string seed, string ciphertext)
    {
        using var secret = SecretBytes.CopyFrom(Convert.FromHexString(seed));
        using var key = MlKemKey.ImportRaw(algorithm, isPrivate: true, secret);
        using var own = key.Encapsulate(out var sent);
        using var back = key.Decapsulate(sent);
        return own.Equals(back) ? Known.Bytes(key.Decapsulate(Convert.FromBase64String(ciphertext))) : [];
    }

    // The known signature and a new one verify, and neither for another message.
    private static byte[] Verifies(PostQuantumAlgorithm algorithm, string seed, string message, string signature)
    {
        using var secret = SecretBytes.CopyFrom(Convert.FromHexString(seed));
        using var key = MlDsaKey.ImportRaw(algorithm, isPrivate: true, secret);
        var known = Convert.FromBase64String(signature);
        var own = key.Sign(Known.Message);
        return Known.Proven(
            key.Verify(Convert.FromHexString(message), known) && key.Verify(Known.Message, own)
            && !key.Verify(Known.Message, known) && !key.Verify("another"u8, own));
    }

    // Base 64.
    private const string MlKem512Ciphertext =
        "ET2y3QaHEjXnvDbJ3KpSj8Js5duezB3DLpV9f/s8dCnVDDw1d6UV0xg6G50me5Nrfrj1Q6Ovt3dlynk494qmQ4zoCgamlm0NBq91uj4NTze6xzNp9acp9z"
        + "6Fcp7dl8jCqMwmGeTPe2CRhp6Qn9R9lwkUkgSwg32NbyXSZ5cr5jutNLVEUjwBwJ3jsfoda3sFnu6eZSBi/ocPaMaABTOeoYHh0HZ8FSrrOPrw+SRa5Z1c"
        + "sNK38gEintlwINBiOkYQDQl7DOEVTgKK5hlN4F3pfdmuLoX/0l2V6yLv/luhnNgHxTDrqp/p9kLMrP9H7RXCK/4wNuv4rZyO0jJAruuqJNE1dVEAuF7O4x"
        + "dJBuRjEgYs7srHXeUnUlbCwaZT/WkVsbMMjsu2/UKAQ3RTFzqWI4vH0QiJI0PgM7zZjkN+eJ/FvrqhKyY0tR7Q1YnxEUOgIdjszllP3Uja6EyAY+81gbw3"
        + "ikjaTlG7F1sNtH+dz5kxjDAiXKf6ech5vxyTl7XMxe+tlMUA7X+fOF0IjjSTIiH8D8mv5R9odVSBMWl2lUeKvchzbxAJWmuS7Gef4OKuXYszU1XVja5NTw"
        + "sXql0eUvHUVYSoksNM5LBPzQCYHVHKoWBkutktAZ3Dre2RloQRKynaooudrgm4ayGpMxDV+8ZSeyJLnOh9J4K7KUZz8OwG8msIdlKhjWrXsckzA+8FYcD8"
        + "nNT2ePYG8ZLPXfkrFUj13SaH7b7M/G1OneS9UNPHT7J1q9mz6QJ320oAacCipxNvUM6tSy8ZlfqvFoBA6eS+t8VyIEnW2mQCmS/OpFCX33wcIPsGgiIABX"
        + "aTWggGdzRRkh9UxV+/WTpPFHwf7zrK8M+pB65IyMBjEs/fUYaQS+x/7U7ZM8klarBMv6A6lnwffq1KtA3xFr5mDifKK1Q1JtS5aEwx4eQjg7lp+JYpnXE5"
        + "DMhbcDICrK3s+oxAllwIxTtWceDVlFW8WoWGxlXbjCreS6iHfxm2AA4Y+P6t2n7ej+gKpmLWlMbYwztS";

    private const string MlKem768Ciphertext =
        "yDkQhbjT6peUISVBspFPCJZNM1IdP2etZgluv7H3BkJLSVWPdVtWJbriNvLgB5YBx2b32WCAj34rsMel4GbtNG3mKPjFfuuruwwi2RFUhGNpPvPOUqU/f/"
        + "QV8A5leuHFpI+l7G5L5c9GLa/8hNL21f9V3Ju+i7DXJexk/UzUvY26CoROi1zktqKJNNf3oFCZH+GFtQa0Udq/rVLVLLIRTKfZpc+YbI/cG8EOwMGGnlDA"
        + "PFWnYZKhBJrKY2upAgvaqND1jHY7C4mEXKBtTE3cIUM+FrnGLkSHH9vAW6IYr4cf3X3PpGTmD6pSZSZM4Tkb2ajF+qdibV8Vm5gFuXVxCjUDoLhYoRxqZH"
        + "zA4ZrIixvpBWyVtNIIfQlR0dL0mSSREX5jR3lLpUVx7Em7pxrzQT04owv1hyJI0fbQfIa694LnPSY38EPTQaAJIYV9iyHd8+HWMQA27SevSeXeG5AP5N55"
        + "gI/yn5VwhZYSsVrcAfuyZbMFseOhKuQZ2lt0Jh+ihMEB2j2NyosuRSGspXHvRKBY6ET/MrFtWq6gX386+OKrFiIuNHZi7d+4kdDswqVcVjj53ektmj1USl"
        + "+QGsUBrNHqagECAfyxCtcCxCWpS99YkNUAoqFH7uHR/LqMOr58Lf5w80bwM9gWoLJ5G08LLZVtnuWXFxU5mlaIMCSV4uB8HIwBUnGEvNDCCLwVny4TMYwL"
        + "s90kpqf8hJ+DOF7U26B/4de9VkDMntXM/daHY8sNDt9hspIXf8HS08Ed0ElQVryxJViuvP3e+f60rrxXr9kCPGXP5lok4z8bABEekuY+AR6vCyEs+VdDzQ"
        + "f1GJ7OHyBbf2/LLmsZYbVATOvkfIzRO4WZ1bSebYfu2jbpuPxMAGNYlqordYluM20bYS7hPbgR4fB+YXSNkg9IZfPxF0E5ncYWLJHKFooCMp3/gh1YGYcS"
        + "3VWKuwmbOguvnaG3MLKqc7z1jXTzV7BvchHIBLbIrxb/NQn60dNbFL/c7X24pqJcSOWVZIByTaoFfNZgtn7j5HJXQYJnnUhYOKZHbqwCFBB1yBKveWe6fJ"
        + "GFzCq9KkVFuA89MQTVjWVKV3ktz6u+nAcV6N4u+B70BMgWj9ekPvqz1EjmhqCI79JqJhWZSJJnI9fszDnjwbcZz4vst75+lk8izYyxt+JegA6pfWCmTMC7"
        + "2ctAejq5+I9eKRae6v1OAyL95lkK4JPOj+6umLYiyqdVb/QmyeekBM5pNVgwp6Z3Z6dsfZqXuEv89QoC91wjXS+cZxE4BJ/8fIBVkmwD6z+4f5aVGFpC7K"
        + "mkFlWHPTCms79CiyRiI0hKj/Ye4+6v/xDpnCwTp2KE0GPlarcRo1qFtTg9+B2iNJD2bo6j/LoGf1UwxlQcK490cXw1Aj57mzlWw+4v+EugPM9LS1MhuSQI"
        + "lUgbxtY8FpPBhHhS+Ol/UKEzUyrD7h5S1GQ=";

    private const string MlKem1024Ciphertext =
        "yb6tawwRFDib1HYcc6uQlbWAnarJ9lm7VkryJhcwUqSj5/Ll/UfSsCqutRieBrn0rpi2Gctj773zmJqUs26OoNcAYzuVCgrip47ZLoXIXHDhPmJvsmP6yW"
        + "gVIcOrIv2rKRc8lhaisDcIP/ey4Bm1vN4Gj6wlfvjxJ5hBFpPBvcxlQgmXpROoppUCYgvo5M5zYuQSp2z1HB8kM/GrZM4OXS9W18mt6ZTQ410K7vOsUVtI"
        + "JDdmTYwdJeWlUHz4D5cNPqciaqzcRXy/iKBWCqNbssXEVYZ+IVmRCjWBC+/jqhDrBNjVcUfLj2bSsHC6xD0fH/3VepOZlR9kllcnvLn2atQjCdr8eZwcVA"
        + "rxr5Pv9oqG1h9RFdtmLe56yaNiZ3ditqFkoPoKTYWeS4yNvbThg/XmgI/FIillDK988+Ft49iV0UjDVEirjCdTyYMbJL1JIUl+qhklZcq/2DwMaN/n05Kr"
        + "9eXm+Eu59a9LcRjAtVgQX5wQybbXBoLh3m4GidcQamN0vTSu1yKebLNW8upl5oDOex4sNwThFqOFQoJuigARQbry403jegMECYbUwM1dV/BwHOkwmG/ZUl"
        + "tY4uWfRbjdBMDzWw9HlwzGcHlhjrnm2R6bD4xtLhZc9Eiiwev3G2U34PN1GF36/vaYtiObs1WAsxW8te1AjDV/GS3vibwbdc3Wqui1+vDD4TgD9r36dvtA"
        + "f8vaeQwymz7kL9PTsDvVAD8LxDL3ujljERJFLf0SFAQz/4mA62pSa6he+ZR3N4tNx2Y1pc1QQOQ7jB/k7l4VjkI7/AyJPB1WE77QjacZyQcxhO6zb9NXOA"
        + "+xhz2MvTbiJV6YWxt2gZdDplhKmzpYCZbJwu7Zu7//eKYgS15e6uX079JmAHizfwdUq12oYuZmsUW18j89CXd5mSnfoq7dpT0VLtodDQ5OpD9u2Im7ll7v"
        + "4KfGhbs2dw6qh0JCwOIpz2zlbe+lrq5k0MQN2oqibq6zFFjwcKO8cuFhnum19kIpHFbfW35D22yAL8dPTz+bXA01XDquUgqjEinRLz58xdSOaRGRo2soN2"
        + "X0Ez8P8f4vAcZkiyeYp0612EKiSPUkp+f4l0IRKXtE8N0Z84boa+a6eC3nf96Icibzehx3vF7d7uW/RrZ/t0eNVZhl8mLKqE1kqM5Z5N8IGOFIYVJqzTSD"
        + "YA89rnlZ012Bgcpqgc55G+AHUtp3WURqLPvgC4JIuTSR3r1SAiC3VUFtL8a3yK8v915by7jnU3OApXIcd0hJV6aScdi6/ODxZnNf+GkjLeXTga+/DkTWkX"
        + "K3mjUZGUneCXA7lCIrE8OFxggebS7eHlf+GE749gGWuaOnt+/3SXGRyodBtaAeectpphFC5vXQgPuz5Wb3nhRvdcihCXhghBtHR99gTbqVTkqNng3MwfYJ"
        + "0Fz40xIZ7NYMMS3mhFUvCSJ8uCkpHGRXMsX11NcRY59CojCAqjT+FCDyGb1rz047KbnQIpOy2oE4PgpR0rsYbHsKIRoM1jrL/AIQQB6YXUNrOAPVYBwkE2"
        + "r9FWJSLkW0V8tDkXi+SofM5ANG00rg88ORA8ij68nIbI24/FVh6w86FD1On+k6XLpvb8rlZQ0/Q9JmillWySKJO4FmR97Qr8BSpsPZ0Bo9OvDxuoB/8QSR"
        + "4THcFeFlz9BlCh8sMT15VhQe3MYcuQ6eer8v41/J3BveiJOfoR97vj602P+mQ7B0109FETWG6bsSBgAD1xlB8toJjcDpbK0yVc8yjqLTMIwfRYXonGE8Qm"
        + "t+eY4exOmP5scedJH17KDNBRFYYb0WDj/nOligJrpTjg4la5Lx16JJdXBZSFaGD/0GtgGsV1WS9KxhK13nhmBCEj68YMVXaOOnYAoyYFUfK+oiu/a2yCRu"
        + "gPkSXEu52zVN1krmlcFfUHH0q7ljkgfKxzMbMQ9poF9UuZXeUpoCPwM7BV25UoehS6MKfMUmu3JMQX+6KQY2qZbyhuPp6Tnk/hw5i1xlmZWdC0RFoyfsRp"
        + "oWU8+up1Us7OwIXMqmiTiuSsPEJPfkgEOevSyZK19vlewkS2V9veqprhEKr01ov04nQQ1Dzu8+iOnHF91Eye4=";

    private const string MlDsa44Signature =
        "Gqacte01IEU08l9AoX6w12f4mB9efOxG078yUr/HjgnQLvDILabd6XNhHISUcokBBhWMsV/6bKiRYV6IjvoNLYoSG3XKRAIorTKZG+NCSWIPFY/9b3TXsD"
        + "v5GSGM4lm1AICOwVfq1ntWt56eZgfq+5InuKMK2+wIfTW8GuwvGgxN0Sbfz7n78L10+x4JJJX6mUq1p80TMygar+g0aUptwR6InHYrVkVjjhct+rMGADHr"
        + "zcH9RV1d5gUL9xsHSk3TSvXr8VSHZR8PE+XTzuIxubNHgQv8QYGW351yMXgMCRcbmq5zK+onoWSdjAMiD0F+MKAWsIzLHVXJM3tIEuIOBFI/XSmnYKAbOo"
        + "DXYoVSEgZIHuHkTfCadpE7pUrlDI65c6PO1zlQ+/OcTAwSYqIWghpEIHLBDMgoOaxXuJhBG+noEPiTJyolRv99HZIPFGIQ78K0UovJigmaOYMC0wH8Heox"
        + "s9j/eCRqZvaQ71NraOAr1+ojpTeJMN3n8b61F0mJanlE5aQOb7ux92w/2gnjLgpYBiwkysfduMHSy7NSqB4zZCXF9VEkbbRezQqynayIzev1HGC+vC4nyX"
        + "T1baEsH+xPV0WFBCm2B/XtfNgh8skfwt2owsjo7CeNGypb9Q7HDFYj/GgbTR3M/5azJMtT/5dHD53hd8IAaomvjxhgOm1OomJXlGlf55zTAxih52MHpMKj"
        + "U9seB2rZtgmiSJuUy23YIcOvMQRrt6XUPRkOCfzklp/k6TyDk5deZMstnCKU/EJ+9RkcQJN5KbOw4bA35rhMwCmdWvK1QQEYv9iO9kka9vISMzkMp6GfFX"
        + "bmxaEKZzeWkFViB1BHiW46I3n2Tfu8Erm/5kk5wtBe+8X25LXKac4e1LfSXoyDWwYSsz4T7XqKcjO0s9WO6tC8TIQay2Wl7A7UXiWEwjwqFiOStXicYjWO"
        + "QDiGTiDBDhDGfZQM54mTF42+s94f6h5Q58KfTX2TjDv+UCKeoEAQLzDVs6ZMuOE0IAZdVKGsUKdzg73/PK4jQOvxWhVX/eiXAHwbZ9BPGUMcoAyw8I24fp"
        + "DhZuD0zm/WnG7O8bP3DZ62AbV6e/kxBXwq/i01Z7a77HiRxmRxM4USL914nB1aipz9SR9AfBbQsMXfxTpoYiCOJkuYG/LdvdHX25cptSZcTDhoqUfJgogL"
        + "xVt4YVO4nvMyQGezWpKMUSNry+n4YK2e7lZER4+JSp/njSaloX1IJhLxy5mDuGTm+6hFkcD3O3snkYgZ0hIdSvZA9TPik509oPCqa534CDeoAWWui3V5cV"
        + "GS6w9synikPYrY16u1bYFuOvLeWbiL/c9nZ6v7BD064kIj0FABlT+qKSZxxXreH+KJiAdauNFKyYNjQSvWlMQK6FsfEEr80PJapZD1e6T1399hO/hZTj9U"
        + "uq399QwIga8kdVkHWKI7fu5yVRPk0eqfRjAVnEJKKJ8YqYeeXhczkPjmMPbuKmBD2CoZg9yXx6z+o7DAPifoZdgQ0BLa7sKNxFT1kzTt8kYn1DVwHTKf9e"
        + "aNGbvcpe99XgAgT6lH0I+By2SEyr5gmJ0vYfvnCUD35PRJs/yxA6iRQ9dLFdcueRPc6Rk6C5xaeyqXvebX85augLS1Zvny5zRbxCzjsAKBjhnw8WQWuFCD"
        + "LNAiee6NWKOB3qrAmxtNRhP00GaAXS+upnFuAV/jYcBSbG5GF6OJ/9+TAhPB3AxMkFwxBqdRfc56vqepNBEy+K2Y3j5C9rdYCf/zj27q+5c5jnnVClYiM4"
        + "djxORaiN3af7h6t/XOxhEJ/cHF1KFjECdSQfw0F4AopJ/XlYGgXDtphO7NbLm9YKRNpyYA+PJgSk/0V4EmGU+yJpyObnFEdEXo6Av4xgY9u/Kcfe1Yq7wN"
        + "Lu00e/SVtqnL5oWFpZSqDmWDS/vMzD9r9C/k70LYYjLD+xQS3QtfigSJlY9cO4g794UTN6NbE90rZRdib/LRBkzRib60Akl91riJPUFN3n0dUQGMeoN2ai"
        + "2KKbgOj0KCN3MvfuW6h4Fj8KqK9bYFM7TUYho4/cVDg6yzMlteh24hSD7dzGTEGVluZW0VV74xtTDqZgVPedT0p1X57jPIT+1dVS7F4uzNBhz0xLXDwWpw"
        + "p7rszPwgjSQw54Yhya5bDQgJc7Th3wofXAQV2208hfnqkEHpqavd5x1ndqUiqpV/cIsUoz7aEOu6uTu47Ct6BGefOOtE/FWO5pjTxpN+DmR9zomNdZn+9t"
        + "4yrk1SrcciRDYQshJlWXVqo288eWlrmb49kI94D8uu8zshVpNjTWPOKgd337vImdK+cu/br7wQrvsmoaY83P2gAjWzTbcjyRYk7l+TkCTf7boIY60I9kh2"
        + "fUH8f9azF8UfSxuH4h4H1IjJQjWB+bva5D5NMrN+goOWBST5pgGrafXNf7AcmopcZP6GNRmh6fNCY5j2kaluF0hJG04gn8oqspSBpnRiHHl2FLoW+/39Gk"
        + "GE5/hGZ+cg5rzZ3r7zLCueiRpuPAQjFY9TmDjYQT6fxwfVxlsjNotu3JXZw/jiC7uERJkxFhSUVgbBSH70AV0eJg+oI5q6oHG+VyFjEyvbBu8h4xvg+dS2"
        + "dHE05IQr7c079TsNbwVGk7xCjppxXVoyp55qPLi4H68sBAh9iBZ1Jjei/hHqyzg0HgJISFYqKdRYXk7lZVLOmx+tQ7llo3v/hViSF5DvD0rFW8rEMn0Xg/"
        + "Xh55vwHpaTS7So9d0GyDu3CyN3GJ1iKhBhAPDL3TjjTAVlkAxhZWEWGzJhhZEz+DiT/rIrC6/ILPTw26/eBkji+GJg5udHA05cs+zpgIf790F5xjBvDEYL"
        + "XWCbmzpmdhRy7gudq7XfqHLVxrybM0YaJ7VCe9iDP4dPR57MXwogMEuadarMgkIKh69kadqu9TORroolRo5xfcR/Rk/ORaMRR8DE4SrC+DRWfkAFsIJ9E7"
        + "PsgM2LepB0NuZiTGyKxqgK3TXPoaKIcvtlyz+kaJTRFqBS8Ztf4gx+rRC9JNJ60rVoPymdEZPsbZ/zN587PjnLmZGDHxlK8gQQhVCNpNy3uHhcvcTgTPTY"
        + "JtHvShEDbkxYA8Oqp2abTdO8Ev+IiYTpu9rODncqtZMytHMAM0dXZ3V4gI6QkpaXqc7P1u0bMD1CUHOKl6CqusbZHig6S2lvcYGChJOuyM3P4ers/AInSE"
        + "lXWVutvL/I+gAAAAAAAAAAAAAAAAAAAAAAABIfMj4=";

    private const string MlDsa65Signature =
        "adpa7G1fWPvylDnFIL1ouWbj3SymM7aDUcKGI0RxOh6cCGpE+ahwo8zBTeYtbBKyeMNU1xl8TW1/g9FCKymyUPXuP+wRgxHZBeXbK0uLI7jVQiAtZlL23D"
        + "+dftUfJGMILT8UXP0Pp6xUikfpHBzLGlWyFekKs1W/xtZxVCh7Hfrg+1MCZNu4QadoSzluXKBFnXlSFkFqnSMryJsy4PlGH1MQfHjmbI6HZVTo3dUBhntV"
        + "3Pwfsz8QLgM3PN0ZJkDxAnoIzid7Ro9u0P6AqdbNLWsvejc4yDJdlbDMxue5+wAMkjuSKY4IZ9Sp9t1VE+gAEDPGM7sWQe5mNJSHIk3UM4bH/MKZFjMgZq"
        + "hoEA1G4sW4NUwo8IegJMuidpSvxMFmXg1ys3aGkZrVUFLMY6FE/r5OKgya5BbgZOKJ+facu4g2ZdETCCa3t04wyUormLZ7RxZj49ZjJts7Q76/lY6GZbaO"
        + "2pDoxdlJSwx8nsSIAJEN1tkGsfzUegqsRirIexJtIbW6FQ32H3UiV931oGO0pbFQNx1iVTXjsodLn+VIlg/2eTHNbBJJboIT4qzm//SOa9xgMQ5JOJ9iV5"
        + "2ya5Ktc+nT8jlCyrUXhPSLNmC2RQyuy7DfKqTI5WV39epFDS9/UarMCzBKYiUL8srnuZ3NlVtllmJdBtocZ/cwtwb9umMPAP2JGDDSUUhGQLclirNk1v2Z"
        + "hoeP/6abfES5LkMUOv+uiwmOHSdxaFDzdVO/JmzftWGrvNv+uAdSs2RDTmS4BCm1TMiGk84D3A+hR/B0GyFfByhJm9wlFAqvyXasmekQuoqKUNIbe92qKG"
        + "JrO5CpP9RAdwaDV8gdNuc17aQ2KTCt6tSVGguqEE84T8cOhCqfMp4YaLB7RV6cw/7NVIBckFLnD4jDuS/g/GpNfdoYz1aU5TmIYOQ5oeGdWmby+8CqzdGk"
        + "mHEbsWBUeWwBWnFTle9hdON7BO2libZzxNXdpzeBf7UvOSyvenLXo+hLIYDLW3W8ivBlvcBcPkBAQ1obFgCBNSrEPgnL8urW4JwrC+DjeJSIj+KBL2iAb5"
        + "V8E/zm/xZ7zuIdT0EuyVpIR/Pbe/RBIjpNTKntaa203opLWwHHdfJyEibmxZ/yb8OOG7eKOEsw57VfCC4mTY8l4xUYYZ3da2qfr4qmzbXqt17VmjOCXV74"
        + "uTveXRIK2nc/zAhSuRj08D4tKlQ7FTY624I+sfbFM7mNlAQR4fXBz1Ifn2PVRUaXYIMmYl//4Bv4f0QYfa1jHfKJjv/SwpHZgiLlZKvjsEK3XpDJxUZnhC"
        + "+o67aKEkS/jgw64+5fl9Xd7v2YbEvT+Z2HfCzCOBqJq9xhcT04zuWL9pgFpIXCiNIbFYQxRwZrSnTGncJd6HjiHTX9/mdG/rTBZmBr8yGeQs9jWB5+a9ZX"
        + "D0D4+uWQzt9RBv5XA3zLIyS3T8plAPbtPQc2zcxn0E+PqegAVKW9fIRZ/Bq7HEx4Z31/azJa+UoOXJx9sKdI4SxSZehySUfZtcS6sai2+uyCfMQewRXvPC"
        + "1zSM3avd+8hDbztBdl4T83YrO0XtIxVvCFgx5yalXUuDhIs9HTNSqrntzArCOI8jg/YwGtgTuRfuPyNzTgV4Mq5M9l5mjJ3dC90PnYtmkyVGSWaKqRofpe"
        + "t8WYWbtt3TbCX0oiI/XWiLSA0DiPowfqaSmPm/dzf2s9v9qHszGv/XXNjYjwRg6Y68KJCyF71tEQAKOgiM2Df0+IWaQ/dq+qqwWgwwB6FJ1Na5FVytwsm1"
        + "UAPv3sUBK2JyuHGDaUxQXwRG7eVfNbirIB+e2pdP+EDsyw8AT6Os91Os0GE/ZuKmrILjIhmdN7Svg8uz2YNxwxvnm7QjMegZZEy60s4noE5MUXmYaSzYMx"
        + "VSiS4ZmgGmkivaTTisTAH3CICeUpwyFuqrOZ7yWzUOohO6RxJvJ4FA4XORynE5vRPFb0Fea3Su2Nv784yV3G2zZv1yqoY6J/oevxmHFkALl4o3CeNQOXMZ"
        + "MEBliOvf/TX6IwqbdfzkHXrNIUyk8AKYlsE3SV6t4M9NEP5iHHPwEGGssHfechd/9dvG8MW+xoGqNGaMpPzdcnUlBosLDpBylxuE72zhHVw8YCTaQJZnA9"
        + "zCszrgT2d2d2NaVdtQjzTxQDzb43lgyFd9rD2EiynztcXGxW+3TzTI9GNMBLjM6bIY8XYMoA5t6H79FAh8YzRpyJK/PjGUQzNnM7tgz7RJQb+iUimqJDhN"
        + "gS25D+dOD5P9oAXuqHQAc2yrwDb3FCG2ZXsWdNSo92y786ixwK+C9ylzkndSJXxTLbQ52WdirWTxAlUanQP5zj2MyFDDk8Eov4BUu1W7kuox7AcG8IOpz5"
        + "BCTGF/itKiEiXRkTww6PR6a3ExME1TaoVZbr/Zh7ZLa/PFFjjWyDkhS1PDwQqlK9nG63f8+AteO3JN7BOB0OAiB6atxz/1PZ0f/O4cSij6VEXOUY7uk3B0"
        + "/3pAL1u8s2L/CQQV+dvZO2LuVtyMUOTS40xsYhZQwN/+MRSE6V1o3ncXDJCcgVgolGru7H7eVrz0M+Ivxjoz92TO0fkkLz0m3HVYaG5HHzD76TBNPVaviy"
        + "PnKkCIlwsksvfpaMHQOS7usLDwrIwXZUelOD2UjtFUhLeeITFKHyjtYk9h5ars8iaeWwJ+GRD/3e3lL61OjaIk6KELB5VI+nzUQXL0mRrf12I9E+WhnIEo"
        + "JLz5kMB8lyHe2Qk75s57x9o6yMkyEzpkOWuCK+krCIhEmRWW34k2JaTvJFQ791oQ19F/9wNQ72LOOndYrrv5s5d7CL7LnqKDdggvYHll8s3tKLvbOdq34A"
        + "gzsEiDcNIhdCtm4n2e4tndB/QBvCKmLIqdjTopDGOASZFJaq+kejJXj1g8+1PQwhmQVZc0QNdTXg2myylX9OBAAuzqaPnD/3bK3iftFf14NZidCrsZf+Mv"
        + "aGNhOaQnEGRLslhg/zP1OSAOPMuKdzhCLKD6DHRLTBnRXF1KPLCC4gp44gtaSWWwQ1lcvKytUAta27bNWX5qS5xepqHy5lO1R02id/GBgEgJSsng4eCyAG"
        + "jRwc5aEUpNtxlQV6bOTSIcM2/cKRkP7o/4Vcrot/fALuwh+XLIJwZtnG3MSkF5vETqm4ir5RJL94sHHgnpr0P3OabhAwCR/Akec+3ER/JcaL+EuN96qPCR"
        + "q0JmK5PgLCcAOvx7DKae/PpgvVPU14zrfE0sj9Xtfos1Ak3oSeBkAK0UX9soNI0isxfM7HBMQB+I2xrypTSCI/XO/ZFOQEydc4BdDedyEYgUhvG/Sq2srd"
        + "OuJYjw23teaVf+1Qo3T1Qc/l5OkjyC7Efls9LHCtZ2DHnNUIC0kL3HX5714dF/CXix6HcHdfkCuUY+aYDhaDskVHUbotrUouZGCSS9YP9JsDIwyxH80EoD"
        + "iOYIdMNdP2z8TdSHZl4bFleHUerqieEmv1gERZbjGIx6ljEBe+Hy3NfWEjMYMv+HVUYNxJaqmaYeoFPHjnJgehghP/nvS7iAkDuR6aQ+Cx8O0VEbLsovQl"
        + "P8+9fQ+uvzaA+/CkXfIxVEiCycRlBccm1WkF0C/QRsFlLY/QbRUoahqPi2n72CXKQh/YD16boaI/kkk3rQSa3uxgx4/qGt+bHvforE0d7RjxqAGwvaj+mo"
        + "gJiCX/Pu9cH8aMvqFDMQs5VDKT8/X7z0dzsCBUwLx58AVUlHx2BLNjicDEX1l6iPNxNFa0z9g7MMtlILYkqgnIEgZqjNVC3GfhnkyStWK04PZ5n+V9nU9P"
        + "Pgtvq/9LH8GQvx54d168vjZV03DKbAj0jez2FTpJie6raSH4R1+FGX9R1lHlY5lCV99Xl35fIZtIeXUd5XqwN0tAeiGttLpSC7Nee3UIZ1v0n05DIZBFFC"
        + "PL1Sn8ebIrqunLHYZgw6ScRWrAO8BsDvOwL32KzUCRkxUgb7OOcVE5yb1viaWGNP5oPfA/W9pxl2T2w4ExvFuhxTJERy73ODSt4EuGygjddTFBrAqaIw4k"
        + "ZzUGCgRAGLybddUBNLIOYhnBP4MltaAgHpRT9vAS/nLoKe4cY3/jADepISoxxucTcmps1M8t1m/9unfx4oAOcXlA8jHQSqLk6I3qCEdUlH2EjAJxhWv+ZZ"
        + "kiQIRJhYqB+mWD8GLZaJjRjsU2ZPAGfrm5xArSV5upgCq9jRvyh+SdlK45fnhNsUtfcBDuT8QubjyLqANwr8GI/OyvRm6oMNexY2LlyTKZgLmB3sxxdPP/"
        + "cKNdihgO4S7Qy//U6NFOtQM4fklZ9wLUKTEJ6SLrVhNx+ashR1gh+FVdkvCqHD2EGm8eq9TmY5k2NsdUzis8P2prbQsWHnd7gpbX3Of9FilwSWSU1PYHFi"
        + "RKWn+3zuQOHVZeZWZpfo+TAAAAAAAAAAAAAAAABRATGCEr";

    private const string MlDsa87Signature =
        "ukJ1/1TCLS0J6hk3oGZzYqzUSSXG1pZfrTULER0cvM5o3b0OV20aiBDrTnFiN4HzL3R9RMjmk3Sd8ZFoL1iJBpSdl2F6Sw7FStlmgY3uiLlfDyjKJL/Fv+"
        + "DDFhQLBmLEMJOuSLiZzHHlc56dZwle2Yenm2oOeqyWDDxBJfDpK8lDXRC//640uzrwXpd+vguvy+sjgcWv4zeWZ7TCAa6/Fi29CkvRuqiPsviPqXBJmoSH"
        + "N9PPlMyM4niIChacrZHzBOTo8QkdTPOdmjq5+I3MbzvE3zEaW+DLopA2Wz6HlSfip38MtuzMnYWl5ZL7APOi6SWibSlaa4J0bX9TTIPDW8SCbuSRAha5oo"
        + "ZwMmmJlvsOFmm1OczS7HTRgfSETo9NKPnBdDFsEtrbVMsd3nM4I4ogcxwlZbuVn44whic+0Dq8esUVcodQYzCDwLOXsp04XRP1r9JSmzLwDc5mydyOqT2Z"
        + "yLYcXgqy/HDeKo2r3K8pDVPo/KdWG9qMUWrUdeTsbHzSYDqjyKcdn6XcfvwzzzGL68HxWU5uolxpuPnONKZbirCujdNTi9Jn2GxYS481TX5Hdu1N1Zpz+e"
        + "cKHfVy8DO2mz6vpakB4CUVRy43JYYIh1ykad4H23HNa43H7es9hm7S0hnkT8sTOgZuidjjATVpym8f7nv0rlam0ypfPlpTCBnDGq2ryKiFA+2+qc36MXF2"
        + "Lh6Lzrr5u2r35UAQLV/IELvPHgKuVk4E2dxV2rCpOS1slaMXcw2Xk5VNossWVE0VQD0NsB6FiB4tTxubmEWOGvCYX5iwFPCPIAVY8v7Xpww1KidCO+3uuz"
        + "d1wKHt6dRh0q6jA8Ccix9z/Dels6AfskoTFXT36skMeLqjjOvoHiM12v2iApn3bWoLp30pVNETgWdPQGn0XhM4htZCItklg9WQjjq262pyz7QffcPnHBOD"
        + "iI9hYkvcrxL7cW3pgjLuMprx3QRfMNN3I023v9Ed2rCzEIMp4WzlaMi62jmpjfWl9ypy8GP6QlMxOoBgE/Yc5a2+VM9CGA6/bklr1LQq6s8GmqqOHCMf0D"
        + "ezlNeKadF0K0W8V4SrhZOhmAd0I8TDV9c0+Ymc/ps7Yra5w/TXgbhISj/Q7qfo1pRfS6KwRv7gebfwMr67xAKRjaoqoclDPcO8+9f0ml16KTgzwhwbrePo"
        + "p+w8g9SFUp3lG1mTzf/iO3cOJayrCrn7MFnxSVLZRk6/o2pidNjaMXp7B8Kv44uijKlCz3v67kAg5ZkRwEeyqiTReHuq4bw1RjZLeCNYZ211x2mHafHUoN"
        + "Xcyt5/z4DjCEN/f8JP379yYlq/Gw9TTaYs+GDaHv2YaVDj4ZoIWZn00Aj844RZxnO+/N8ih8F2bhBr608xdel4EtoUEzDcsr6zJl44yEI8Gd1QplXJ6NyW"
        + "n2Nn8zg7ZE1Tomh11TzqJt5Ckma1BucOfmgyiG7QbYFziwtIK9I72jlutnTd/bZIA9bE+uLwQBcLWiiSMnmDi3uHYiDQLcdHhmb3wyh7G6Si+CKOjEkaVb"
        + "pFmAXGAbmGyuon7pQ29jODNRx01nNkOxX2AH/G3EnjN6Zaipbs1+70rXML89wZcvw5ZwPuJq8RVtxL60bEfZm7aeva+Bwtc40PcOV6LHFi9aVSQiVWdfIg"
        + "gqpD9bPdhitTWyoVu4FbTp+vFqMCVSzWCY1Akw3616fGCdauregUJCqL8HIcHCbQ09qnpjiICmQRxlONgMJZ0xtjmq2upJVjqNf13bZCkdawhsgNcr/n0m"
        + "gCy9IP1rpUlQEeQtocgkg8vo43g45zxI959lsgVHa+5gA5n+2mqqqTnu4SyzS+Tmvb0YAyyFtUonE1Ud5nehbKAUL/l7d7yWPo88V9kd+bSUdLAcpRRkGE"
        + "KJOrwxgcruP0m2NdF9r0G8xK6xEW7Es+eP8UgM86XZxqFUOEuIUWg00ZGWl24rqXzukfeg1z9/gUbljcD8j1EFEdOdgqe6UxpKvM5rYkA111OjfFmANDz8"
        + "dyTPg++wwz/Eq7WwAiQb9XpGtny1pMvWN7Lxm8k7No2X4TxqYshEPIIi4KkMPtGXLMc5uCT99yntjsoCrZa9eL9tKz0oU+JPqTGZ/0FjUXazGqsiBwE9Cp"
        + "MX+klmjf62crgSnmF1opmGQquOdPCCPjtUgK6AGAyjlfU0h0Sjx7NEiR8AiqtlkUdgtf6FJhWtZCUhaxxed32xpGUXzQGneyd8+ixvJQwtaMSV/vKP7ubg"
        + "cWgX1rMHFvXKSAAYBQQhM+yhekHCIZeEzg8ShYzP03HHe5CWbqBMOZaFHt8xrvlilGYoAH3lUxsG/d80SfbFUur24Ws+kWDiZZALjI5BRzJQXgJmDhI9Ra"
        + "PW8bFeVv11nTjoIeJ+hJZ+lcSw0qSOAIiX5lXRtlt2KZ8eMHQgmr5Es3+HhrAt8jqk3OvlEuYxLxo9bXgddJY1JHrKiXYm9e5oj1F99s/pR93q2CDwf+1L"
        + "y+fxvuPxkRe1Zm3BI9Uo8r8D2zRtavtTgEsGga6pipR5/G3lrpdNLA0gVfB7qKHS2Lan4IpoBb2GNMwZDEmItQL0dcNteMez3aAFfIGINbvyHFp8E7tv2R"
        + "zTz9dqvkwv+QigijAAuQIVAP+UspfOwPs+UbHK5wJqtDR7/VtqZBo9NH9FoqKqzSLlIeANoMOYbGdnLF19fmHn7a/BXUKqQss3+oYh956QlrCS7+hTqzGL"
        + "Pku9kPIBZaG+HTqls95DdRtlq72VJZmGl3g5PENRq49TT9SeFlR98BxAv69W3mC0+wAZvDQXfMjiI20hn7PAuE3trmuI4TQoDqvRgjQgzRr+bZKXdJZ/19"
        + "iF+60z2J7Z3F4OuXjqtdlsUL7ViHqoJ3iAx7Br8ngM7oLOY5oeM0TIiiUQLtzBeky0iYnErWqZhybt4x3rC5gQf0CFi614ZJg/bs3wyXYaQnUbGdU2Dap/"
        + "3bvS4ikmOLlcdjyh50fu3vDdOH6dnsnlr+4gfYxFcDxb78LeOHjTE2Vc6FrZhCUM3wVDYPM9QdwZMGDULPlSix+5HWyjOVGZ4loadznrqaakrCxBeuYVlA"
        + "s+sbdG3Q7Mey96zf+IcRARVin3CHfa/NemYl+hueJWvI/h1mAF288S/eCl/NpdTyPVjs6R1g65EnTfjZ0X1KOeY1M6zxsxfbl5sEyjq5oLy6ZS0AEMo/zT"
        + "Ptj4pi+vQveLN5EtOttBDyC/FrMTWcrMJft4MIOj8GXwot1v5YuPWU4RqHvw9MX1ST8zTBiwPr3v685QIok37BOowiG2F0UEhikQcfPBT2T2bJJ91L1iPC"
        + "FKw1QzuKaHXN8AkWR26sDxloWKoUhLwc1FtybTOpZWGYKbjeqp2foMPCEPI5Z84mpL3ZOc/4qmYvcPsK+X7kS8ueJ1UAChlXQdiRnk3LGlyq4hAJ9ob6FI"
        + "nHLxb5/udrVBDs5/QGlH9KGfOUpRIdp58yFnd7D+5UIzKBVuzwtFSNvVs/e1Jta5z9V1dvZ91SHDFMLTdHTtDPcyw7BzoQHHNaTE5rM8mqoSyR0UetEHWi"
        + "AofTbDiGV2FKnGSNjknM6M+igrKi6OnabkRE5Lau0b0K2lAJozXNBQC9rpoBuX9+jP6DcjmOdQ3pLuSlJDk6GYJtGd5edi+1Ooi5tGV+nG19AaQSTj45Uy"
        + "9hSuxcuI2YK3iy/1aAF8kvahzlKYtfMjte5haVA47ww6ejOc+sMc94daRWMEakDns1zvHTfYEbNC/LtTcxIkFb78I8tlamGffCYsRDQDsjuiDjQaB5kY3s"
        + "b0+AG5J4EXmtesGVHzndsLHx+5WyjA9Fk6BEhvDg6GuzsBRnSHmq0Q9B4LrTTUC8gXtv1Dwd3oVHiC2C5REeIIEH6clzbRbKd6x0U9e2x5dqfdakxsAlIY"
        + "W8mUhmCge2YVGwm5gNhXKugpqy9tkAzGMGbE7LOgMX6Kmsqo4iohZyHz1pxnhD3y++3Yi8Qk92HN9CDeT/LFW2klsYJsHEE0CQ0qroKn9kqNQo7+GyEJem"
        + "/bybijHE1Gx7MtR4v1uRgb74r000hpWNfBmMRqWtdxCQu2Tn/CvXZ3rnYYuGHIPBMXcHUGNRfv9Az9Uq5WZQ6ecDX3g7/okgx1TphHCzJ5CawqQH4HhkcQ"
        + "VEuK28B1UCx1tfD9vKDN5dlLATFByWtVrhtgq2P555JkFpCvQbBaeCM5Nf1/goUuuyYCoQRZpwklbEHRCMKutxklCJzHmxIeq9XtxU8/fIkpaFuIqylwDH"
        + "+y8kfNeWLIzm3J95+TWNanmJ0kzMF9Dbqgt/vnNHkWQYGufWtqAmeMzkb3TqK9OH7LcwQYF7QpoCIOHDY1/kkvXzqOK2XAhv4kw3VWPXIghW3Y+XBxbVSE"
        + "kpZKFWVU3IiBDDxPgdzDroAkPhlnmjvpybG4xwe0FukWbFSlaLudhHKMGig9kjGhKxNojOI2KQE0JlLWa/RM7CI/Vh0nNdl3xq3PV+kGYiDQdw/Hf99v82"
        + "ei82riAGKIe+uI0bRT8meu+bx2OrcWusuSFMOLlfTy8/bCNqpxrvg8GuSyYTNniIRHbB18bT57mfE+AorGzr3frkeT+a6XXz1mtyW1AOfH0vZk6qDDWN65"
        + "HLLWFzOUswZ0nSv7JoS5hXab22gukit1VV042tGJkFemTvbqNh5HEiRNAtDf7Iw9QHcBIncMJTjWoUqEYu8Y63BcFuW6MKpTZkR8lIaQYOTfFV99Af/aBM"
        + "HO0K1fvl/dhYVuHkkyAxlofTGm5McUVHn0X0OpuOn/5Mus+tSiHlRF4RnfKZbM6LEdDyJO+08YtUTUVuL7HZb82Z/DGdvYZyBiGsJbSQ82EfflZVuzlApQ"
        + "PAfb9B9Lh1k1laZgCICHRGaDcaVM4bnf2qFvkEFeV0cLwjiY0T2DUbo0Np6WNH2hPQErTqsyrakGaGVMXtK0M3FrG0Fw9kDPS0Blnvz0FQI3u8JfcrJIvo"
        + "XNSCtVzi9fc+jwLv0kZYBbN9Ekh0ZewQhbxmArcYYnca8T4TuuzkkWsd3vnOAWyS25+56CruXhxOIsRQkK0cGYAc4cVB/zkCuup6EtvKxuwtEorHrLIDRj"
        + "khymzh0YLWDVU93sxKMXXuwukk6RkeDWmqScoLZTSVuMYrgC5EPmaSIPKkBHpW7Vy3Qxozh6Q1BweV5uY9JCp0VV6XNxmJxtAEB0jomsMWYY1dbre/+Nke"
        + "lTr74ARk305PY4DCc7esWTTKy2w75NpmScil6hK9+a+h7B5QU9t2aMEK4t91xLOxRSU2m/M3QVJadjAViso9PH2lwdcdP2PAwpSKQyNpaNYjxsFj63V/DH"
        + "jWrmgv9OS2c74HGT6NbBBskoUbOT8FI0kdUVLgbeZ1+iKue97TKYNqjKC5VaWctXU5WVLG6gyxZE8sraGWuWtE7hIRX/lmjjKIYQPY+BCfrEoih3OO4dLU"
        + "wcGdq5TqonV+oyAW32DXKGCZ6wELpXC1eRzkxU2GCxXVbFOl3bVDsLYCs6h8pSE6qWR+UbHLFzZpdQYIEkD09xY6ZG8r4w5ixhfXVy2CChE/ljIINKL0OE"
        + "IWBRGSO9HvT3I6KrmyQv/+l88Bmcny68omamO+6gryefLRhlGy6peJ0DAlhXyK78X4vG7pKrfG/+0mBvnH7yXLbJYUAlagjMWCGIacUvPlB0/lrOh6hgV8"
        + "wp/IRf8nXxstvFmRy+vkxVaynOPaNBWVjwycaKXGZKHaYDZc5WuaTfJOxdacb1ouaFiF9pc8DM1Mr34AA0a96lArFBjIgZ4Fu3vuMbvSNYGbSciS99ra3l"
        + "dsuMpovakWpZjDLsA8zrotAaeWDzhoD6zM2q8F4lTdjDYxpyItFWHJmMVLFvF6Ql8yRyMtygNdVFIC4bGANAIZzjHGaYe8hvmDJA5/0skm6K935uqfQTn/"
        + "HtwMMjtnzq3q2PZKgAQWTZQvaqZaKFRNcgXUGq/mLFv8b9n8Mi4qi2IFMtANGt16DSWp26/5DhneFKwsqX6Dotd+Y4iLoPfq+bGKfy5fFI0WiHWA5V6JSu"
        + "eQJDhfQ5rNBxSU5kabd9B+djVTZSpHDztL2Lt5aAUvOpadrM7VFXK9ElhwhJzj5VNZsuF+q8MVO19iho6gyh9Ac4SI2+ACDBA/U2eLnrHBAAAAAAAAAAAA"
        + "AAAAAAAAAAAAAAAAAAAAAAAHChEVGCAnMQ==";
}

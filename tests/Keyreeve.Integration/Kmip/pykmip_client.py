"""The life of a key as PyKMIP's client drives it, at one protocol version.

usage: pykmip_client.py HOST PORT CERT KEY CA VERSION
Prints a line per step and ends with OK; any surprise is a traceback and exit code 1.
"""
import sys
import uuid

from kmip.core import enums
from kmip.core.attributes import Name
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie import objects
from kmip.pie.client import ProxyKmipClient
from kmip.pie.exceptions import KmipOperationFailure

host, port, cert, key, ca, version = sys.argv[1:]
MASK = enums.CryptographicUsageMask
PARAMETERS = {
    "cryptographic_algorithm": enums.CryptographicAlgorithm.AES,
    "block_cipher_mode": enums.BlockCipherMode.CBC,
    "padding_method": enums.PaddingMethod.PKCS5,
}


def step(name, detail=""):
    print(f"{version} {name} {detail}".rstrip())


def refused(reason, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except KmipOperationFailure as failure:
        assert failure.reason in reason, f"{failure.reason} is not in {reason}"
        return
    raise AssertionError(f"not refused: {reason}")


client = ProxyKmipClient(
    hostname=host, port=int(port), cert=cert, key=key, ca=ca, ssl_version="PROTOCOL_TLS",
    kmip_version=enums.KMIPVersion[f"KMIP_{version.replace('.', '_')}"])
with client:
    name = f"pykmip-{uuid.uuid4()}"
    uid = client.create(enums.CryptographicAlgorithm.AES, 256, name=name, cryptographic_usage_mask=[MASK.ENCRYPT, MASK.DECRYPT])
    step("create", uid)

    factory = AttributeFactory()
    by_name = factory.create_attribute(
        enums.AttributeType.NAME,
        Name.create(name, enums.NameType.UNINTERPRETED_TEXT_STRING))
    assert client.locate(attributes=[by_name]) == [uid], "locate by name finds the key and nothing else"
    step("locate")

    managed = client.get(uid)
    assert isinstance(managed, objects.SymmetricKey) and len(managed.value) == 32
    assert managed.cryptographic_algorithm == enums.CryptographicAlgorithm.AES
    step("get")

    _, attributes = client.get_attributes(uid, ["State", "Cryptographic Length", "Name"])
    assert len(attributes) == 3, attributes
    listed = client.get_attribute_list(uid)
    assert "State" in listed and "Name" in listed and "Digest" in listed, listed
    step("get_attributes", str(len(listed)))

    if float(version) >= 1.2:
        refused([enums.ResultReason.PERMISSION_DENIED, enums.ResultReason.WRONG_KEY_LIFECYCLE_STATE],
                client.encrypt, b"too early", uid=uid, cryptographic_parameters=PARAMETERS, iv_counter_nonce=b"\x01" * 16)
    client.activate(uid)
    step("activate")

    if float(version) >= 1.2:
        data, nonce = client.encrypt(b"attack at dawn", uid=uid, cryptographic_parameters=PARAMETERS)
        assert len(data) == 16 and nonce is not None and len(nonce) == 16, "the server chose the IV"
        clear = client.decrypt(data, uid=uid, cryptographic_parameters=PARAMETERS, iv_counter_nonce=nonce)
        assert clear == b"attack at dawn", clear
        step("encrypt, decrypt")

    refused([enums.ResultReason.PERMISSION_DENIED, enums.ResultReason.WRONG_KEY_LIFECYCLE_STATE], client.destroy, uid)
    client.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, uid)
    step("revoke")
    client.destroy(uid)
    step("destroy")
    refused([enums.ResultReason.ITEM_NOT_FOUND, enums.ResultReason.OBJECT_DESTROYED], client.get, uid)

    private_or_public = client.create_key_pair(
        enums.CryptographicAlgorithm.RSA, 2048, public_usage_mask=[MASK.VERIFY], private_usage_mask=[MASK.SIGN])
    public = client.get(private_or_public[0])
    assert isinstance(public, objects.PublicKey), public
    step("create_key_pair")

    secret = client.register(objects.SecretData(b"open sesame", enums.SecretDataType.PASSWORD, name=f"pykmip-{uuid.uuid4()}"))
    assert client.get(secret).value == b"open sesame"
    step("register")
    for identifier in [*private_or_public, secret]:
        client.destroy(identifier)

print("OK")

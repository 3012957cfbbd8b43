"""The callback's signature, against OCTO's formulas and against forgers."""

from hashlib import sha1

import pytest

from adapters.octo.signature import Formula, is_signed
from tests.integration.octo.given import UUID

KEY = "demo-unique-key"
HASH_KEY = "9b0d2a5c-0001-4f6e-8a11-5f2f3c4d5e6f"
VECTORS = {
    "succeeded": "490E2147A3EC319B5883517FF2C5A058D3068628",
    "canceled": "205337021FACA37EBC5E9A3E0F859651247C01D6",
    "waiting_for_capture": "C83957BA0D8E611B981B2F56DDE32B18E6D6D413",
}


def signed(
    signature: str,
    *keys: str,
    formula: Formula = Formula.UNIQUE_KEY,
    octo_transaction_id: str = UUID,
    status: str = "succeeded",
    hash_key: str = HASH_KEY,
) -> bool:
    return is_signed(
        signature,
        keys or (KEY,),
        formula,
        octo_transaction_id=octo_transaction_id,
        status=status,
        hash_key=hash_key,
    )


@pytest.mark.parametrize(("status", "signature"), VECTORS.items())
def test_the_vectors_are_right(status: str, signature: str) -> None:
    assert signed(signature, status=status)
    assert signed(signature.lower(), status=status)


@pytest.mark.parametrize("status", VECTORS)
def test_the_signature_of_another_status_is_wrong(status: str) -> None:
    others = [signature for word, signature in VECTORS.items() if word != status]

    assert not any(signed(signature, status=status) for signature in others)


def test_old_and_new_key_are_right_during_a_rotation() -> None:
    assert signed(VECTORS["succeeded"], "new-key", KEY)
    assert signed(VECTORS["succeeded"], KEY, "new-key")
    assert not signed(VECTORS["succeeded"], "new-key", "newer-key")


def test_the_other_published_formula_can_be_chosen() -> None:
    inner = sha1(f"shop-secret{HASH_KEY}".encode()).hexdigest()
    for written in (inner, inner.upper()):
        outer = sha1(f"{written}{UUID}succeeded".encode()).hexdigest().upper()

        assert signed(outer, "shop-secret", formula=Formula.SECRET_HASH_KEY)
        assert not signed(outer, "shop-secret", formula=Formula.SECRET_HASH_KEY, hash_key="another")
        assert not signed(outer, "shop-secret")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "0" * 40,
        "подпись",
        "\ud800",
        "\x00",
        VECTORS["succeeded"][:-1],
        VECTORS["succeeded"] + "0",
        HASH_KEY,
        "a" * 10**6,
    ],
    ids=range(9),
)
def test_a_forged_signature_is_wrong_and_nothing_else(signature: str) -> None:
    assert not signed(signature)


def test_another_payments_signature_is_wrong() -> None:
    assert not signed(VECTORS["succeeded"], octo_transaction_id=UUID[::-1])


@pytest.mark.parametrize("hash_key", ["", "\ud800", "ключ"])
def test_any_hash_key_can_be_hashed(hash_key: str) -> None:
    assert not signed("0" * 40, formula=Formula.SECRET_HASH_KEY, hash_key=hash_key)

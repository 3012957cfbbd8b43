"""What has to be read again is kept encrypted: secrets that messages are signed with, issuers' keys, tokens of cards."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from domain.ports import Unreadable


class FernetSealer:
    """Keys are 32 bytes each. Seals with the first, opens with any: put a new one before the old one to change keys."""

    def __init__(self, *keys: bytes) -> None:
        self._fernet = MultiFernet([Fernet(urlsafe_b64encode(key)) for key in keys])

    def seal(self, secret: str) -> str:
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Unreadable from None
